// The command line of the client: curl's names for the common cases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/client/url.h"
#include "quic/recovery/congestion_factory.h"

namespace quiesce::examples {

struct ClientCommand {
  struct Transfer {
    Url url;
    std::string output;  // file; empty = standard output
  };
  std::vector<Transfer> transfers;
  std::string method;                                       // empty = GET, or POST with data
  std::vector<std::pair<std::string, std::string>> fields;  // of -H
  std::optional<std::string> data;                          // the request's body
  std::string ca_file;
  std::string session_file;  // sessions to resume, and where new ones go
  std::string write_out;     // format of -w
  // --resolve host:port -> address, and --connect-to for everything.
  std::vector<std::pair<std::string, std::string>> resolve;
  double max_time_s = 0;  // 0 = no limit
  double connect_timeout_s = 10;
  quic::CongestionAlgorithm congestion = quic::CongestionAlgorithm::kCubic;
  bool insecure = false;
  bool head = false;     // -I
  bool include = false;  // -i
  bool verbose = false;
  bool silent = false;
  bool fail = false;  // -f: exit 22 for status 400 and above
  bool quic_v2 = false;
  bool help = false;
  bool version = false;
};

struct CommandError {
  int exit_code = 2;  // 3 for a bad URL
  std::string text;   // one line
};

// nullopt with `error` set for an unknown flag, a missing value or a bad URL.
std::optional<ClientCommand> ParseClientCommand(int argc, char** argv, CommandError& error);

// One screen.
extern const char* const kClientHelp;

}  // namespace quiesce::examples
