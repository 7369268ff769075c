// Carries out the transfers of one command: one connection per host and port, all transfers of it
// in parallel.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/key_log.h"
#include "examples/client/options.h"
#include "http3/client/client.h"

namespace quiesce::examples {

// curl's exit codes.
enum ExitCode {
  kDone = 0,
  kUnknownHost = 6,
  kNoConnection = 7,
  kHttpStatus = 22,
  kCannotWrite = 23,
  kTimeIsOver = 28,
  kTlsFailed = 35,
  kBadCertificate = 60,
  kRequestFailed = 92,
  kHttp3Failed = 95,
};

class Fetch {
 public:
  // `key_log` may be null; both outlive the object.
  Fetch(const ClientCommand& command, crypto::KeyLog* key_log);
  ~Fetch();

  // Runs to the end and returns the exit code: that of the first transfer that failed.
  int Run();

 private:
  struct Transfer;
  struct Session;

  bool Start();
  bool Connect(Session& session);
  void SaveSession(Session& session);
  void Handle(const http3::ConnectionEvent& event);
  void HandleSession(Session& session, const http3::Event& event);
  void SendRequests(Session& session);
  void WriteBody(Session& session, Transfer& transfer);
  void ReadBody(Session& session, Transfer& transfer);
  void ShowHead(Transfer& transfer, const http3::ResponseHead& head);
  void Finish(Transfer& transfer, int exit_code, const std::string& why);
  void FailSession(Session& session, int exit_code, const std::string& why);
  void WriteOut(const Transfer& transfer) const;
  bool AllDone() const;
  double Seconds(quic::Instant from, quic::Instant to) const;

  const ClientCommand& command_;
  crypto::KeyLog* key_log_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  // By host and port.
  std::map<std::string, std::unique_ptr<Session>> sessions_;
  quic::Instant started_{};
};

}  // namespace quiesce::examples
