// What became of every request: what its client was told, held against what the server did.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace quiesce::examples {

// What a client was told about one request.
enum class Fate : std::uint8_t {
  kNone,          // nothing
  kAnswered,      // the whole answer, every byte as expected
  kWrongAnswer,   // an answer with another status, length or content
  kNotProcessed,  // that the server has not acted on it: GOAWAY, or H3_REQUEST_REJECTED
  kCutOff,        // that it failed and may have been acted on, after the drain's deadline
  kFailed,        // the same, before the deadline
};

struct Tally {
  std::uint64_t requests = 0;    // sent by clients
  std::uint64_t completed = 0;   // answered, and executed
  std::uint64_t rejected = 0;    // told not processed, and not executed: safe to retry
  std::uint64_t cut_off = 0;     // failed at the deadline
  std::uint64_t lost = 0;        // everything else: no fate, a wrong one, or one that is not true
  std::uint64_t duplicated = 0;  // executed more than once; counted beside the others
  std::int64_t drained_ms = 0;   // from the signal to the exit of the process

  // Nothing lost, nothing cut off, nothing twice, and every request is in one of the sums.
  bool ok() const;
  // "requests=R completed=C ..."
  std::string ToLine() const;
};

// By key; `executions` covers at least the keys of `fates`.
Tally Compare(std::span<const Fate> fates, std::span<const std::uint8_t> executions);

}  // namespace quiesce::examples
