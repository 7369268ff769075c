// What must hold for this room to go on: our own arguments, and BoringSSL's calls that fail only
// when memory is exhausted. A peer's fault is never one of these.
#pragma once

namespace quiesce::crypto {

// Prints `what` and ends the process unless `condition`.
void Require(bool condition, const char* what);

}  // namespace quiesce::crypto
