// The command line of the demonstration.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "quic/base/time.h"

namespace quiesce::examples {

struct DemoOptions {
  int connections = 100;                                    // 1 to 1000
  int in_flight = 4;                                        // requests per connection, 1 to 100
  quic::Duration load_time = std::chrono::seconds(1);       // before the signal, up to 60 s
  quic::Duration drain_timeout = std::chrono::seconds(10);  // up to 60 s
  std::string json_file;                                    // empty = none
  bool help = false;
};

// nullopt, with one line in `error`, for an unknown flag or a value out of range.
std::optional<DemoOptions> ParseDemoOptions(int argc, char** argv, std::string& error);

// One screen.
extern const char* const kDemoHelp;

}  // namespace quiesce::examples
