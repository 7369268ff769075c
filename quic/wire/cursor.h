// Bounded big-endian reading and writing over bytes that somebody else owns. Failure is sticky:
// read or write everything, ask ok() once at the end. Neither cursor ever touches a byte outside
// its span.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace quiesce::quic {

namespace internal {
// From network byte order to ours, and back. One instruction; a loop over bytes is not reliably so.
constexpr std::uint8_t BigEndian(std::uint8_t value) { return value; }
constexpr std::uint16_t BigEndian(std::uint16_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap16(value);
}
constexpr std::uint32_t BigEndian(std::uint32_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
}
constexpr std::uint64_t BigEndian(std::uint64_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap64(value);
}
}  // namespace internal

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
  std::uint8_t U8() { return Integer<std::uint8_t>(); }
  std::uint16_t U16() { return Integer<std::uint16_t>(); }
  std::uint32_t U32() { return Integer<std::uint32_t>(); }
  std::uint64_t U64() { return Integer<std::uint64_t>(); }

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
  template <typename T>
  T Integer() {
    if (remaining() < sizeof(T)) {
      Fail();
      return 0;
    }
    T value;
    std::memcpy(&value, next_, sizeof(T));
    next_ += sizeof(T);
    return internal::BigEndian(value);
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
  void U8(std::uint8_t value) { Integer(value); }
  void U16(std::uint16_t value) { Integer(value); }
  void U32(std::uint32_t value) { Integer(value); }
  void U64(std::uint64_t value) { Integer(value); }

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
  template <typename T>
  void Integer(T value) {
    if (remaining() < sizeof(T)) return Fail();
    value = internal::BigEndian(value);
    std::memcpy(next_, &value, sizeof(T));
    next_ += sizeof(T);
  }

  std::uint8_t* begin_ = nullptr;
  std::uint8_t* next_ = nullptr;
  std::uint8_t* end_ = nullptr;
  bool ok_ = true;
};

}  // namespace quiesce::quic
