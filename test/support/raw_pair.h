// An endpoint under test and a raw peer, without a network: what one sends the other has at once,
// and time moves only when the test says so.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quic/endpoint/endpoint.h"
#include "test/support/fake_tls.h"
#include "test/support/raw_peer.h"
#include "test/support/seeded_random.h"

namespace quiesce::test {

class RawPair {
 public:
  using Wrap =
      std::function<std::unique_ptr<crypto::TlsHandshake>(std::unique_ptr<crypto::TlsHandshake>)>;
  struct Options {
    quic::Perspective tested = quic::Perspective::kServer;
    quic::EndpointConfig config{};
    quic::Version version = quic::Version::kV1;
    FakeTlsOptions tls{};
    RawPeer::ParameterHook parameters{};  // of the peer; see RawPeer
    Wrap wrap_tls{};                      // puts something around TLS of the endpoint under test
    std::size_t peer_cid_length = 8;
    std::uint64_t seed = 1;
  };
  // CONNECTION_CLOSE as the peer reads it.
  struct Close {
    quic::PacketType packet;
    bool is_application;
    std::uint64_t error_code;
    std::uint64_t frame_type;
    std::string reason;
  };

  explicit RawPair(const Options& options);

  // Until both sides have confirmed. False when that does not happen.
  [[nodiscard]] bool Handshake();
  // The peer sends one packet in one datagram, and the endpoint answers.
  void Send(quic::PacketType type, std::span<const std::uint8_t> payload,
            const PacketOptions& options = {});
  template <typename... F>
  void SendFrames(quic::PacketType type, const F&... frames) {
    Send(type, Encode(frames...));
  }
  void SendDatagram(Bytes datagram);
  void SendDatagramFrom(const quic::SocketAddress& address, Bytes datagram);
  // What TLS and the acknowledgments ask for.
  void SendHandshake();
  void Acknowledge();

  // Time passes; the endpoint's timeouts happen when they are due.
  void RunFor(quic::Duration duration);
  // Lets the endpoint send what it has.
  void Exchange();

  quic::Endpoint& endpoint() { return *endpoint_; }
  // Null when it does not exist (any more).
  quic::Connection* connection();
  RawPeer& peer() { return *peer_; }
  quic::Instant now() const { return now_; }

  // What the endpoint has sent, to whom, and with which bytes; tests clear it as they like.
  struct Sent {
    quic::SocketAddress to;
    Bytes bytes;
  };
  std::vector<Sent>& sent() { return sent_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t bytes_received() const { return bytes_received_; }
  // The peer hears nothing while this is set.
  bool peer_is_deaf = false;

  std::vector<quic::Event>& events() { return events_; }
  template <typename T>
  const T* Last() const {
    for (auto it = events_.rbegin(); it != events_.rend(); ++it)
      if (const T* event = std::get_if<T>(&*it)) return event;
    return nullptr;
  }
  // Of the highest packet type in which one was seen.
  std::optional<Close> close() const;
  std::vector<Close> closes() const;
  // Events with ConnectionAccepted.
  int accepted() const { return accepted_; }

  static quic::SocketAddress PeerAddress();

 private:
  quic::DatagramInfo InfoFrom(const quic::SocketAddress& address) const;
  void CollectEvents();

  Options options_;
  SeededRandom random_;
  quic::Instant now_{std::chrono::seconds(1)};
  quic::StatelessResetter resetter_;
  std::unique_ptr<quic::Endpoint> endpoint_;
  std::unique_ptr<RawPeer> peer_;
  std::optional<quic::ConnectionHandle> handle_;
  quic::TransmitBatch batch_{64 * 1024};
  std::vector<Sent> sent_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::vector<quic::Event> events_;
  int accepted_ = 0;
};

}  // namespace quiesce::test
