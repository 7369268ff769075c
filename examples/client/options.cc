#include "examples/client/options.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

namespace quiesce::examples {

const char* const kClientHelp =
    "usage: client [options] URL...\n"
    "Fetches https URLs over HTTP/3; URLs of one host share a connection and run in parallel.\n"
    "\n"
    "  -k, --insecure           accept any certificate\n"
    "      --cacert FILE        trust the certificates in FILE, and no others\n"
    "  -o, --output FILE        write the body to FILE; one -o for each URL, in order\n"
    "  -O, --remote-name        write the body to a file named as in the URL\n"
    "  -I, --head               send HEAD and show the response's fields\n"
    "  -i, --include            show the response's fields before the body\n"
    "  -X, --request METHOD     another method than GET\n"
    "  -d, --data DATA          send DATA with POST; @FILE sends a file's content\n"
    "  -H, --header 'NAME: V'   send this field\n"
    "  -w, --write-out FORMAT   after each transfer; %{http_code} %{http_version}\n"
    "                           %{size_download} %{time_appconnect} %{time_starttransfer}\n"
    "                           %{time_total} %{url} %{exitcode}\n"
    "  -m, --max-time S         give up after S seconds\n"
    "      --connect-timeout S  give up on connecting after S seconds (10)\n"
    "      --resolve H:P:ADDR   use ADDR for host H, port P\n"
    "  -f, --fail               exit with 22 when a status is 400 or above\n"
    "      --congestion NAME    cubic or newreno (cubic)\n"
    "      --ssl-sessions FILE  resume sessions found in FILE, and keep new ones there\n"
    "      --quic-v2            speak QUIC version 2 (RFC 9369)\n"
    "  -v, --verbose            tell what happens, on standard error\n"
    "  -s, --silent             no error text\n"
    "      --version, --help    and exit; --http3, --http3-only, -Z, --parallel change nothing\n"
    "\n"
    "SSLKEYLOGFILE names a file for TLS secrets. Exit codes: 0 all done, 2 usage, 3 bad URL,\n"
    "6 unknown host, 7 no connection, 22 with -f, 23 cannot write, 28 time is over, 35 TLS,\n"
    "60 certificate, 92 request failed, 95 HTTP/3 failed.\n";

namespace {

// Walks over the arguments: "-o FILE", "-oFILE", "--output FILE", "--output=FILE".
class Arguments {
 public:
  Arguments(int argc, char** argv) : argc_(argc), argv_(argv) {}

  bool Next() {
    if (++index_ >= argc_) return false;
    std::string_view text = argv_[index_];
    attached_.reset();
    if (text.starts_with("--")) {
      const std::size_t equals = text.find('=');
      if (equals != std::string_view::npos) attached_ = text.substr(equals + 1);
      flag_ = text.substr(0, equals);
    } else if (text.size() > 2 && text[0] == '-') {
      flag_ = text.substr(0, 2);
      attached_ = text.substr(2);
    } else {
      flag_ = text;
    }
    return true;
  }

  std::string_view flag() const { return flag_; }
  bool is_flag() const { return flag_.size() > 1 && flag_[0] == '-'; }
  bool Is(std::string_view a, std::string_view b = {}) const {
    return flag_ == a || (!b.empty() && flag_ == b);
  }
  // "-sk" is "-s -k": what is left of a cluster of short flags without a value.
  bool TakeCluster() {
    if (!attached_ || flag_.starts_with("--")) return false;
    cluster_ = "-" + std::string(*attached_);
    argv_[index_--] = cluster_.data();
    return true;
  }
  std::optional<std::string> Value() {
    if (attached_) return std::string(*std::exchange(attached_, std::nullopt));
    if (index_ + 1 >= argc_) return std::nullopt;
    return std::string(argv_[++index_]);
  }

