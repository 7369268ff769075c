#include "crypto/require.h"

#include <cstdio>
#include <cstdlib>

namespace quiesce::crypto {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "quiesce::crypto: %s\n", what);
  std::abort();
}

}  // namespace quiesce::crypto
