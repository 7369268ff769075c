#include "quic/connection/token_routing.h"

namespace quiesce::quic {
namespace {

void OnAcked(PacketNumberSpace space, const SentToken& token, ConnectionParts& parts) {
  if (const auto* stream = std::get_if<StreamToken>(&token)) {
    parts.streams.OnAcked(*stream);
  } else if (const auto* crypto = std::get_if<CryptoToken>(&token)) {
    parts.space(space).crypto_out.OnAcked(crypto->offset, crypto->length);
  } else if (const auto* ack = std::get_if<AckToken>(&token)) {
    parts.space(space).received.OnAckAcked(ack->largest);
  } else {
    const auto& control = std::get<ControlToken>(token);
    if (control.kind == ControlKind::kRetireConnectionId) {
      parts.remote_cids.OnFrameAcked(control.id);
    } else {
      parts.streams.OnAcked(control);
    }
  }
}

void OnLost(PacketNumberSpace space, const SentToken& token, ConnectionParts& parts) {
  if (const auto* stream = std::get_if<StreamToken>(&token)) {
    parts.streams.OnLost(*stream);
  } else if (const auto* crypto = std::get_if<CryptoToken>(&token)) {
    parts.space(space).crypto_out.OnLost(crypto->offset, crypto->length);
  } else if (const auto* control = std::get_if<ControlToken>(&token)) {
    switch (control->kind) {
      case ControlKind::kNewConnectionId:
        return parts.local_cids.OnFrameLost(control->id);
      case ControlKind::kRetireConnectionId:
        return parts.remote_cids.OnFrameLost(control->id);
      case ControlKind::kHandshakeDone:
        parts.send_handshake_done = true;
        return;
      case ControlKind::kPathChallenge:
      case ControlKind::kPathResponse:
      case ControlKind::kPing:
        return;  // RFC 9000 §13.3: never repaired
      default:
        return parts.streams.OnLost(*control);
    }
  }
  // A lost ACK frame is superseded by the next one.
}

}  // namespace

void RouteLost(PacketNumberSpace space, std::span<const SentToken> tokens, ConnectionParts& parts) {
  for (const SentToken& token : tokens) OnLost(space, token, parts);
}

void RouteOutcome(ConnectionParts& parts) {
  const RecoveryOutcome& outcome = parts.outcome;
  parts.stats.packets_acked += outcome.packets_acked;
  parts.stats.packets_lost += outcome.packets_lost;
  parts.stats.persistent_congestions += outcome.persistent_congestion ? 1 : 0;
  for (const SentToken& token : outcome.acked) OnAcked(outcome.space, token, parts);
  RouteLost(outcome.space, outcome.lost, parts);
}

}  // namespace quiesce::quic
