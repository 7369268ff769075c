// One side of a connection that does what a test tells it, and nothing of its own: it shakes hands,
// keeps keys and packet numbers, and sends any frames in any packet, right or wrong. What it
// receives it decrypts and keeps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "crypto/initial_secrets.h"
#include "crypto/packet_keys.h"
#include "crypto/tls_handshake.h"
#include "quic/base/check.h"
#include "quic/base/interval_set.h"
#include "quic/base/types.h"
#include "quic/wire/cursor.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/frames.h"
#include "quic/wire/packet_type.h"
#include "quic/wire/transport_parameters.h"
#include "quic/wire/version.h"

namespace quiesce::test {

using Bytes = std::vector<std::uint8_t>;

// The encoding of frames, one behind the other.
template <typename... F>
Bytes Encode(const F&... frames) {
  Bytes bytes((std::size_t{0} + ... + quic::FrameSize(frames)));
  quic::Writer writer(bytes);
  QUIESCE_CHECK((true && ... && quic::WriteFrame(writer, frames)));
  return bytes;
}

// What to do differently when a packet is made.
struct PacketOptions {
  std::optional<std::uint64_t> number;  // instead of the next one
  std::size_t number_length = 4;
  std::uint8_t flipped_bits = 0;  // of the first byte, before protection
  std::optional<quic::ConnectionId> destination;
  std::optional<quic::ConnectionId> source;
  std::optional<quic::Version> version;
  std::span<const std::uint8_t> token{};
  bool forged = false;  // the tag does not fit
};

class RawPeer {
 public:
  struct Seen {
    quic::PacketType type;
    std::uint64_t number;
    Bytes payload;
    std::size_t datagram_size;
  };
  using Spaces = quic::PacketNumberSpace;

  // `original` is the Destination Connection ID of a client's first Initial; a server learns it.
  RawPeer(quic::Perspective perspective, quic::Version version, const quic::ConnectionId& own,
          const quic::ConnectionId& original, std::unique_ptr<crypto::TlsHandshake> tls);

  // Makes the transport parameters out of generous and correct ones; set before the handshake
  // begins.
  using ParameterHook = std::function<Bytes(const quic::TransportParameters&)>;
  void SetParameterHook(ParameterHook hook) { parameter_hook_ = std::move(hook); }
  // Lets a client's handshake begin.
  void Start();

  // One protected packet with this payload.
  Bytes Packet(quic::PacketType type, std::span<const std::uint8_t> payload,
               const PacketOptions& options = {});
  // The same, alone in a datagram; an Initial with PADDING to 1200 bytes.
  Bytes Datagram(quic::PacketType type, std::span<const std::uint8_t> payload,
                 const PacketOptions& options = {});
  // A packet of each level that has acknowledgments or CRYPTO bytes to send, one per datagram.
  std::vector<Bytes> HandshakeDatagrams();
  // ACK of everything received in a space, empty when that is nothing.
  Bytes AckAll(Spaces space);
  // CRYPTO frames of what TLS wants to send in a space and has not sent yet.
  Bytes TakeCrypto(Spaces space);

  void Receive(std::span<const std::uint8_t> datagram);

  // Everything received that could be decrypted, oldest first.
  std::deque<Seen>& seen() { return seen_; }
  std::size_t unreadable() const { return unreadable_; }
  // The received frames of one type, oldest first; views into seen().
  template <typename F>
  std::vector<F> Frames() const {
    std::vector<F> frames;
    for (const Seen& packet : seen_) {
      quic::Reader reader(packet.payload);
      while (!reader.empty()) {
        auto frame = quic::ReadFrame(reader);
        QUIESCE_CHECK(frame.ok());
        if (const F* wanted = std::get_if<F>(&*frame)) frames.push_back(*wanted);
      }
    }
    return frames;
  }

  bool complete() const { return tls_->complete(); }
  bool has_keys(Spaces space) const { return keys(space).write.has_value(); }
  const quic::ConnectionId& own_cid() const { return own_; }
  const quic::ConnectionId& peer_cid() const { return peer_; }
  const quic::ConnectionId& original_cid() const { return original_; }
  std::uint64_t next_number(Spaces space) const { return keys(space).next_number; }
  void UsePeerCid(const quic::ConnectionId& id) { peer_ = id; }
  quic::TransportParameters peer_parameters() const;
  crypto::TlsHandshake& tls() { return *tls_; }

 private:
  struct Level {
    std::optional<crypto::PacketKeys> read, write;
    std::uint64_t next_number = 0;
    quic::IntervalSet received;
    bool owes_ack = false;
    Bytes crypto_out;  // not yet sent
    std::uint64_t crypto_sent = 0;
    std::vector<std::optional<std::uint8_t>> crypto_in;
    std::size_t crypto_read = 0;
  };

  Level& keys(Spaces space) { return levels_[static_cast<std::size_t>(space)]; }
  const Level& keys(Spaces space) const { return levels_[static_cast<std::size_t>(space)]; }
  quic::TransportParameters Parameters() const;
  void StartTls();
  void DeriveInitialKeys();
  void CollectTls();
  void HandleFrames(const Seen& packet);
  void HandleCrypto(Spaces space, const quic::CryptoFrame& frame);

  quic::Perspective perspective_;
  const quic::VersionRow& version_;
  quic::ConnectionId own_;
  quic::ConnectionId original_;
  quic::ConnectionId peer_;  // where to send
  bool peer_known_ = false;
  std::unique_ptr<crypto::TlsHandshake> tls_;
  ParameterHook parameter_hook_;
  std::array<Level, quic::kPacketNumberSpaces> levels_;
  std::deque<Seen> seen_;
  std::size_t unreadable_ = 0;
};

}  // namespace quiesce::test
