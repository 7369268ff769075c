#include "examples/demo/message_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace quiesce::examples {
namespace {

bool WriteAll(int fd, const void* bytes, std::size_t size) {
  const char* from = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = write(fd, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    from += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool ReadAll(int fd, void* bytes, std::size_t size, off_t offset) {
  char* to = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = pread(fd, to, size, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

std::optional<MessageFile> MessageFile::Create(std::string& error) {
  quic::FileDescriptor fd(memfd_create("messages", MFD_CLOEXEC));
  if (!fd.valid()) {
    error = std::string("memfd_create: ") + std::strerror(errno);
    return std::nullopt;
  }
  return MessageFile(std::move(fd));
}

bool MessageFile::Write(std::string_view message) {
  const std::uint64_t size = message.size();
  return WriteAll(fd_.get(), &size, sizeof size) &&
         WriteAll(fd_.get(), message.data(), message.size());
}

std::optional<std::string> MessageFile::Read() {
  std::uint64_t size = 0;
  if (!ReadAll(fd_.get(), &size, sizeof size, read_)) return std::nullopt;
  const off_t end = lseek(fd_.get(), 0, SEEK_END);
  const off_t start = read_ + static_cast<off_t>(sizeof size);
  if (end < start || size > static_cast<std::uint64_t>(end - start)) return std::nullopt;
  std::string message(size, '\0');
  if (!ReadAll(fd_.get(), message.data(), size, start)) return std::nullopt;
  read_ = start + static_cast<off_t>(size);
  return message;
}

}  // namespace quiesce::examples
