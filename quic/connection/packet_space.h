// One packet number space: its keys, its numbers, what arrived, and its CRYPTO stream. RFC 9000
// §12.3, RFC 9001 §4. Owned by the connection, which has three.
#pragma once

#include <optional>

#include "crypto/encryption_level.h"
#include "crypto/packet_keys.h"
#include "quic/base/block_pool.h"
#include "quic/base/types.h"
#include "quic/recovery/received_packets.h"
#include "quic/stream/reassembler.h"
#include "quic/stream/send_buffer.h"

namespace quiesce::quic {

struct PacketSpace {
  PacketSpace(PacketNumberSpace number_space, const ReceivedPackets::Config& received_config,
              BlockPool& pool, ByteCount crypto_buffer_limit)
      : space(number_space),
        received(number_space, received_config),
        crypto_in(pool, crypto_buffer_limit),
        crypto_out(pool) {}

  // RFC 9001 §4.9: the keys are gone for good, and with them everything that needed them.
  void Discard() {
    read_keys.reset();
    write_keys.reset();
    crypto_in.Clear();
    crypto_out.Clear();
    probes = 0;
    discarded = true;
  }

  // RFC 9001 §6.6: whether CONNECTION_CLOSE is all that may still be protected with the write keys.
  // A space keeps its keys, so that the packet number counts what they have sealed.
  bool write_keys_used_up() const {
    return write_keys &&
           next_packet_number.value() + 1 >= write_keys->suite().confidentiality_limit;
  }

  PacketNumberSpace space;
  std::optional<crypto::PacketKeys> read_keys;
  std::optional<crypto::PacketKeys> write_keys;
  PacketNumber next_packet_number;
  ReceivedPackets received;
  Reassembler crypto_in;
  SendBuffer crypto_out;
  int probes = 0;  // ack-eliciting datagrams that a probe timeout owes, RFC 9002 §6.2.4
  bool discarded = false;
};

// The space that CRYPTO bytes of an encryption level belong to. RFC 9001 §4.1.3.
constexpr PacketNumberSpace SpaceOf(crypto::EncryptionLevel level) {
  switch (level) {
    case crypto::EncryptionLevel::kInitial:
      return PacketNumberSpace::kInitial;
    case crypto::EncryptionLevel::kHandshake:
      return PacketNumberSpace::kHandshake;
    case crypto::EncryptionLevel::kZeroRtt:
    case crypto::EncryptionLevel::kOneRtt:
      break;
  }
  return PacketNumberSpace::kApplication;
}

}  // namespace quiesce::quic
