#include <cstdio>

#include "qpack/field.h"

int main() {
  const quiesce::qpack::Field field{.name = "server", .value = "quiesce"};
  std::printf("%d bytes\n", static_cast<int>(quiesce::qpack::ExpandedSize(field)));
  return 0;
}
