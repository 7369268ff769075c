#include "examples/demo/options.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace quiesce::examples {

const char* const kDemoHelp =
    "usage: demo [options]\n"
    "Puts load on a server, tells it to leave (SIGTERM) in the middle, and accounts for every\n"
    "request: what its client was told against what the server did.\n"
    "\n"
    "  --connections N      connections (100)\n"
    "  --in-flight N        requests in flight on each (4)\n"
    "  --seconds S          load before the signal (1)\n"
    "  --drain-timeout S    what is not finished by then is cut off (10)\n"
    "  --json FILE          write the result and the server's drain report to FILE\n"
    "\n"
    "The last line is requests=R completed=C rejected=J cut_off=K lost=L duplicated=D\n"
    "drained_ms=T, with T from the signal to the exit of the server's process. Exit code 0: every\n"
    "request was answered or may be retried safely, and none was executed twice.\n";

namespace {

bool TakeCount(std::string_view text, int max, int& out) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  return fault == std::errc() && end == text.data() + text.size() && out >= 1 && out <= max;
}

bool TakeSeconds(const std::string& text, quic::Duration& out) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(seconds >= 0.001 && seconds <= 60)) return false;
  out = std::chrono::duration_cast<quic::Duration>(std::chrono::duration<double>(seconds));
  return true;
}

// What is wrong with the value of a flag; empty when nothing is.
std::string Take(std::string_view flag, const std::string& value, DemoOptions& options) {
  if (flag == "--connections")
    return TakeCount(value, 1000, options.connections) ? "" : "must be 1 to 1000";
  if (flag == "--in-flight")
    return TakeCount(value, 100, options.in_flight) ? "" : "must be 1 to 100";
  if (flag == "--seconds")
    return TakeSeconds(value, options.load_time) ? "" : "must be 0.001 to 60 seconds";
  if (flag == "--drain-timeout")
    return TakeSeconds(value, options.drain_timeout) ? "" : "must be 0.001 to 60 seconds";
  if (flag == "--json") {
    options.json_file = value;
    return value.empty() ? "must name a file" : "";
  }
  return "is unknown; --help lists the options";
}

}  // namespace

std::optional<DemoOptions> ParseDemoOptions(int argc, char** argv, std::string& error) {
  DemoOptions options;
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i];
    if (flag == "--help" || flag == "-h") {
      options.help = true;
      return options;
    }
    std::string value;
    if (const std::size_t equals = flag.find('='); equals != std::string_view::npos) {
      value = flag.substr(equals + 1);
      flag = flag.substr(0, equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    const std::string fault = Take(flag, value, options);
    if (!fault.empty()) {
      error = std::string(flag) + " " + fault;
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace quiesce::examples
