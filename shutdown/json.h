// Writes one JSON value, RFC 8259. Text from peers may be any bytes: what is not printable ASCII is
// escaped byte for byte, so that the result is always valid.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace quiesce::shutdown {

class Json {
 public:
  // Members of an object have a name, elements of an array and the outermost value have none.
  void BeginObject(std::string_view name = {});
  void EndObject();
  void BeginArray(std::string_view name = {});
  void EndArray();
  void Number(std::string_view name, std::uint64_t value);
  void Number(std::string_view name, double value);  // finite; three decimals
  void String(std::string_view name, std::string_view value);

  std::string Take() { return std::move(text_); }

 private:
  void Separate(std::string_view name);
  void Quote(std::string_view value);

  std::string text_;
  bool first_ = true;
};

}  // namespace quiesce::shutdown
