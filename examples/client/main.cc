// An HTTP/3 client with curl's flags for the common cases; shows how http3/client/client.h is used.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "examples/client/fetch.h"
#include "examples/client/options.h"
#include "quic/io/key_log_file.h"

int main(int argc, char** argv) {
  using namespace quiesce::examples;
  CommandError error;
  const auto command = ParseClientCommand(argc, argv, error);
  if (!command) {
    std::fprintf(stderr, "client: %s\n", error.text.c_str());
    return error.exit_code;
  }
  if (command->help) return std::fputs(kClientHelp, stdout) < 0;
  if (command->version) return std::puts("client (quiesce) 0.1.0, HTTP/3 only") < 0;

  std::string key_log_error;
  const auto key_log = quiesce::quic::KeyLogFile::FromEnvironment(key_log_error);
  if (!key_log_error.empty()) std::fprintf(stderr, "client: %s\n", key_log_error.c_str());
  Fetch fetch(*command, key_log.get());
  return fetch.Run();
}
