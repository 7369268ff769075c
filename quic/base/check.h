// Checks of our own reasoning. A peer's fault is never one of these: it is an Error (result.h).
#pragma once

#include <cstdlib>

namespace quiesce::quic {

// Prints the broken expectation and aborts. For what would corrupt memory or lose data silently.
[[noreturn]] void CheckFailed(const char* expression, const char* file, int line);

// Reports damage that stays inside one connection. Aborts unless NDEBUG, so that every test build
// fails; in release it prints nothing, counts, and returns so that the caller closes that
// connection with INTERNAL_ERROR.
void InvariantBroken(const char* what, const char* file, int line);

// How many times InvariantBroken was reached in this process; nonzero only in release builds.
unsigned long broken_invariants();

}  // namespace quiesce::quic

#define QUIESCE_CHECK(expression) \
  ((expression) ? void() : ::quiesce::quic::CheckFailed(#expression, __FILE__, __LINE__))

#ifdef NDEBUG
#define QUIESCE_DCHECK(expression) ((void)sizeof(expression))
#else
#define QUIESCE_DCHECK(expression) QUIESCE_CHECK(expression)
#endif

#define QUIESCE_INVARIANT_BROKEN(what) ::quiesce::quic::InvariantBroken(what, __FILE__, __LINE__)
