// Two lines for each request that reached the application: one when its handler starts, so that it
// is on record whatever happens next, and one with its outcome.
//
//   start CONNECTION STREAM METHOD TARGET PEER
//   end CONNECTION STREAM METHOD TARGET STATUS BYTES OUTCOME MILLISECONDS
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "http3/server/session_observer.h"

namespace quiesce::examples {

class AccessLog final : public http3::SessionObserver {
 public:
  // Appends to `path`; "-" is the standard output. On failure nullptr, and one line in `error`.
  static std::unique_ptr<AccessLog> Open(const std::string& path, std::string& error);
  ~AccessLog() override;

  void OnRequestStarted(quic::Instant now, const http3::Exchange& exchange) override;
  void OnRequestEnded(quic::Instant now, const http3::Exchange& exchange,
                      http3::Outcome outcome) override;

 private:
  explicit AccessLog(std::FILE* file) : file_(file) {}
  void Write(const std::string& line);

  std::FILE* const file_;
};

}  // namespace quiesce::examples
