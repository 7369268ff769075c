// Turns encoded field sections into field lines. RFC 9204 §2.2, §4.5. One per connection, owned by
// http3::Connection.
//
// It offers the peer no dynamic table: SETTINGS_QPACK_MAX_TABLE_CAPACITY and
// SETTINGS_QPACK_BLOCKED_STREAMS are 0, their defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "qpack/error.h"
#include "qpack/field.h"
#include "qpack/instruction_stream.h"

namespace quiesce::qpack {

struct DecoderConfig {
  // Most that one field section may expand to, in bytes, 32 counted for each line (RFC 9114
  // §4.2.2). No string can be longer either. What SETTINGS_MAX_FIELD_SECTION_SIZE should say.
  std::uint64_t max_field_section_size = 64 * 1024;
};

enum class DecodeStatus : std::uint8_t {
  kDecoded,
  kBlocked,   // needs table entries that have not arrived; not before a dynamic table is offered
  kTooLarge,  // above max_field_section_size: a server can answer 431; the connection is sound
  kError,     // a connection error
};

struct [[nodiscard]] DecodeResult {
  DecodeStatus status = DecodeStatus::kDecoded;
  Error error;  // with kError
};

class Decoder {
 public:
  explicit Decoder(const DecoderConfig& config = {});

  // Decodes one whole encoded field section, the payload of a HEADERS frame on `stream_id`, into
  // `section`, which is cleared first and is complete only with kDecoded. Stops at the first line
  // that passes the limit, before storing it; memory stays below the limit plus the size of the
  // input. QPACK_DECOMPRESSION_FAILED: truncated input, integers above 62 bits, broken Huffman
  // code, invalid static index (§3.1), Required Insert Count or Base that no encoder could have
  // sent (§4.5.1), any reference to the dynamic table (§2.2.3).
  DecodeResult Decode(std::uint64_t stream_id, std::span<const std::uint8_t> bytes,
                      FieldSection& section);

  // Bytes of the peer's encoder stream, after its stream type, cut anywhere.
  // QPACK_ENCODER_STREAM_ERROR: a capacity above the one offered (§4.3.1), an entry that does not
  // fit (§3.2.2), an invalid index (§3.1, §2.2.3), an integer above 62 bits, a string longer than
  // the table. After an error the connection is to be closed.
  [[nodiscard]] std::optional<Error> HandleEncoderStream(std::span<const std::uint8_t> bytes);

  // What is due on this side's decoder stream; empty when nothing is. The stream need not be opened
  // before there is something (§4.2).
  std::vector<std::uint8_t> TakeDecoderStreamBytes();

 private:
  DecoderConfig config_;
  InstructionStream encoder_stream_;
};

}  // namespace quiesce::qpack
