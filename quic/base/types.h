// Strong types for the numbers that QUIC is made of, so that a stream ID is never passed where a
// byte count is due. RFC 9000 §2.1, §5.1, §12.3, §15.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace quiesce::quic {

// RFC 9000 §16: the largest value that a variable-length integer holds, 2^62 - 1.
inline constexpr std::uint64_t kMaxVarint = (std::uint64_t{1} << 62) - 1;

enum class Perspective : std::uint8_t { kClient, kServer };

constexpr Perspective Opposite(Perspective p) {
  return p == Perspective::kClient ? Perspective::kServer : Perspective::kClient;
}

enum class StreamDirection : std::uint8_t { kBidirectional, kUnidirectional };

// RFC 9000 §2.1: the two low bits say who opened the stream and in how many directions it flows.
class StreamId {
 public:
  constexpr StreamId() = default;
  constexpr explicit StreamId(std::uint64_t value) : value_(value) {}
  // The `sequence`-th (from 0) stream of one kind.
  static constexpr StreamId Make(Perspective initiator, StreamDirection direction,
                                 std::uint64_t sequence) {
    return StreamId((sequence << 2) |
                    (direction == StreamDirection::kUnidirectional ? std::uint64_t{2} : 0) |
                    (initiator == Perspective::kServer ? std::uint64_t{1} : 0));
  }

  constexpr std::uint64_t value() const { return value_; }
  constexpr std::uint64_t sequence() const { return value_ >> 2; }
  constexpr Perspective initiator() const {
    return (value_ & 1) != 0 ? Perspective::kServer : Perspective::kClient;
  }
  constexpr StreamDirection direction() const {
    return (value_ & 2) != 0 ? StreamDirection::kUnidirectional : StreamDirection::kBidirectional;
  }
  constexpr bool is_bidirectional() const { return (value_ & 2) == 0; }
  constexpr bool is_unidirectional() const { return (value_ & 2) != 0; }

  friend constexpr auto operator<=>(StreamId, StreamId) = default;

 private:
  std::uint64_t value_ = 0;
};

// RFC 9000 §12.3: 0 to 2^62 - 1, one sequence per packet number space.
class PacketNumber {
 public:
  constexpr PacketNumber() = default;
  constexpr explicit PacketNumber(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  constexpr PacketNumber Next() const { return PacketNumber(value_ + 1); }
  friend constexpr auto operator<=>(PacketNumber, PacketNumber) = default;

 private:
  std::uint64_t value_ = 0;
};

// A number of bytes, or an offset counted in bytes. Subtraction below zero stops at zero: credit
// and room are the usual meanings, and neither is ever negative.
class ByteCount {
 public:
  constexpr ByteCount() = default;
  constexpr explicit ByteCount(std::uint64_t value) : value_(value) {}
  static constexpr ByteCount Max() { return ByteCount(std::numeric_limits<std::uint64_t>::max()); }
  constexpr std::uint64_t value() const { return value_; }
  constexpr bool is_zero() const { return value_ == 0; }

  friend constexpr auto operator<=>(ByteCount, ByteCount) = default;
  friend constexpr ByteCount operator+(ByteCount a, ByteCount b) {
    return ByteCount(a.value_ + b.value_);
  }
  friend constexpr ByteCount operator-(ByteCount a, ByteCount b) {
    return ByteCount(a.value_ > b.value_ ? a.value_ - b.value_ : 0);
  }
  friend constexpr ByteCount operator*(ByteCount a, std::uint64_t n) {
    return ByteCount(a.value_ * n);
  }
  friend constexpr ByteCount operator/(ByteCount a, std::uint64_t n) {
    return ByteCount(a.value_ / n);
  }
  constexpr ByteCount& operator+=(ByteCount b) { return *this = *this + b; }
  constexpr ByteCount& operator-=(ByteCount b) { return *this = *this - b; }

 private:
  std::uint64_t value_ = 0;
};

// RFC 9000 §15, RFC 9369 §3.1.
enum class Version : std::uint32_t {
  kNegotiation = 0,
  kV1 = 0x00000001,
  kV2 = 0x6b3343cf,
};

// RFC 9000 §12.3. 0-RTT and 1-RTT packets share the last space.
enum class PacketNumberSpace : std::uint8_t { kInitial, kHandshake, kApplication };
inline constexpr std::size_t kPacketNumberSpaces = 3;

// RFC 9000 §5.1, §17.2: 0 to 20 bytes in versions 1 and 2. A value; copies are 21 bytes.
class ConnectionId {
 public:
  static constexpr std::size_t kMaxLength = 20;

  constexpr ConnectionId() = default;
  // Bytes past kMaxLength are ignored; callers check lengths from the wire before this.
  constexpr explicit ConnectionId(std::span<const std::uint8_t> bytes)
      : length_(static_cast<std::uint8_t>(std::min(bytes.size(), kMaxLength))) {
    std::copy_n(bytes.begin(), length_, bytes_.begin());
  }

  constexpr std::span<const std::uint8_t> bytes() const { return {bytes_.data(), length_}; }
  constexpr std::size_t length() const { return length_; }
  constexpr bool empty() const { return length_ == 0; }

  friend constexpr bool operator==(const ConnectionId& a, const ConnectionId& b) {
    return std::ranges::equal(a.bytes(), b.bytes());
  }
  friend constexpr bool operator<(const ConnectionId& a, const ConnectionId& b) {
    return std::ranges::lexicographical_compare(a.bytes(), b.bytes());
  }

 private:
  std::array<std::uint8_t, kMaxLength> bytes_{};
  std::uint8_t length_ = 0;
};

// RFC 9000 §10.3: proves to the peer that this endpoint has lost the connection's state.
using StatelessResetToken = std::array<std::uint8_t, 16>;

}  // namespace quiesce::quic
