#include "quic/io/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/mem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quic/io/file_descriptor.h"

namespace quiesce::quic {
namespace {

std::string Message(const std::string& path, const std::string& what) {
  return "secret file '" + path + "': " + what;
}

std::optional<MasterSecret> Read(const std::string& path, int fd, std::string& error) {
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    error = Message(path, "is not a regular file");
    return std::nullopt;
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    error = Message(path, "others may read it; run chmod 600 on it, or remove it for a new one");
    return std::nullopt;
  }
  MasterSecret secret;
  if (info.st_size != static_cast<off_t>(secret.size()) ||
      read(fd, secret.data(), secret.size()) != static_cast<ssize_t>(secret.size())) {
    error = Message(path, "does not hold 32 bytes; remove it for a new one");
    return std::nullopt;
  }
  return secret;
}

// Writes a complete file beside `path` and gives it that name unless somebody else was faster:
// nobody ever sees half a secret. False, with `error` set, when the system refuses.
bool Create(const std::string& path, crypto::Random& random, std::string& error) {
  std::string temporary = path + ".XXXXXX";
  MasterSecret secret;
  random.FillSecret(secret);
  const FileDescriptor file(mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  const bool written =
      file.valid() &&
      write(file.get(), secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
      fsync(file.get()) == 0;
  OPENSSL_cleanse(secret.data(), secret.size());
  const bool named = written && (link(temporary.c_str(), path.c_str()) == 0 || errno == EEXIST);
  if (!named) error = Message(path, std::string("cannot be created: ") + strerror(errno));
  if (file.valid()) unlink(temporary.c_str());
  return named;
}

}  // namespace

std::optional<MasterSecret> LoadOrCreateMasterSecret(const std::string& path,
                                                     crypto::Random& random, std::string& error) {
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT && !Create(path, random, error)) {
    return std::nullopt;
  }
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    error = Message(path, std::string("cannot be read: ") + strerror(errno));
    return std::nullopt;
  }
  return Read(path, file.get(), error);
}

}  // namespace quiesce::quic
