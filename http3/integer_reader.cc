#include "http3/integer_reader.h"

#include <algorithm>
#include <cstddef>

#include "quic/wire/cursor.h"
#include "quic/wire/varint.h"

namespace quiesce::http3 {

std::optional<std::uint64_t> IntegerReader::Read(std::span<const std::uint8_t>& bytes) {
  if (bytes.empty()) return std::nullopt;
  const std::size_t length = quic::VarintSizeFromFirstByte(size_ == 0 ? bytes[0] : bytes_[0]);
  const std::size_t taken = std::min(length - size_, bytes.size());
  std::copy_n(bytes.begin(), taken, bytes_.begin() + size_);
  bytes = bytes.subspan(taken);
  size_ = static_cast<std::uint8_t>(size_ + taken);
  if (size_ < length) return std::nullopt;
  size_ = 0;
  quic::Reader reader(std::span<const std::uint8_t>(bytes_).first(length));
  return quic::ReadVarint(reader);
}

void AppendInteger(std::uint64_t value, std::vector<std::uint8_t>& out) {
  std::array<std::uint8_t, 8> room;
  quic::Writer writer(room);
  quic::WriteVarint(writer, value);
  out.insert(out.end(), writer.written().begin(), writer.written().end());
}

}  // namespace quiesce::http3
