// A field line, and a field section that owns its text. RFC 9204 §1.1, RFC 9114 §4.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace quiesce::qpack {

// Views: whoever makes a Field keeps its text alive. Pseudo-header fields are lines like any other.
struct Field {
  std::string_view name;   // lowercase; not checked here (http3/message does)
  std::string_view value;  // any bytes
  // RFC 9204 §7.1.3: no hop may put this value into a table; it is sent as a literal, always.
  bool never_indexed = false;

  friend bool operator==(const Field&, const Field&) = default;
};

// RFC 9114 §4.2.2, RFC 9204 §3.2.1: what each line counts for beyond its name and value, in bytes.
inline constexpr std::uint64_t kFieldOverhead = 32;

constexpr std::uint64_t ExpandedSize(const Field& field) {
  return field.name.size() + field.value.size() + kFieldOverhead;
}

// Field lines in order, together with their text. Text never moves: views taken from a section stay
// valid until it is cleared or destroyed, also when it is moved, which is why it cannot be copied.
class FieldSection {
 public:
  FieldSection() = default;
  FieldSection(FieldSection&&) noexcept = default;
  FieldSection& operator=(FieldSection&&) noexcept = default;

  // Appends a line; name and value are copied.
  void Add(std::string_view name, std::string_view value, bool never_indexed = false);
  // Appends a line whose text outlives the section: static, or given out by Copy() or Commit().
  void AddView(const Field& field);

  // Copies `text` into the section.
  std::string_view Copy(std::string_view text);
  // Room for `size` bytes, which the caller fills from the front and then commits in part or whole.
  // Nothing else may be stored in between.
  std::span<char> Reserve(std::size_t size);
  std::string_view Commit(std::size_t used);

  // The lines; mutable so that a reader may merge or drop some (cookie crumbs, RFC 9114 §4.2.1).
  std::span<const Field> fields() const { return fields_; }
  std::vector<Field>& lines() { return fields_; }

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  const Field& operator[](std::size_t i) const { return fields_[i]; }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

  // The sum of ExpandedSize over all lines.
  std::uint64_t expanded_size() const;

  // Forgets lines and text, keeps memory for the next section.
  void Clear();

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;
  };

  std::vector<Field> fields_;
  std::vector<Block> blocks_;  // the last one takes new text
};

}  // namespace quiesce::qpack
