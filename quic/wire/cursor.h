// Bounded big-endian reading and writing over bytes that somebody else owns. Failure is sticky:
// read or write everything, ask ok() once at the end. Neither cursor ever touches a byte outside
// its span.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace quiesce::quic {

class Reader {
 public:
  constexpr Reader() = default;
  // `bytes` outlives the reader and every view that it hands out.
  constexpr explicit Reader(std::span<const std::uint8_t> bytes)
      : begin_(bytes.data()), next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // False from the first read that asked for more than there was, or from Fail(), on.
  constexpr bool ok() const { return ok_; }
  // Nothing left; also after a failure.
  constexpr bool empty() const { return next_ == end_; }
  constexpr std::size_t remaining() const { return static_cast<std::size_t>(end_ - next_); }
  // Bytes consumed so far; meaningless after a failure.
  constexpr std::size_t position() const { return static_cast<std::size_t>(next_ - begin_); }

  // The next byte without taking it; 0 when there is none, which is no failure.
  constexpr std::uint8_t Peek() const { return next_ == end_ ? std::uint8_t{0} : *next_; }

  // Unsigned integers in network byte order; 0 on failure.
  constexpr std::uint8_t U8() { return static_cast<std::uint8_t>(Integer<1>()); }
  constexpr std::uint16_t U16() { return static_cast<std::uint16_t>(Integer<2>()); }
  constexpr std::uint32_t U32() { return static_cast<std::uint32_t>(Integer<4>()); }
  constexpr std::uint64_t U64() { return Integer<8>(); }

  // The next `count` bytes as a view; empty on failure. `count` may be any value from the wire.
  constexpr std::span<const std::uint8_t> Bytes(std::uint64_t count) {
    if (count > remaining()) {
      Fail();
      return {};
    }
    const std::span<const std::uint8_t> view(next_, static_cast<std::size_t>(count));
    next_ += view.size();
    return view;
  }

  // Everything that is left; possibly nothing, which is no failure.
  constexpr std::span<const std::uint8_t> Rest() { return Bytes(remaining()); }

  constexpr void Fail() {
    ok_ = false;
    next_ = end_;
  }

 private:
  template <std::size_t kSize>
  constexpr std::uint64_t Integer() {
    if (remaining() < kSize) {
      Fail();
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kSize; ++i) value = (value << 8) | next_[i];  // one load and swap
    next_ += kSize;
    return value;
  }

  const std::uint8_t* begin_ = nullptr;
  const std::uint8_t* next_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  bool ok_ = true;
};

// Copying a writer is the way to remember a position: `const Writer before = out; ... out =
// before;` takes back whatever was written in between.
class Writer {
 public:
  constexpr Writer() = default;
  // `room` outlives the writer. Bytes at and past position() are scratch until written.
  constexpr explicit Writer(std::span<std::uint8_t> room)
      : begin_(room.data()), next_(room.data()), end_(room.data() + room.size()) {}

  // False from the first write that did not fit, or from Fail(), on; later writes do nothing.
  constexpr bool ok() const { return ok_; }
  // Room left; 0 after a failure.
  constexpr std::size_t remaining() const { return static_cast<std::size_t>(end_ - next_); }
  // Bytes written so far; meaningless after a failure.
  constexpr std::size_t position() const { return static_cast<std::size_t>(next_ - begin_); }
  constexpr std::span<std::uint8_t> written() const { return {begin_, position()}; }

  // Unsigned integers in network byte order.
  constexpr void U8(std::uint8_t value) { Integer<1>(value); }
  constexpr void U16(std::uint16_t value) { Integer<2>(value); }
  constexpr void U32(std::uint32_t value) { Integer<4>(value); }
  constexpr void U64(std::uint64_t value) { Integer<8>(value); }

  void Bytes(std::span<const std::uint8_t> bytes) {
    const std::span<std::uint8_t> target = Reserve(bytes.size());
    if (!target.empty()) std::memcpy(target.data(), bytes.data(), target.size());
  }

  void Zeros(std::size_t count) {
    const std::span<std::uint8_t> target = Reserve(count);
    if (!target.empty()) std::memset(target.data(), 0, target.size());
  }

  // Takes `count` bytes that the caller fills itself; empty on failure.
  constexpr std::span<std::uint8_t> Reserve(std::size_t count) {
    if (count > remaining()) {
      Fail();
      return {};
    }
    const std::span<std::uint8_t> target(next_, count);
    next_ += count;
    return target;
  }

  constexpr void Fail() {
    ok_ = false;
    next_ = end_;
  }

 private:
  template <std::size_t kSize>
  constexpr void Integer(std::uint64_t value) {
    if (remaining() < kSize) return Fail();
    for (std::size_t i = 0; i < kSize; ++i) {
      next_[i] = static_cast<std::uint8_t>(value >> (8 * (kSize - 1 - i)));
    }
    next_ += kSize;
  }

  std::uint8_t* begin_ = nullptr;
  std::uint8_t* next_ = nullptr;
  std::uint8_t* end_ = nullptr;
  bool ok_ = true;
};

}  // namespace quiesce::quic
