// An HTTP/3 server for files that leaves well; shows how http3/server/server.h and
// shutdown/service.h are used.
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/server/access_log.h"
#include "examples/server/drain_line.h"
#include "examples/server/options.h"
#include "examples/server/static_files.h"
#include "examples/server/test_endpoints.h"
#include "http3/server/server.h"
#include "quic/io/key_log_file.h"
#include "shutdown/service.h"

namespace quiesce::examples {
namespace {

struct Site final : http3::RequestHandler {
  void HandleRequest(http3::Exchange& exchange) override {
    if (test_endpoints && test_endpoints->Handle(exchange)) return;
    if (files) return files->Handle(exchange);
    (void)exchange.Respond(404, {}, "this server has no files: start it with --root\n");
  }
  std::optional<StaticFiles> files;
  std::optional<TestEndpoints> test_endpoints;
};

int Fail(const std::string& error, int code = 1) {
  std::fprintf(stderr, "server: %s\n", error.c_str());
  return code;
}

void DescribeCertificate(const crypto::SelfSignedCertificate& certificate) {
  std::string fingerprint;
  for (const std::uint8_t byte : certificate.certificate_sha256) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%s%02X", fingerprint.empty() ? "" : ":", byte);
    fingerprint += hex;
  }
  std::fprintf(stderr,
               "no --cert: made a certificate for localhost that nobody has signed\n"
               "  SHA-256 fingerprint: %s\n"
               "  public key pin: sha256//%s\n",
               fingerprint.c_str(), certificate.spki_sha256_base64.c_str());
}

int Run(const ServerCommand& command) {
  // Before anything that could make a thread or miss one.
  shutdown::Signals signals;
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads the access log may go first

  std::string error;
  Site site;
  if (!command.root.empty()) {
    site.files = StaticFiles::Open(command.root, error);
    if (!site.files) return Fail(error);
  }
  const auto key_log = quic::KeyLogFile::FromEnvironment(error);
  if (!error.empty()) return Fail(error);
  std::unique_ptr<AccessLog> access_log;
  if (!command.access_log.empty()) {
    access_log = AccessLog::Open(command.access_log, error);
    if (!access_log) return Fail(error);
  }
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> report_file(nullptr, std::fclose);
  if (!command.report.empty()) {
    report_file.reset(std::fopen(command.report.c_str(), "we"));
    if (!report_file) return Fail("cannot write the report to '" + command.report + "'");
  }

  http3::ServerOptions options{.listen = command.listen,
                               .certificate_file = command.certificate,
                               .key_file = command.key,
                               .secret_file = command.secret_file,
                               .key_log = key_log.get()};
  options.endpoint.connection.congestion = command.congestion;
  if (command.certificate.empty() && command.key.empty())
    options.self_signed_names = {"localhost", "127.0.0.1", "::1"};
  const auto server = http3::Server::Listen(options, site, error);
  if (!server) return Fail(error);
  if (access_log) server->core().AddObserver(*access_log);
  if (command.test_endpoints) site.test_endpoints.emplace(*server);
  if (const auto* certificate = server->self_signed()) DescribeCertificate(*certificate);
  std::fprintf(stderr, "listening on %s\n", server->local_address().ToString().c_str());
  for (const std::string& notice : server->socket().notices())
    std::fprintf(stderr, "note: %s\n", notice.c_str());

  DrainDisplay display;
  const shutdown::DrainReport report = shutdown::Serve(
      *server, command.drain,
      {.on_progress = [&display](const shutdown::DrainProgress& it) { display.Show(it); },
       .signals = &signals});

  std::fputs(report.ToText().c_str(), stderr);
  if (report_file && std::fprintf(report_file.get(), "%s\n", report.ToJson().c_str()) < 0)
    return Fail("cannot write the report to '" + command.report + "'");
  if (report.lost() != 0) return Fail("requests without outcome: this is a defect");
  return report.result == shutdown::DrainResult::kDrained ? 0 : 3;
}

}  // namespace
}  // namespace quiesce::examples

int main(int argc, char** argv) {
  using namespace quiesce::examples;
  std::string error;
  const auto command = ParseServerCommand({argv + 1, argv + argc}, error);
  if (!command) return Fail(error, 2);
  if (command->help) return std::fputs(kServerHelp, stdout) < 0;
  if (command->version) return std::puts("server (quiesce) 0.1.0, HTTP/3 only") < 0;
  return Run(*command);
}
