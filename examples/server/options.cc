#include "examples/server/options.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace quiesce::examples {

const char* const kServerHelp =
    "usage: server [options]\n"
    "Serves files over HTTP/3 until SIGTERM, SIGINT or SIGQUIT; then finishes what runs and\n"
    "reports what became of every request. A second signal forces the end.\n"
    "\n"
    "  --listen ADDRESS         host:port, [IPv6]:port or :port (:4433)\n"
    "  --cert FILE, --key FILE  PEM; without them a certificate for localhost is made\n"
    "  --root DIR               serve the files below DIR\n"
    "  --drain-timeout SECONDS  what is not finished then is cut off (10)\n"
    "  --drain-delay SECONDS    go on accepting for so long before the drain (0)\n"
    "  --drain-spread SECONDS   tell the clients to leave spread over so long (0)\n"
    "  --secret-file FILE       keeps keys over a restart, so that clients notice it at once\n"
    "  --access-log FILE        one line when a request starts, one when it ends; - is the\n"
    "                           standard output (-), none is none\n"
    "  --report FILE            write the report of the drain to FILE, as JSON\n"
    "  --congestion NAME        cubic or newreno (cubic)\n"
    "  --test-endpoints         also answer /slow?ms=N, /bytes?n=N and /upload\n"
    "  --help, --version        and exit\n"
    "\n"
    "SSLKEYLOGFILE names a file for TLS secrets. Exit codes: 0 left without cutting anything\n"
    "off, 1 failed, 2 usage, 3 the deadline or a second signal cut something off.\n";

namespace {

std::optional<quic::Duration> ParseSeconds(const std::string& text) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(seconds) || seconds < 0 || seconds > 1e6)
    return std::nullopt;
  return std::chrono::duration_cast<quic::Duration>(std::chrono::duration<double>(seconds));
}

std::string* TextOf(ServerCommand& command, std::string_view flag) {
  if (flag == "--listen") return &command.listen;
  if (flag == "--cert") return &command.certificate;
  if (flag == "--key") return &command.key;
  if (flag == "--root") return &command.root;
  if (flag == "--secret-file") return &command.secret_file;
  if (flag == "--access-log") return &command.access_log;
  if (flag == "--report") return &command.report;
  return nullptr;
}

quic::Duration* DurationOf(ServerCommand& command, std::string_view flag) {
  if (flag == "--drain-timeout") return &command.drain.grace_period;
  if (flag == "--drain-delay") return &command.drain.unready_delay;
  if (flag == "--drain-spread") return &command.drain.spread;
  return nullptr;
}

bool* SwitchOf(ServerCommand& command, std::string_view flag) {
  if (flag == "--test-endpoints") return &command.test_endpoints;
  if (flag == "--help" || flag == "-h") return &command.help;
  if (flag == "--version") return &command.version;
  return nullptr;
}

// Of the policy's fields, as the flags name them.
std::string FlagOf(std::string_view field) {
  if (field == "grace_period") return "--drain-timeout";
  return field == "unready_delay" ? "--drain-delay" : "--drain-spread";
}

}  // namespace

std::optional<ServerCommand> ParseServerCommand(const std::vector<std::string>& arguments,
                                                std::string& error) {
  ServerCommand command;
  for (auto it = arguments.begin(); it != arguments.end(); ++it) {
    // "--flag VALUE" or "--flag=VALUE".
    const std::size_t equals = it->find('=');
    const std::string flag = it->substr(0, equals);
    std::optional<std::string> attached;
    if (equals != std::string::npos) attached = it->substr(equals + 1);
    if (bool* on = SwitchOf(command, flag)) {
      if (attached) {
        error = flag + " takes no value";
        return std::nullopt;
      }
      *on = true;
      continue;
    }
    std::string congestion;
    const bool names_congestion = flag == "--congestion";
    std::string* const text = names_congestion ? &congestion : TextOf(command, flag);
    quic::Duration* const duration = DurationOf(command, flag);
    if (!text && !duration) {
      error = "unknown argument '" + *it + "'; --help lists what there is";
      return std::nullopt;
    }
    if (!attached && it + 1 != arguments.end()) attached = *++it;
    if (!attached) {
      error = flag + " needs a value";
      return std::nullopt;
    }
    if (names_congestion) {
      const auto algorithm = quic::FindCongestionAlgorithm(*attached);
      if (!algorithm) {
        error = "--congestion knows cubic and newreno, not '" + *attached + "'";
        return std::nullopt;
      }
      command.congestion = *algorithm;
    } else if (text) {
      *text = std::move(*attached);
    } else if (const auto seconds = ParseSeconds(*attached)) {
      *duration = *seconds;
    } else {
      error = flag + " needs a number of seconds, not '" + *attached + "'";
      return std::nullopt;
    }
  }
  if (const auto bad = command.drain.Validate()) {
    error = FlagOf(bad->field) + " " + bad->rule;
    return std::nullopt;
  }
  if (command.access_log == "none") command.access_log.clear();
  return command;
}

}  // namespace quiesce::examples
