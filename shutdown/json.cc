#include "shutdown/json.h"

#include <cstdio>

namespace quiesce::shutdown {

void Json::Separate(std::string_view name) {
  if (!first_) text_ += ',';
  first_ = false;
  if (name.empty()) return;
  Quote(name);
  text_ += ':';
}

void Json::Quote(std::string_view value) {
  text_ += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      text_ += escaped;
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

void Json::BeginObject(std::string_view name) {
  Separate(name);
  text_ += '{';
  first_ = true;
}

void Json::EndObject() {
  text_ += '}';
  first_ = false;
}

void Json::BeginArray(std::string_view name) {
  Separate(name);
  text_ += '[';
  first_ = true;
}

void Json::EndArray() {
  text_ += ']';
  first_ = false;
}

void Json::Number(std::string_view name, std::uint64_t value) {
  Separate(name);
  text_ += std::to_string(value);
}

void Json::Number(std::string_view name, double value) {
  Separate(name);
  char number[64];
  std::snprintf(number, sizeof number, "%.3f", value);
  text_ += number;
}

void Json::String(std::string_view name, std::string_view value) {
  Separate(name);
  Quote(value);
}

}  // namespace quiesce::shutdown