 private:
  int argc_;
  char** argv_;
  int index_ = 0;
  std::string_view flag_;
  std::optional<std::string_view> attached_;
  std::string cluster_;
};

bool Seconds(const std::string& text, double& out) {
  char* end = nullptr;
  out = std::strtod(text.c_str(), &end);
  return end != text.c_str() && *end == '\0' && out > 0 && out < 1e6;
}

std::optional<std::string> ReadData(const std::string& value, std::string& error) {
  if (!value.starts_with('@')) return value;
  std::ifstream file(value.substr(1), std::ios::binary);
  if (!file) {
    error = "cannot read " + value.substr(1) + ": " + std::strerror(errno);
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool AddField(const std::string& line, ClientCommand& command, std::string& error) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || colon == 0) {
    error = "-H '" + line + "': write it as 'Name: value'";
    return false;
  }
  std::string name = line.substr(0, colon);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t start = line.find_first_not_of(' ', colon + 1);
  command.fields.emplace_back(name, start == std::string::npos ? "" : line.substr(start));
  return true;
}

bool AddResolve(const std::string& value, ClientCommand& command, std::string& error) {
  const std::size_t first = value.find(':');
  const std::size_t second = value.find(':', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos) {
    error = "--resolve '" + value + "': write it as host:port:address";
    return false;
  }
  command.resolve.emplace_back(value.substr(0, second), value.substr(second + 1));
  return true;
}

std::string RemoteName(const Url& url) {
  const std::string path = url.path.substr(0, url.path.find('?'));
  const std::string name = path.substr(path.rfind('/') + 1);
  // Never a folder, here or above.
  return name.empty() || name == "." || name == ".." ? "index.html" : name;
}

// One flag with a value. False with `error` set when it is unknown or wrong.
bool TakeValue(Arguments& arguments, ClientCommand& command, std::vector<std::string>& outputs,
               std::string& error) {
  const std::string flag(arguments.flag());
  static constexpr std::string_view kWithValue[] = {"-o",
                                                    "--output",
                                                    "-X",
                                                    "--request",
                                                    "-d",
                                                    "--data",
                                                    "-H",
                                                    "--header",
                                                    "--data-binary",
                                                    "-w",
                                                    "--write-out",
                                                    "-m",
                                                    "--max-time",
                                                    "--connect-timeout",
                                                    "--cacert",
                                                    "--resolve",
                                                    "--congestion",
                                                    "--ssl-sessions"};
  bool known = false;
  for (const std::string_view name : kWithValue) known = known || name == flag;
  if (!known) {
    error = "unknown option " + flag + "; --help lists them";
    return false;
  }
  const auto value = arguments.Value();
  if (!value) {
    error = flag + " needs a value";
    return false;
  }
  if (arguments.Is("-o", "--output")) {
    outputs.push_back(*value);
  } else if (arguments.Is("-X", "--request")) {
    command.method = *value;
  } else if (arguments.Is("-d", "--data") || arguments.Is("--data-binary")) {
    command.data = ReadData(*value, error);
    return command.data.has_value();
  } else if (arguments.Is("-H", "--header")) {
    return AddField(*value, command, error);
  } else if (arguments.Is("-w", "--write-out")) {
    command.write_out = *value;
  } else if (arguments.Is("--cacert")) {
    command.ca_file = *value;
  } else if (arguments.Is("--ssl-sessions")) {
    command.session_file = *value;
  } else if (arguments.Is("--resolve")) {
    return AddResolve(*value, command, error);
  } else if (arguments.Is("--congestion")) {
    const auto algorithm = quic::FindCongestionAlgorithm(*value);
    if (!algorithm) error = "--congestion knows cubic and newreno, not '" + *value + "'";
    command.congestion = algorithm.value_or(command.congestion);
    return algorithm.has_value();
  } else if (!Seconds(*value, arguments.Is("--connect-timeout") ? command.connect_timeout_s
                                                                : command.max_time_s)) {
    error = flag + " needs a number of seconds above 0";
    return false;
  }
  return true;
}

bool* Switch(const Arguments& arguments, ClientCommand& command) {
  if (arguments.Is("-k", "--insecure")) return &command.insecure;
  if (arguments.Is("-I", "--head")) return &command.head;
  if (arguments.Is("-i", "--include")) return &command.include;
  if (arguments.Is("-v", "--verbose")) return &command.verbose;
  if (arguments.Is("-s", "--silent")) return &command.silent;
  if (arguments.Is("-f", "--fail")) return &command.fail;
  if (arguments.Is("--quic-v2")) return &command.quic_v2;
  if (arguments.Is("--help", "-h")) return &command.help;
  if (arguments.Is("--version", "-V")) return &command.version;
  return nullptr;
}

}  // namespace

std::optional<ClientCommand> ParseClientCommand(int argc, char** argv, CommandError& error) {
  ClientCommand command;
  std::vector<std::string> outputs;
  bool remote_name = false;
  Arguments arguments(argc, argv);
  while (arguments.Next()) {
    if (!arguments.is_flag()) {
      auto url = ParseUrl(arguments.flag(), error.text);
      if (!url) {
        error.exit_code = 3;
        return std::nullopt;
      }
      command.transfers.push_back({*url, ""});
    } else if (bool* flag = Switch(arguments, command)) {
      *flag = true;
      arguments.TakeCluster();
    } else if (arguments.Is("-O", "--remote-name")) {
      remote_name = true;
      arguments.TakeCluster();
    } else if (arguments.Is("--http3", "--http3-only") || arguments.Is("-Z", "--parallel")) {
      arguments.TakeCluster();
    } else if (!TakeValue(arguments, command, outputs, error.text)) {
      return std::nullopt;
    }
  }
  if (command.help || command.version) return command;
  if (command.transfers.empty()) {
    error.text = "no URL given; --help says how";
    return std::nullopt;
  }
  for (std::size_t i = 0; i < command.transfers.size(); ++i) {
    if (i < outputs.size()) command.transfers[i].output = outputs[i];
    if (remote_name) command.transfers[i].output = RemoteName(command.transfers[i].url);
  }
  if (command.method.empty())
    command.method = command.head ? "HEAD" : command.data ? "POST" : "GET";
  return command;
}

}  // namespace quiesce::examples
