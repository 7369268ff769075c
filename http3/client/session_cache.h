// The sessions that a client can resume, by origin: bounded, and each is given out once (RFC 8446
// C.4). RFC 9001 §4.5, RFC 9114 §7.2.4.2. Owned by whoever connects; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "http3/settings.h"
#include "quic/base/types.h"
#include "quic/connection/saved_session.h"

namespace quiesce::http3 {

struct ResumableSession {
  quic::SavedSession transport;
  std::optional<Settings> settings;  // the server's; nullopt = none had arrived
};

class SessionCache {
 public:
  // Sessions of one origin; older ones make room.
  static constexpr std::size_t kPerOrigin = 2;

  // Above `origins_max` the origin that was heard of longest ago is forgotten. A session has 1 to 3
  // kilobytes, most of it the server's certificates.
  explicit SessionCache(std::size_t origins_max = 256) : origins_max_(origins_max) {}

  // `origin` names a server and whatever else must be the same, e.g. "example.org:443".
  void Put(const std::string& origin, ResumableSession session);
  // The newest session of that version, which is no longer kept; nullopt when there is none.
  std::optional<ResumableSession> Take(const std::string& origin, quic::Version version);

  std::size_t size() const;

  // All of it, for a file, which then holds secrets.
  std::vector<std::uint8_t> Encode() const;
  // Adds what Encode() wrote. False when the bytes are something else; a part may have been added.
  bool Decode(std::span<const std::uint8_t> bytes);

 private:
  struct Origin {
    std::deque<ResumableSession> sessions;  // oldest first
    std::list<std::string>::iterator age;
  };

  std::size_t origins_max_;
  std::map<std::string, Origin> origins_;
  std::list<std::string> ages_;  // least recently heard of first
};

}  // namespace quiesce::http3
