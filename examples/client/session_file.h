// A file with the sessions that a later run can resume: readable by its owner alone, and replaced
// in one step.
#pragma once

#include <string>

#include "http3/client/session_cache.h"

namespace quiesce::examples {

// Adds what the file holds; a file that does not exist holds nothing. False sets `error`.
[[nodiscard]] bool LoadSessions(const std::string& path, http3::SessionCache& cache,
                                std::string& error);
[[nodiscard]] bool SaveSessions(const std::string& path, const http3::SessionCache& cache,
                                std::string& error);

}  // namespace quiesce::examples
