// Where TLS secrets go when somebody wants to read captured packets. Off unless given.
#pragma once

#include <string_view>

namespace quiesce::crypto {

// Whoever holds these lines can decrypt the connection. A sink that several shards share is called
// from all of their threads.
class KeyLog {
 public:
  virtual ~KeyLog() = default;

  // One line of the NSS key log format, "LABEL client_random secret" in hex, without line end. The
  // labels are those of RFC 8446 §7.1's secrets, e.g. CLIENT_HANDSHAKE_TRAFFIC_SECRET; Wireshark
  // wants nothing else for QUIC.
  virtual void OnLine(std::string_view line) = 0;
};

}  // namespace quiesce::crypto
