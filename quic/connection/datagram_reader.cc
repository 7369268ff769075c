#include "quic/connection/datagram_reader.h"

#include "quic/connection/opener.h"
#include "quic/connection/retry.h"
#include "quic/connection/version_answer.h"

namespace quiesce::quic {

DatagramReader::DatagramReader(ConnectionParts& parts, const DatagramInfo& info,
                               std::span<std::uint8_t> datagram)
    : parts_(parts), info_(info), datagram_size_(datagram.size()), rest_(datagram) {}

DatagramReader::Item DatagramReader::Next() {
  const HeaderRules rules{.local_cid_length = parts_.local_cids.initial().id.length()};
  while (!rest_.empty()) {
    header_ = {};
    if (ParseHeader(rest_, rules, header_) != HeaderFault::kNone) {
      ++parts_.stats.packets_dropped_malformed;
      break;
    }
    const Packet packet = rest_.first(header_.size);
    rest_ = rest_.subspan(header_.size);
    // RFC 9000 §12.2: coalesced packets share one Destination Connection ID.
    const ConnectionId destination(header_.destination_cid);
    if (!destination_) destination_ = destination;
    if (*destination_ != destination) {
      ++parts_.stats.packets_dropped_wrong_cid;
      continue;
    }
    if (Item item = Examine(header_, packet); item.kind != Item::Kind::kEnd) return item;
  }
  return {};
}

// kEnd when the packet is of no further interest.
DatagramReader::Item DatagramReader::Examine(const PacketHeader& header, Packet packet) {
  if (header.type == PacketType::kVersionNegotiation) return ExamineVersionNegotiation(header);
  if (!Accept(header)) return {};
  if (header.type == PacketType::kRetry) return ExamineRetry(header, packet);
  const PacketSpace& space = parts_.space(SpaceOf(header.type));
  if (space.read_keys) return Open(header, packet);
  if (space.discarded) {
    ++parts_.stats.packets_dropped_no_keys;
  } else {
    KeepForLater(packet);
  }
  return {};
}

DatagramReader::Item DatagramReader::ExamineVersionNegotiation(const PacketHeader& header) {
  // RFC 9000 §6.2: only as the answer to the first packet.
  if (parts_.awaits_first_answer() &&
      EndsConnectionAttempt(header, parts_.version.version, parts_.original_destination_cid,
                            parts_.local_cids.initial().id)) {
    return {.kind = Item::Kind::kVersionRefused};
  }
  ++parts_.stats.packets_dropped_unexpected;
  return {};
}

DatagramReader::Item DatagramReader::ExamineRetry(const PacketHeader& header, Packet packet) {
  if (IsRetryToFollow(header, packet, parts_)) return {.kind = Item::Kind::kRetry};
  ++parts_.stats.packets_dropped_unexpected;
  return {};
}

// Whether the unprotected part of the header can belong to this connection.
bool DatagramReader::Accept(const PacketHeader& header) {
  if (header.type == PacketType::kOneRtt) return true;
  ConnectionStats& stats = parts_.stats;
  if (header.version != parts_.version.version) {
    ++stats.packets_dropped_wrong_version;
    return false;
  }
  // RFC 9001 §4.6: this endpoint takes no part in 0-RTT. RFC 9000 §17.2.2: a server's Initial has
  // no token.
  const bool client = parts_.perspective == Perspective::kClient;
  if (header.type == PacketType::kZeroRtt ||
      (client && header.type == PacketType::kInitial && !header.token.empty())) {
    ++stats.packets_dropped_unexpected;
    return false;
  }
  // RFC 9000 §14.1: a server MUST discard an Initial that came in a smaller datagram.
  if (!client && header.type == PacketType::kInitial && datagram_size_ < kMinInitialDatagramSize) {
    ++stats.packets_dropped_malformed;
    return false;
  }
  // RFC 9000 §7.2: the first packet that was processed fixes the peer's Source Connection ID.
  if (parts_.peer_source_cid && *parts_.peer_source_cid != ConnectionId(header.source_cid)) {
    ++stats.packets_dropped_wrong_cid;
    return false;
  }
  return true;
}

DatagramReader::Item DatagramReader::Open(const PacketHeader& header, Packet packet) {
  PacketSpace& space = parts_.space(SpaceOf(header.type));
  // The spans of `header` point into `packet`, which is about to be decrypted.
  const ConnectionId source(header.source_cid);
  const auto opened =
      OpenPacket(*space.read_keys, header, packet, space.received.largest_received());
  if (!opened) return OnNotAuthentic(header, packet, space.read_keys->suite().integrity_limit);
  if (space.received.IsDuplicate(opened->number)) {
    ++parts_.stats.packets_dropped_duplicate;
    return {};
  }
  ++parts_.stats.packets_received;
  // RFC 9000 §17.2: judged only now, when the packet is known to be authentic (RFC 9001 §9.5).
  if (ReservedBits(opened->first_byte) != 0) {
    return {.kind = Item::Kind::kFault,
            .fault = {TransportErrorCode::kProtocolViolation, 0, "reserved header bits are set"}};
  }
  if (header.type != PacketType::kOneRtt && !parts_.peer_source_cid) {
    parts_.peer_source_cid = source;
    parts_.remote_cids.ReplaceInitial(source);
  }
  return {.kind = Item::Kind::kPacket,
          .packet = {.type = header.type,
                     .number = opened->number,
                     .destination_cid = *destination_,
                     .payload = opened->payload}};
}

DatagramReader::Item DatagramReader::OnNotAuthentic(const PacketHeader& header, Packet packet,
                                                    std::uint64_t integrity_limit) {
  ++parts_.stats.packets_dropped_undecryptable;
  // RFC 9000 §10.3.1: what cannot be decrypted may be a stateless reset. Its token is still there.
  if (header.type == PacketType::kOneRtt && parts_.remote_cids.IsStatelessReset(packet))
    return {.kind = Item::Kind::kStatelessReset};
  // RFC 9001 §6.6: over the life of the connection, across all keys.
  if (parts_.stats.packets_dropped_undecryptable > integrity_limit) {
    return {.kind = Item::Kind::kFault,
            .fault = {TransportErrorCode::kAeadLimitReached, 0, "too many forged packets"}};
  }
  return {};
}

// RFC 9000 §5.2.1, RFC 9001 §5.7: the keys may be in a packet that was overtaken.
void DatagramReader::KeepForLater(Packet packet) {
  if (parts_.early_packets.size() >= parts_.config.undecryptable_packets_max) {
    ++parts_.stats.packets_dropped_no_keys;
    return;
  }
  parts_.early_packets.push_back({info_, {packet.begin(), packet.end()}});
}

}  // namespace quiesce::quic
