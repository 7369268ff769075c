// What a unidirectional stream is for, said by its first bytes. RFC 9114 §6.2, RFC 9204 §4.2.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "http3/error.h"
#include "http3/integer_reader.h"
#include "quic/base/types.h"

namespace quiesce::http3 {

enum class StreamType : std::uint64_t {
  kControl = 0x00,
  kPush = 0x01,  // a push ID follows
  kQpackEncoder = 0x02,
  kQpackDecoder = 0x03,
};

// "control", "push", "qpack_encoder", "qpack_decoder".
std::string_view ToString(StreamType type);

// Reads the type of one stream that the peer opened.
class StreamTypeReader {
 public:
  explicit StreamTypeReader(quic::Perspective sender) : sender_(sender) {}

  // Removes the bytes of the type from the front of `bytes`. nullopt: all were taken, more are
  // needed; a stream that ends or is reset before that is tolerated (§6.2).
  // H3_STREAM_CREATION_ERROR: as a stream error for an unknown type, with which the caller stops
  // reading and which must not harm the connection (§6.2); as a connection error for a push stream
  // from a client (§6.2.2). That a control or QPACK stream comes only once is for the caller to
  // check.
  Result<std::optional<StreamType>> Read(std::span<const std::uint8_t>& bytes);

 private:
  quic::Perspective sender_;
  IntegerReader integer_;
};

// Appends the first bytes of a stream that this side opens.
void AppendStreamType(StreamType type, std::vector<std::uint8_t>& out);

}  // namespace quiesce::http3
