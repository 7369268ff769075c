#include "qpack/instruction_stream.h"

#include <algorithm>

namespace quiesce::qpack {

InstructionRead InstructionStream::Next(std::span<const std::uint8_t>& bytes,
                                        std::uint64_t max_string_length) {
  if (served_) {
    pending_.clear();
    served_ = false;
  }
  if (pending_.empty()) {
    const InstructionRead read = ReadInstruction(language_, bytes, max_string_length);
    if (read.status == ReadStatus::kIncomplete) {
      pending_.assign(bytes.begin(), bytes.end());
      bytes = {};
    } else {
      bytes = bytes.subspan(read.length);
    }
    return read;
  }

  // Takes over about as much as is kept already, until the instruction is whole; what was too much
  // goes back. So neither the copying nor the store grows with what lies behind the instruction.
  constexpr std::size_t kLeastStep = 16;
  InstructionRead read;
  while (read.status == ReadStatus::kIncomplete && !bytes.empty()) {
    const std::size_t step = std::min(bytes.size(), std::max(pending_.size(), kLeastStep));
    const std::size_t before = pending_.size();
    pending_.insert(pending_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(step));
    read = ReadInstruction(language_, pending_, max_string_length);
    const bool whole = read.status == ReadStatus::kOk;
    bytes = bytes.subspan(whole ? read.length - before : step);
    served_ = whole;
  }
  return read;
}

}  // namespace quiesce::qpack
