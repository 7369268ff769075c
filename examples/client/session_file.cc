#include "examples/client/session_file.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace quiesce::examples {

bool LoadSessions(const std::string& path, http3::SessionCache& cache, std::string& error) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) return true;
    error = "cannot read " + path + ": " + std::strerror(errno);
    return false;
  }
  const std::vector<char> text(std::istreambuf_iterator<char>(file), {});
  if (cache.Decode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})) return true;
  error = path + " holds no sessions of this program; remove it, or name another file";
  return false;
}

bool SaveSessions(const std::string& path, const http3::SessionCache& cache, std::string& error) {
  const std::vector<std::uint8_t> bytes = cache.Encode();
  std::string temporary = path + ".XXXXXX";
  const int fd = mkstemp(temporary.data());  // mode 0600
  const bool written =
      fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  if (fd >= 0) close(fd);
  if (written && std::rename(temporary.c_str(), path.c_str()) == 0) return true;
  error = "cannot write " + path + ": " + std::strerror(errno);
  if (fd >= 0) unlink(temporary.c_str());
  return false;
}

}  // namespace quiesce::examples
