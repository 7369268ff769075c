#include "qpack/instruction_stream.h"

#include <algorithm>

namespace quiesce::qpack {

InstructionRead InstructionStream::Next(std::span<const std::uint8_t>& bytes,
                                        std::uint64_t max_string_length) {
  if (served_ != 0) {
    pending_.clear();
    served_ = 0;
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
  while (!bytes.empty()) {
    const std::size_t step = std::min(bytes.size(), std::max(pending_.size(), kLeastStep));
    const std::size_t before = pending_.size();
    pending_.insert(pending_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(step));
    const InstructionRead read = ReadInstruction(language_, pending_, max_string_length);
    if (read.status == ReadStatus::kIncomplete) {
      bytes = bytes.subspan(step);
      continue;
    }
    if (read.status == ReadStatus::kOk) {
      bytes = bytes.subspan(read.length - before);
      served_ = read.length;
    }
    return read;
  }
  return {};
}

}  // namespace quiesce::qpack
