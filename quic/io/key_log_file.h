// The key log as a file: what $SSLKEYLOGFILE asks for everywhere. For reading captures in
// Wireshark.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/key_log.h"
#include "quic/io/file_descriptor.h"

namespace quiesce::quic {

class KeyLogFile final : public crypto::KeyLog {
 public:
  // Appends to `path`, which is created for its owner alone (0600). nullptr on failure, with one
  // line in `error`.
  static std::unique_ptr<KeyLogFile> Open(const std::string& path, std::string& error);
  // The file that $SSLKEYLOGFILE names; nullptr without `error` when it names none.
  static std::unique_ptr<KeyLogFile> FromEnvironment(std::string& error);

  // One write per line, so that processes may share a file.
  void OnLine(std::string_view line) override;

 private:
  explicit KeyLogFile(FileDescriptor fd) : fd_(std::move(fd)) {}

  FileDescriptor fd_;
};

}  // namespace quiesce::quic
