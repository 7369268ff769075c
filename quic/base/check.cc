#include "quic/base/check.h"

#include <atomic>
#include <cstdio>

namespace quiesce::quic {
namespace {
// A counter of defects, read by tests and metrics; no behaviour depends on it.
std::atomic<unsigned long> broken{0};
}  // namespace

void CheckFailed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, expression);
  std::abort();
}

void InvariantBroken(const char* what, const char* file, int line) {
  broken.fetch_add(1, std::memory_order_relaxed);
#ifndef NDEBUG
  std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, what);
  std::abort();
#else
  (void)what, (void)file, (void)line;
#endif
}

unsigned long broken_invariants() { return broken.load(std::memory_order_relaxed); }

}  // namespace quiesce::quic
