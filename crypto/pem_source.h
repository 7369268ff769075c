// Certificates or a key in PEM form, from a file or from memory, with a name for error messages.
#pragma once

#include <optional>
#include <string>

namespace quiesce::crypto {

class PemSource {
 public:
  PemSource() = default;  // nothing given
  static PemSource File(std::string path);
  // `name` appears in error messages, e.g. "certificate".
  static PemSource Text(std::string pem, std::string name);

  bool given() const { return !name_.empty(); }
  const std::string& name() const { return name_; }

  // The text. nullopt, with `error` set to "NAME: what is wrong", when a file cannot be read or
  // holds more than 16 MiB.
  std::optional<std::string> Read(std::string* error) const;

 private:
  std::string name_;
  std::optional<std::string> text_;  // nullopt: name_ is a path
};

}  // namespace quiesce::crypto
