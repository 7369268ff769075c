#include "quic/wire/frame_codec.h"

#include <algorithm>
#include <utility>

#include "quic/base/error.h"
#include "quic/wire/frame_table.h"

namespace quiesce::quic {
namespace {

class FieldReader {
 public:
  FieldReader(Reader& reader, std::uint64_t type) : reader_(reader), type_(type) {}
  std::uint64_t type() const { return type_; }
  // Why the reader has failed.
  const char* fault() const { return fault_; }

  template <typename T>
  void Varint(const char*, T& field) {
    field = T(ReadVarint(reader_));
  }
  template <std::size_t kSize>
  void Array(const char*, std::array<std::uint8_t, kSize>& field) {
    const std::span<const std::uint8_t> bytes = reader_.Bytes(kSize);
    if (reader_.ok()) std::copy(bytes.begin(), bytes.end(), field.begin());
  }
  void Cid(const char*, ConnectionId& field) {
    const std::size_t length = reader_.U8();
    if (length > ConnectionId::kMaxLength) {  // RFC 9000 §19.15
      fault_ = "connection ID longer than 20 bytes";
      return reader_.Fail();
    }
    field = ConnectionId(reader_.Bytes(length));
  }
  void Bytes(const char*, std::span<const std::uint8_t>& field) {
    field = reader_.Bytes(ReadVarint(reader_));
  }
  void Text(const char*, std::string_view& field) {
    const std::span<const std::uint8_t> bytes = reader_.Bytes(ReadVarint(reader_));
    field = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void Rest(const char*, std::span<const std::uint8_t>& field) { field = reader_.Rest(); }
  void PaddingRun(const char*, std::size_t& count) {
    for (count = 1; !reader_.empty() && reader_.Peek() == 0; ++count) reader_.U8();
  }
  void Ranges(const char*, PacketNumber largest, AckRanges& field) {
    field = ReadAckRanges(reader_, largest, fault_);
  }

 private:
  Reader& reader_;
  std::uint64_t type_;
  const char* fault_ = "frame ends early";
};

Error EncodingError(std::uint64_t type, const char* reason) {
  return {TransportErrorCode::kFrameEncodingError, type, reason};
}

// Reads into the result itself: a frame is up to a hundred bytes.
template <typename F>
Result<Frame> ReadAs(Reader& reader, std::uint64_t type) {
  Result<Frame> result = Frame(std::in_place_type<F>);
  F& frame = *std::get_if<F>(&*result);
  if constexpr (requires { frame.SetType(type); }) frame.SetType(type);
  FieldReader fields(reader, type);
  F::Fields(fields, frame);
  if (!reader.ok()) return EncodingError(type, fields.fault());
  if (const char* fault = internal::EncodingFaultOf(frame)) return EncodingError(type, fault);
  return result;
}

using ReadFunction = Result<Frame> (*)(Reader& reader, std::uint64_t type);
using ReadFunctions = std::array<ReadFunction, kFrameTypeEnd>;

template <typename F>
constexpr void Enter(ReadFunctions& functions) {
  if constexpr (requires { F::kType; }) {
    functions[F::kType] = &ReadAs<F>;
  } else {
    for (std::uint64_t type = F::kFirstType; type <= F::kLastType; ++type) {
      functions[type] = &ReadAs<F>;
    }
  }
}

// From frame type to reader, made out of the alternatives of Frame; null for unknown types.
constexpr ReadFunctions kReadFunctions = []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
  ReadFunctions functions{};
  (Enter<std::variant_alternative_t<kIndex, Frame>>(functions), ...);
  return functions;
}
(std::make_index_sequence<std::variant_size_v<Frame>>());

}  // namespace

Result<Frame> ReadFrame(Reader& reader) {
  const std::size_t available = reader.remaining();
  const std::uint64_t type = ReadVarint(reader);
  if (!reader.ok()) return EncodingError(0, "frame type ends early");
  // RFC 9000 §12.4: the one place where the shortest encoding is required.
  if (available - reader.remaining() != VarintSize(type)) {
    reader.Fail();
    return Error{TransportErrorCode::kProtocolViolation, type,
                 "frame type not in shortest encoding"};
  }
  if (type >= kFrameTypeEnd || kReadFunctions[type] == nullptr) {
    reader.Fail();
    return EncodingError(type, "unknown frame type");  // RFC 9000 §12.4
  }
  return kReadFunctions[type](reader, type);
}

bool StartStreamFrame(Writer& writer, const StreamFrameHeader& header,
                      std::span<std::uint8_t>& data) {
  if (writer.remaining() < StreamFrameOverhead(header) + header.length) return false;
  const StreamFrame frame{.stream_id = header.stream_id,
                          .offset = header.offset,
                          .fin = header.fin,
                          .has_length = header.has_length};
  writer.U8(static_cast<std::uint8_t>(frame.type()));
  WriteVarint(writer, header.stream_id.value());
  if (!header.offset.is_zero()) WriteVarint(writer, header.offset.value());
  if (header.has_length) WriteVarint(writer, header.length);
  data = writer.Reserve(header.length);
  return true;
}

bool StartCryptoFrame(Writer& writer, ByteCount offset, std::size_t length,
                      std::span<std::uint8_t>& data) {
  if (writer.remaining() < CryptoFrameOverhead(offset, length) + length) return false;
  writer.U8(static_cast<std::uint8_t>(CryptoFrame::kType));
  WriteVarint(writer, offset.value());
  WriteVarint(writer, length);
  data = writer.Reserve(length);
  return true;
}

}  // namespace quiesce::quic
