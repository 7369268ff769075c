// The server's flags.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quic/recovery/congestion_factory.h"
#include "shutdown/policy.h"

namespace quiesce::examples {

extern const char* const kServerHelp;

struct ServerCommand {
  bool help = false;
  bool version = false;
  std::string listen = ":4433";
  std::string certificate;  // and `key`; both empty = made at start
  std::string key;
  std::string root;  // empty = no files
  std::string secret_file;
  std::string access_log = "-";  // empty = none
  std::string report;            // empty = none
  quic::CongestionAlgorithm congestion = quic::CongestionAlgorithm::kCubic;
  bool test_endpoints = false;
  shutdown::DrainPolicy drain;
};

// nullopt when an argument is wrong, and one line in `error`.
std::optional<ServerCommand> ParseServerCommand(const std::vector<std::string>& arguments,
                                                std::string& error);

}  // namespace quiesce::examples
