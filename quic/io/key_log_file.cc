#include "quic/io/key_log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace quiesce::quic {

std::unique_ptr<KeyLogFile> KeyLogFile::Open(const std::string& path, std::string& error) {
  FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) {
    error = "key log " + path + ": " + std::strerror(errno);
    return nullptr;
  }
  return std::unique_ptr<KeyLogFile>(new KeyLogFile(std::move(fd)));
}

std::unique_ptr<KeyLogFile> KeyLogFile::FromEnvironment(std::string& error) {
  const char* path = std::getenv("SSLKEYLOGFILE");
  if (path == nullptr || *path == '\0') return nullptr;
  return Open(path, error);
}

void KeyLogFile::OnLine(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  // A full disk costs the log, not the connection.
  [[maybe_unused]] const ssize_t written = ::write(fd_.get(), text.data(), text.size());
}

}  // namespace quiesce::quic
