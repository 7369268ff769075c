#include "test/sim/timeline.h"

#include <string>

#include "quic/wire/header.h"

namespace quiesce::sim {
namespace {

std::string_view NameOf(quic::PacketType type) {
  switch (type) {
    case quic::PacketType::kInitial:
      return "Initial";
    case quic::PacketType::kZeroRtt:
      return "0-RTT";
    case quic::PacketType::kHandshake:
      return "Handshake";
    case quic::PacketType::kRetry:
      return "Retry";
    case quic::PacketType::kOneRtt:
      return "1-RTT";
    case quic::PacketType::kVersionNegotiation:
      return "Version Negotiation";
  }
  return "unknown";
}

// "1200 bytes: Initial, Handshake"
std::string Contents(std::span<const std::uint8_t> datagram) {
  std::string text = std::to_string(datagram.size()) + " bytes";
  const char* separator = ": ";
  quic::PacketHeader header;
  while (!datagram.empty() &&
         quic::ParseHeader(datagram, {.local_cid_length = 8}, header) == quic::HeaderFault::kNone) {
    text += separator;
    text += NameOf(header.type);
    separator = ", ";
    datagram = datagram.subspan(header.size);
  }
  return text;
}

}  // namespace

void Timeline::OnSent(Instant now, const Transfer& transfer) {
  Line(now, transfer.from, "-> " + std::string(transfer.to) + ", " + Contents(transfer.bytes));
}

void Timeline::OnDelivered(Instant now, const Transfer& transfer) {
  Line(now, transfer.to, "<- " + std::string(transfer.from) + ", " + Contents(transfer.bytes));
}

void Timeline::OnNote(Instant now, std::string_view node, std::string_view text) {
  Line(now, node, text);
}

void Timeline::Line(Instant now, std::string_view node, std::string_view text) {
  if (!start_) start_ = now;
  const std::chrono::duration<double, std::milli> since = now - *start_;
  std::fprintf(out_, "%12.3f ms  %-22.*s %.*s\n", since.count(), static_cast<int>(node.size()),
               node.data(), static_cast<int>(text.size()), text.data());
}

}  // namespace quiesce::sim
