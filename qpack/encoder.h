// Turns field lines into encoded field sections. RFC 9204 §2.1, §4.5. One per connection, owned by
// http3::Connection.
//
// It refers to the static table and otherwise sends literals; it never uses the dynamic table, so
// nothing it sends can block, needs an encoder stream, or waits for an acknowledgment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "qpack/error.h"
#include "qpack/field.h"
#include "qpack/instruction_stream.h"

namespace quiesce::qpack {

struct EncoderConfig {
  // Huffman-code strings where that is shorter. Off: readable captures, less work, about a third
  // more bytes.
  bool huffman = true;
};

class Encoder {
 public:
  explicit Encoder(const EncoderConfig& config = {});

  // Appends the encoded field section of `fields`, in order, to `out`. `stream_id` is the request
  // stream that will carry it. Lines marked never_indexed, and credentials (§7.1.3), go out as
  // never-indexed literals.
  void Encode(std::uint64_t stream_id, std::span<const Field> fields,
              std::vector<std::uint8_t>& out);

  // Bytes of the peer's decoder stream, after its stream type, cut anywhere.
  // QPACK_DECODER_STREAM_ERROR: a Section Acknowledgment for which no section is outstanding
  // (§4.4.1); an Insert Count Increment of 0 or beyond what was inserted (§4.4.3); an integer above
  // 62 bits. Stream Cancellation of any stream is legal (§4.4.2). After an error the connection is
  // to be closed.
  [[nodiscard]] std::optional<Error> HandleDecoderStream(std::span<const std::uint8_t> bytes);

 private:
  EncoderConfig config_;
  InstructionStream decoder_stream_;
};

}  // namespace quiesce::qpack
