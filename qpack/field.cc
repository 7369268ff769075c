#include "qpack/field.h"

#include <algorithm>
#include <cstring>

namespace quiesce::qpack {

void FieldSection::Add(std::string_view name, std::string_view value, bool never_indexed) {
  const std::string_view stored_name = Copy(name);
  fields_.push_back({stored_name, Copy(value), never_indexed});
}

void FieldSection::AddView(const Field& field) { fields_.push_back(field); }

std::string_view FieldSection::Copy(std::string_view text) {
  if (text.empty()) return {};
  std::memcpy(Reserve(text.size()).data(), text.data(), text.size());
  return Commit(text.size());
}

std::span<char> FieldSection::Reserve(std::size_t size) {
  constexpr std::size_t kFirstBlock = 512;
  if (blocks_.empty() || blocks_.back().size - blocks_.back().used < size) {
    const std::size_t doubled = blocks_.empty() ? kFirstBlock : 2 * blocks_.back().size;
    const std::size_t block_size = std::max(size, doubled);
    blocks_.push_back({std::unique_ptr<char[]>(new char[block_size]), block_size, 0});
  }
  Block& block = blocks_.back();
  return {block.bytes.get() + block.used, size};
}

std::string_view FieldSection::Commit(std::size_t used) {
  Block& block = blocks_.back();
  const std::string_view text(block.bytes.get() + block.used, used);
  block.used += used;
  return text;
}

std::uint64_t FieldSection::expanded_size() const {
  std::uint64_t size = 0;
  for (const Field& field : fields_) size += ExpandedSize(field);
  return size;
}

void FieldSection::Clear() {
  fields_.clear();
  if (blocks_.size() > 1) blocks_.erase(blocks_.begin(), blocks_.end() - 1);  // the last is largest
  if (!blocks_.empty()) blocks_.back().used = 0;
}

}  // namespace quiesce::qpack
