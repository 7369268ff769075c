// Faults planted on purpose, so that the tests of the drain are known to bite. A build with
// -DQUIESCE_MUTANT=n contains exactly one of them; every other build, none: each use is an `if
// constexpr` on a constant.
#pragma once

#ifndef QUIESCE_MUTANT
#define QUIESCE_MUTANT 0
#endif

namespace quiesce::http3 {

enum class Mutant {
  kNone = 0,
  kGoawayIdOffByOne = 1,     // GOAWAY names the last accepted request, not the first rejected one
  kCutoffComputedEarly = 2,  // the cutoff is taken when the drain starts, written when phase 2 does
  kConnectionRegisteredLate = 3,    // lives in shutdown/registry
  kCloseBeforeAcknowledgement = 4,  // Flushing ends without waiting for the peer's acknowledgements
  kLateStreamIgnored = 5,           // a request above the cutoff gets no answer
};

inline constexpr Mutant kMutant = static_cast<Mutant>(QUIESCE_MUTANT);

constexpr bool IsMutant(Mutant mutant) { return kMutant == mutant; }

}  // namespace quiesce::http3
