// A client and a server connection over two fake transports, and a peer that speaks in raw bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http3/connection.h"
#include "http3/events.h"
#include "http3/frames.h"
#include "http3/stream_type.h"
#include "http3/testing/fake_transport.h"
#include "quic/base/time.h"
#include "quic/base/types.h"
#include "test/support/seeded_random.h"

namespace quiesce::http3 {

inline constexpr quic::Instant kStart = quic::Instant() + std::chrono::hours(1);

// The GOAWAY identifiers that an end has written to its control stream.
std::vector<std::uint64_t> GoawaysWritten(const FakeTransport& transport);
std::span<const std::uint8_t> Bytes(std::string_view text);

// Collected events with the look-ups that tests make.
class EventLog {
 public:
  void Add(Event event) { events_.push_back(std::move(event)); }
  void Clear() { events_.clear(); }
  std::vector<Event>& all() { return events_; }

  template <typename T>
  std::size_t Count() const {
    std::size_t count = 0;
    for (const Event& event : events_) count += std::holds_alternative<T>(event);
    return count;
  }
  // The first event of a kind, or the first about one stream.
  template <typename T>
  const T* Find() const {
    for (const Event& event : events_)
      if (const T* found = std::get_if<T>(&event)) return found;
    return nullptr;
  }
  template <typename T>
  const T* Find(quic::StreamId id) const {
    for (const Event& event : events_) {
      const T* found = std::get_if<T>(&event);
      if (found != nullptr && found->stream_id == id) return found;
    }
    return nullptr;
  }

 private:
  std::vector<Event> events_;
};

// One end: a transport, the connection on it, and what the connection has reported.
struct H3End {
  H3End(quic::Perspective perspective, const FakeLimits& limits, const Config& config);

  // Hands over what the transport has reported.
  void Pump(quic::Instant now);
  // Reads the body of `id` to the end of what is there.
  std::string ReadAll(quic::Instant now, quic::StreamId id);

  test::SeededRandom random;
  FakeTransport transport;
  Connection connection;
  EventLog log;
};

struct PairOptions {
  Config server{};
  Config client{};
  FakeLimits server_limits{};
  FakeLimits client_limits{};
};

class H3Pair {
 public:
  explicit H3Pair(const PairOptions& options = {});

  // Both ends have said HandshakeConfirmed and exchanged SETTINGS.
  void Establish();
  // Everything that is on the way arrives, again and again until nothing is.
  void Exchange();
  // One way only, once.
  void ToServer();
  void ToClient();
  // Time passes; due timers run.
  void Advance(quic::Duration duration);

  // A complete GET, sent by the client and not yet on the way.
  quic::StreamId Get(std::string_view path = "/");
  // A complete response with an empty body.
  void Answer(quic::StreamId id, int status = 200);

  quic::Duration pto() const { return std::chrono::milliseconds(100); }

  H3End client;
  H3End server;
  quic::Instant now = kStart;
};

// A connection whose peer writes what it likes.
class RawPeer {
 public:
  // `subject`: the role of the connection under test.
  explicit RawPeer(quic::Perspective subject, const Config& config = {});

  void Exchange();
  // Opens a stream of the peer's and writes `bytes`, with FIN if asked.
  quic::StreamId Open(quic::StreamDirection direction, std::string_view bytes, bool fin = false);
  void Write(quic::StreamId id, std::string_view bytes, bool fin = false);
  // Opens the peer's control stream with an empty SETTINGS frame.
  quic::StreamId OpenControl();
  // The connection's close code; nullopt while it is open.
  std::optional<ErrorCode> close_code() const;

  FakeTransport transport;  // the peer's
  H3End subject;
  quic::Instant now = kStart;
};

// The wire form of a frame and of a header section without a dynamic table.
std::string Frame(std::uint64_t type, std::string_view payload);
std::string Varint(std::uint64_t value);
std::string Section(std::span<const qpack::Field> fields);
std::string HeadersFrame(std::span<const qpack::Field> fields);
inline std::string GetRequest() {
  const qpack::Field fields[] = {
      {":method", "GET"}, {":scheme", "https"}, {":authority", "example.org"}, {":path", "/"}};
  return HeadersFrame(fields);
}
inline std::string OkResponse() {
  const qpack::Field fields[] = {{":status", "200"}};
  return HeadersFrame(fields);
}

}  // namespace quiesce::http3
