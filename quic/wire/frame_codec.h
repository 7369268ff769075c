// Frames to bytes and back, driven by each frame's Fields. RFC 9000 §12.4, §19; RFC 9221 §4. No
// frame is copied and nothing is allocated, whatever the frame.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "quic/base/check.h"
#include "quic/base/result.h"
#include "quic/wire/ack_frame.h"
#include "quic/wire/cursor.h"
#include "quic/wire/frames.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {

// Reads the next frame of a packet's payload; `reader` spans that payload and is not empty. Which
// packets may hold the frame is for the caller to ask of the frame table. Errors:
// FRAME_ENCODING_ERROR for a truncated frame, an unknown type and every illegal value (§19);
// PROTOCOL_VIOLATION for a frame type that is not in its shortest encoding (§12.4).
[[nodiscard]] Result<Frame> ReadFrame(Reader& reader);

namespace internal {

constexpr std::uint64_t WireValue(std::uint64_t value) { return value; }
template <typename T>
constexpr std::uint64_t WireValue(const T& strong) {
  return strong.value();
}

class FieldSizer {
 public:
  constexpr explicit FieldSizer(std::uint64_t type) : type_(type), size_(VarintSize(type)) {}
  constexpr std::uint64_t type() const { return type_; }
  constexpr std::size_t size() const { return size_; }

  template <typename T>
  constexpr void Varint(const char*, const T& field) {
    size_ += VarintSize(WireValue(field));
  }
  template <std::size_t kSize>
  constexpr void Array(const char*, const std::array<std::uint8_t, kSize>&) {
    size_ += kSize;
  }
  constexpr void Cid(const char*, const ConnectionId& field) { size_ += 1 + field.length(); }
  constexpr void Bytes(const char*, std::span<const std::uint8_t> field) {
    size_ += VarintSize(field.size()) + field.size();
  }
  constexpr void Text(const char*, std::string_view field) {
    size_ += VarintSize(field.size()) + field.size();
  }
  constexpr void Rest(const char*, std::span<const std::uint8_t> field) { size_ += field.size(); }
  constexpr void PaddingRun(const char*, std::size_t count) { size_ += count - 1; }
  void Ranges(const char*, PacketNumber, const AckRanges& field) { size_ += EncodedSize(field); }

 private:
  std::uint64_t type_;
  std::size_t size_;
};

class FieldWriter {
 public:
  FieldWriter(Writer& writer, std::uint64_t type) : writer_(writer), type_(type) {
    WriteVarint(writer_, type);
  }
  std::uint64_t type() const { return type_; }

  template <typename T>
  void Varint(const char*, const T& field) {
    WriteVarint(writer_, WireValue(field));
  }
  template <std::size_t kSize>
  void Array(const char*, const std::array<std::uint8_t, kSize>& field) {
    writer_.Bytes(field);
  }
  void Cid(const char*, const ConnectionId& field) {
    writer_.U8(static_cast<std::uint8_t>(field.length()));
    writer_.Bytes(field.bytes());
  }
  void Bytes(const char*, std::span<const std::uint8_t> field) {
    WriteVarint(writer_, field.size());
    writer_.Bytes(field);
  }
  void Text(const char* name, std::string_view field) {
    Bytes(name, {reinterpret_cast<const std::uint8_t*>(field.data()), field.size()});
  }
  void Rest(const char*, std::span<const std::uint8_t> field) { writer_.Bytes(field); }
  void PaddingRun(const char*, std::size_t count) { writer_.Zeros(count - 1); }
  void Ranges(const char*, PacketNumber, const AckRanges& field) { WriteAckRanges(writer_, field); }

 private:
  Writer& writer_;
  std::uint64_t type_;
};

// The rule that the values of a frame break, or null.
template <typename F>
constexpr const char* EncodingFaultOf(const F& frame) {
  if constexpr (requires { frame.EncodingFault(); }) {
    return frame.EncodingFault();
  } else {
    return nullptr;
  }
}

}  // namespace internal

// Bytes that WriteFrame() needs.
template <typename F>
constexpr std::size_t FrameSize(const F& frame) {
  internal::FieldSizer sizer(FrameType(frame));
  F::Fields(sizer, frame);
  return sizer.size();
}

// Writes a frame. False, and the writer as it was, if there is no room for all of it.
template <typename F>
[[nodiscard]] bool WriteFrame(Writer& writer, const F& frame) {
  QUIESCE_DCHECK(internal::EncodingFaultOf(frame) == nullptr);
  const Writer before = writer;
  internal::FieldWriter fields(writer, FrameType(frame));
  F::Fields(fields, frame);
  if (writer.ok()) return true;
  writer = before;
  return false;
}

// STREAM and CRYPTO for a sender whose data lies in several pieces: how much fits, the header, and
// a span to copy the pieces into.

struct StreamFrameHeader {
  StreamId stream_id{};
  ByteCount offset{};
  std::size_t length = 0;  // of the data
  bool fin = false;
  bool has_length = true;
};

// Bytes of a STREAM frame in front of its data.
constexpr std::size_t StreamFrameOverhead(const StreamFrameHeader& header) {
  return 1 + VarintSize(header.stream_id.value()) +
         (header.offset.is_zero() ? 0 : VarintSize(header.offset.value())) +
         (header.has_length ? VarintSize(header.length) : 0);
}

// The most data that one STREAM frame can carry in `room` bytes; 0 if none. `header.length` is not
// read.
constexpr std::size_t StreamFrameDataRoom(const StreamFrameHeader& header, std::size_t room) {
  StreamFrameHeader bare = header;
  bare.has_length = false;
  const std::size_t overhead = StreamFrameOverhead(bare);
  if (room <= overhead) return 0;
  return header.has_length ? LengthPrefixedRoom(room - overhead) : room - overhead;
}

// Writes the header of a STREAM frame, then reserves `header.length` bytes for the caller to fill.
// False, and the writer as it was, if the whole frame does not fit.
[[nodiscard]] bool StartStreamFrame(Writer& writer, const StreamFrameHeader& header,
                                    std::span<std::uint8_t>& data);

// The same three for CRYPTO frames, whose length field is always there.
constexpr std::size_t CryptoFrameOverhead(ByteCount offset, std::size_t length) {
  return 1 + VarintSize(offset.value()) + VarintSize(length);
}
constexpr std::size_t CryptoFrameDataRoom(ByteCount offset, std::size_t room) {
  const std::size_t overhead = 1 + VarintSize(offset.value());
  return room <= overhead ? 0 : LengthPrefixedRoom(room - overhead);
}
[[nodiscard]] bool StartCryptoFrame(Writer& writer, ByteCount offset, std::size_t length,
                                    std::span<std::uint8_t>& data);

}  // namespace quiesce::quic
