// Whether a text is one JSON value, RFC 8259: for tests of what writes JSON.
#pragma once

#include <cctype>
#include <string_view>

namespace quiesce::shutdown {

class JsonCheck {
 public:
  static bool IsValid(std::string_view text) {
    JsonCheck check(text);
    return check.Value() && check.rest_.empty();
  }

 private:
  explicit JsonCheck(std::string_view text) : rest_(text) {}

  bool Take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool Value() {
    if (rest_.starts_with('{')) return Sequence("{", "}", true);
    if (rest_.starts_with('[')) return Sequence("[", "]", false);
    if (rest_.starts_with('"')) return String();
    return Number();
  }

  bool Sequence(std::string_view open, std::string_view close, bool named) {
    if (!Take(open)) return false;
    if (Take(close)) return true;
    do {
      if (named && !(String() && Take(":"))) return false;
      if (!Value()) return false;
    } while (Take(","));
    return Take(close);
  }

  bool String() {
    if (!Take("\"")) return false;
    while (!rest_.empty() && !rest_.starts_with('"')) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      if (byte < 0x20 || byte >= 0x7f) return false;
      if (!Take("\\")) {
        rest_.remove_prefix(1);
      } else if (Take("u")) {
        for (int i = 0; i < 4; ++i) {
          if (rest_.empty() || !std::isxdigit(static_cast<unsigned char>(rest_.front())))
            return false;
          rest_.remove_prefix(1);
        }
      } else if (!Take("\\") && !Take("\"")) {
        return false;
      }
    }
    return Take("\"");
  }

  bool Number() {
    const auto digits = [this] {
      std::size_t count = 0;
      while (count < rest_.size() && std::isdigit(static_cast<unsigned char>(rest_[count])))
        ++count;
      rest_.remove_prefix(count);
      return count > 0;
    };
    Take("-");
    return digits() && (!Take(".") || digits());
  }

  std::string_view rest_;
};

}  // namespace quiesce::shutdown
