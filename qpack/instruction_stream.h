// Cuts an instruction stream into instructions, however its bytes arrive. RFC 9204 §4.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "qpack/instructions.h"

namespace quiesce::qpack {

// Keeps at most one incomplete instruction: a few bytes and two strings of the limited length (as
// Huffman code up to 30/8 of that).
class InstructionStream {
 public:
  explicit InstructionStream(std::span<const InstructionRow> language) : language_(language) {}

  // The next whole instruction of what was kept and `bytes`, whose front is removed accordingly.
  // kIncomplete: all of `bytes` was taken, call again when there is more. kInvalid: see
  // ReadInstruction. The instruction's strings are valid until the next call and as long as the
  // caller's bytes are.
  InstructionRead Next(std::span<const std::uint8_t>& bytes, std::uint64_t max_string_length);

  std::size_t buffered_bytes() const { return pending_.size(); }

 private:
  std::span<const InstructionRow> language_;
  std::vector<std::uint8_t> pending_;  // the beginning of an instruction that is not complete yet
  bool served_ = false;                // pending_ is the instruction that the last call gave out
};

}  // namespace quiesce::qpack
