#include "crypto/pem_source.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace quiesce::crypto {

PemSource PemSource::File(std::string path) {
  PemSource source;
  source.name_ = std::move(path);
  return source;
}

PemSource PemSource::Text(std::string pem, std::string name) {
  PemSource source;
  source.name_ = std::move(name);
  source.text_ = std::move(pem);
  return source;
}

std::optional<std::string> PemSource::Read(std::string* error) const {
  constexpr std::size_t kMaxSize = 16 << 20;
  if (text_.has_value()) return text_;
  const auto fail = [&](const char* what) {
    *error = name_ + ": cannot be read: " + what;
    return std::nullopt;
  };
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(name_.c_str(), "rb"));
  if (file == nullptr) return fail(std::strerror(errno));
  std::string text;
  char chunk[8192];
  while (const std::size_t count = std::fread(chunk, 1, sizeof(chunk), file.get())) {
    text.append(chunk, count);
    if (text.size() > kMaxSize) return fail("larger than 16 MiB");
  }
  if (std::ferror(file.get()) != 0) return fail(std::strerror(errno));
  return text;
}

}  // namespace quiesce::crypto
