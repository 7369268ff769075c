#include "quic/connection/packet_builder.h"

#include <algorithm>

#include "quic/base/check.h"
#include "quic/connection/sealer.h"
#include "quic/stream/packet_writer.h"
#include "quic/wire/ack_frame.h"
#include "quic/wire/packet_number.h"

namespace quiesce::quic {
namespace {

// RFC 9000 §13.2.3: ranges reported in one ACK frame. More would say nothing new about losses that
// were not reported before, and take room from data.
constexpr std::size_t kAckRangesMax = 32;

// A packet with less room than this behind others is left to the next datagram.
constexpr std::size_t kUsefulPacketSize = 64;

PacketType TypeOf(PacketNumberSpace space) {
  switch (space) {
    case PacketNumberSpace::kInitial:
      return PacketType::kInitial;
    case PacketNumberSpace::kHandshake:
      return PacketType::kHandshake;
    case PacketNumberSpace::kApplication:
      break;
  }
  return PacketType::kOneRtt;
}

void WriteCrypto(SendBuffer& crypto, PacketWriter& out) {
  for (;;) {
    // Which offset the next chunk has decides how long its header is, so it is asked for twice.
    const ByteCount offset = crypto.NextChunk(ByteCount(1)).offset;
    const SendBuffer::Chunk chunk =
        crypto.NextChunk(ByteCount(CryptoFrameDataRoom(offset, out.room())));
    std::span<std::uint8_t> data;
    if (chunk.length.is_zero() || !out.StartCrypto(chunk.offset, chunk.length.value(), data))
      return;
    crypto.CopyTo(chunk.offset, data);
    crypto.OnSent(chunk);
  }
}

void WriteCidFrames(ConnectionParts& parts, PacketWriter& out) {
  while (auto frame = parts.local_cids.NextFrame()) {
    const std::uint64_t number = frame->sequence_number;
    if (!out.Add(*frame, ControlToken{ControlKind::kNewConnectionId, number})) return;
    parts.local_cids.OnFrameSent(number);
  }
  while (auto frame = parts.remote_cids.NextFrame()) {
    const std::uint64_t number = frame->sequence_number;
    if (!out.Add(*frame, ControlToken{ControlKind::kRetireConnectionId, number})) return;
    parts.remote_cids.OnFrameSent(number);
  }
}

}  // namespace

std::size_t PacketBuilder::Build(Instant now, std::span<std::uint8_t> room) {
  const std::size_t size = DatagramSize(now);
  if (size == 0 || room.size() < size) return 0;
  datagram_ = room.first(size);
  draft_count_ = 0;

  const bool has_frames = HasElicitingFrames();
  const bool window_open = parts_.recovery.SendWindow() >= ByteCount(size);
  const auto paced_until =
      has_frames ? parts_.pacer.NextSendTime(now, ByteCount(size)) : std::nullopt;
  const bool may_elicit = window_open && !paced_until;
  for (PacketSpace& space : parts_.spaces) {
    if (space.write_keys) WritePacket(now, space, may_elicit || space.probes > 0);
  }
  parts_.timers.Set(Timer::kPacing, draft_count_ == 0 && window_open ? paced_until : std::nullopt);
  // RFC 9002 §7.8: the application is the limit when nothing was held back and nothing is left.
  parts_.recovery.SetOutOfData(draft_count_ == 0 && (may_elicit || !has_frames));
  if (draft_count_ == 0) return 0;
  Pad();
  return Seal(now);
}

// How large the next datagram may be; 0 while the amplification limit forbids one that could carry
// an Initial packet: the client's probes bring credit, three bytes for one. RFC 9000 §8.1.
std::size_t PacketBuilder::DatagramSize(Instant now) {
  if (parts_.path.validated()) return parts_.datagram_size.value();
  const ByteCount size = std::min(parts_.datagram_size, parts_.path.send_credit());
  const bool limited = size < ByteCount(kMinInitialDatagramSize);
  parts_.recovery.SetAmplificationLimited(now, limited);
  if (!limited) return size.value();
  if (HasElicitingFrames()) ++parts_.stats.sends_blocked_by_amplification;
  return 0;
}

bool PacketBuilder::HasElicitingFrames() const {
  for (const PacketSpace& space : parts_.spaces) {
    if (!space.write_keys) continue;
    if (space.probes > 0 || space.crypto_out.has_lost() || !space.crypto_out.unsent().is_zero())
      return true;
  }
  if (!parts_.space(PacketNumberSpace::kApplication).write_keys) return false;
  return parts_.send_handshake_done || parts_.send_ping || !parts_.path_responses.empty() ||
         parts_.streams.has_frames() || parts_.local_cids.NextFrame() ||
         parts_.remote_cids.NextFrame();
}

// Writes the header of a packet behind the drafts. The writer that is returned ends where the
// payload must; nullopt when a useful packet no longer fits.
std::optional<Writer> PacketBuilder::StartPacket(PacketSpace& space, Draft& draft) {
  const std::size_t start =
      draft_count_ == 0 ? 0 : drafts_[draft_count_ - 1].payload_end + kAeadTagSize;
  if (start + kUsefulPacketSize > datagram_.size()) return std::nullopt;
  const std::size_t number_length = EncodedPacketNumberLength(
      space.next_packet_number, parts_.recovery.largest_acked(space.space));
  // RFC 9000 §17.1: four bytes name 2^31 packets without an acknowledgment. Acknowledgments are all
  // that a peer can make us send so many of, and one that answers none of them gets no more.
  if (number_length == 0) return std::nullopt;
  const bool is_short = space.space == PacketNumberSpace::kApplication;
  // What Length can say bounds a long packet.
  const std::size_t end =
      std::min(datagram_.size(), is_short ? datagram_.size() : start + kMaxLongPacketLength);
  Writer header(datagram_.first(end - kAeadTagSize));
  if (header.Reserve(start).size() != start) return std::nullopt;
  bool written;
  if (is_short) {
    written = WriteHeader(header,
                          ShortHeader{.destination_cid = parts_.remote_cids.current(),
                                      .packet_number = space.next_packet_number,
                                      .packet_number_length = number_length},
                          draft.layout);
  } else {
    LongHeader long_header{.type = TypeOf(space.space),
                           .version = parts_.version.version,
                           .destination_cid = parts_.remote_cids.current(),
                           .source_cid = parts_.local_cids.initial().id,
                           .packet_number = space.next_packet_number,
                           .packet_number_length = number_length};
    if (space.space == PacketNumberSpace::kInitial) long_header.token = parts_.initial_token;
    written = WriteHeader(header, long_header, draft.layout);
  }
  if (!written) return std::nullopt;
  draft.space = &space;
  draft.number = space.next_packet_number;
  draft.payload_end = 0;
  draft.ack_eliciting = draft.in_flight = draft.has_ack = draft.has_path_response = false;
  draft.tokens.clear();
  return header;
}

bool PacketBuilder::WritePacket(Instant now, PacketSpace& space, bool may_elicit) {
  Draft& draft = drafts_[draft_count_];
  std::optional<Writer> writer = StartPacket(space, draft);
  if (!writer) return false;
  PacketWriter out(*writer, draft.tokens);
  draft.has_ack = WriteAck(now, space, out);
  if (may_elicit) WriteEliciting(now, space, out, draft);
  if (out.empty()) return false;
  // RFC 9000 §13.2.1: an acknowledgment that is not due yet waits for company.
  if (!out.ack_eliciting() && !space.received.AckDue(now) && draft_count_ == 0) return false;

  if (draft.has_ack) space.received.OnAckSent();
  const std::size_t number_length = draft.layout.payload_offset - draft.layout.packet_number_offset;
  const std::size_t payload = writer->position() - draft.layout.payload_offset;
  const std::size_t minimum = MinimumPayload(number_length);
  if (payload < minimum) writer->Zeros(minimum - payload);  // PADDING, RFC 9001 §5.4.2
  QUIESCE_CHECK(writer->ok());
  draft.payload_end = writer->position();
  draft.ack_eliciting = out.ack_eliciting();
  draft.in_flight = out.in_flight() || payload < minimum;
  ++draft_count_;
  return true;
}

bool PacketBuilder::WriteAck(Instant now, PacketSpace& space, PacketWriter& out) {
  if (!space.received.HasUnackedEliciting() || space.received.ranges().empty()) return false;
  const auto delay =
      std::chrono::duration_cast<std::chrono::microseconds>(space.received.AckDelay(now)).count();
  const AckContent content{
      .received = space.received.ranges(),
      // RFC 9000 §19.3: the exponent is 3 until ours is known, that is outside 1-RTT packets.
      .ack_delay =
          static_cast<std::uint64_t>(delay) >>
          (space.space == PacketNumberSpace::kApplication ? parts_.config.ack_delay_exponent : 3),
      .ecn = space.received.ecn_counts(),
  };
  if (WriteAckFrame(out.writer(), content, kAckRangesMax) == 0) return false;
  out.NoteWritten(AckFrame::kFirstType);
  out.Remember(AckToken{PacketNumber(content.received.back().end - 1)});
  return true;
}

// The order of asking: what the handshake waits for, what other endpoints wait for, then data.
void PacketBuilder::WriteEliciting(Instant now, PacketSpace& space, PacketWriter& out,
                                   Draft& draft) {
  WriteCrypto(space.crypto_out, out);
  if (space.space == PacketNumberSpace::kApplication) {
    if (parts_.send_handshake_done &&
        out.Add(HandshakeDoneFrame{}, ControlToken{ControlKind::kHandshakeDone})) {
      parts_.send_handshake_done = false;
    }
    if (!parts_.path_responses.empty()) {
      PathResponseFrame response;
      response.data = parts_.path_responses.front();
      if (out.Add(response, ControlToken{ControlKind::kPathResponse})) {
        parts_.path_responses.erase(parts_.path_responses.begin());
        draft.has_path_response = true;
      }
    }
    WriteCidFrames(parts_, out);
    parts_.streams.WriteFrames(now, parts_.rtt.smoothed_rtt(), out);
    if (parts_.send_ping && (out.ack_eliciting() || out.Add(PingFrame{}))) parts_.send_ping = false;
  }
  // RFC 9002 §6.2.4: a probe is ack-eliciting whatever there is to say.
  if (space.probes > 0 && !out.ack_eliciting() && !out.Add(PingFrame{})) return;
}

// RFC 9000 §14.1: a client's Initial, and a server's ack-eliciting one, travels in a datagram of at
// least 1200 bytes; so does an answer to PATH_CHALLENGE (§8.2.2). The last packet takes the
// PADDING.
void PacketBuilder::Pad() {
  const auto drafts = std::span(drafts_).first(draft_count_);
  const bool expand = std::any_of(drafts.begin(), drafts.end(), [this](const Draft& draft) {
    if (draft.has_path_response) return true;
    return draft.space->space == PacketNumberSpace::kInitial &&
           (parts_.perspective == Perspective::kClient || draft.ack_eliciting);
  });
  Draft& last = drafts.back();
  const std::size_t size = last.payload_end + kAeadTagSize;
  if (!expand || size >= kMinInitialDatagramSize || datagram_.size() < kMinInitialDatagramSize)
    return;
  const auto padding = datagram_.subspan(last.payload_end, kMinInitialDatagramSize - size);
  std::ranges::fill(padding, std::uint8_t{0});
  last.payload_end += padding.size();
  last.in_flight = true;
}

std::size_t PacketBuilder::Seal(Instant now) {
  std::size_t end = 0;
  bool sent_handshake = false;
  for (Draft& draft : std::span(drafts_).first(draft_count_)) {
    end = SealPacket(*draft.space->write_keys, datagram_, draft.layout, draft.number,
                     draft.payload_end);
    NoteSent(now, draft, end - draft.layout.start);
    sent_handshake = sent_handshake || draft.space->space == PacketNumberSpace::kHandshake;
  }
  parts_.path.OnDatagramSent(ByteCount(end));
  // RFC 9001 §4.9.1: a client drops its Initial keys when it first sends a Handshake packet.
  if (sent_handshake && parts_.perspective == Perspective::kClient)
    DiscardSpace(now, PacketNumberSpace::kInitial, parts_);
  return end;
}

void PacketBuilder::NoteSent(Instant now, const Draft& draft, std::size_t size) {
  PacketSpace& space = *draft.space;
  space.next_packet_number = space.space == PacketNumberSpace::kApplication
                                 ? parts_.skipped_numbers.After(draft.number)
                                 : draft.number.Next();
  parts_.recovery.OnPacketSent(space.space,
                               SentPacket{.number = draft.number,
                                          .time_sent = now,
                                          .bytes = ByteCount(size),
                                          .ack_eliciting = draft.ack_eliciting,
                                          .in_flight = draft.in_flight},
                               draft.tokens);
  ++parts_.stats.packets_sent;
  if (draft.in_flight) parts_.pacer.OnSent(now, ByteCount(size));
  if (!draft.ack_eliciting) return;
  parts_.idle.OnAckElicitingSent(now);
  if (space.probes > 0) --space.probes;
}

std::size_t PacketBuilder::BuildClose(Instant now, std::span<std::uint8_t> room,
                                      const ConnectionCloseFrame& frame) {
  datagram_ = room.first(std::min<std::size_t>(room.size(), parts_.datagram_size.value()));
  draft_count_ = 0;
  for (PacketSpace& space : parts_.spaces) {
    if (space.write_keys) WriteClosePacket(now, space, frame);
  }
  if (draft_count_ == 0) return 0;
  Pad();
  return Seal(now);
}

bool PacketBuilder::WriteClosePacket(Instant now, PacketSpace& space,
                                     const ConnectionCloseFrame& frame) {
  Draft& draft = drafts_[draft_count_];
  std::optional<Writer> header = StartPacket(space, draft);
  if (!header) return false;
  ConnectionCloseFrame close = frame;
  // RFC 9000 §10.2.3: nothing of the application's state goes where it is not protected from
  // onlookers.
  if (space.space != PacketNumberSpace::kApplication && frame.is_application) {
    close = ConnectionCloseFrame{
        .is_application = false,
        .error_code = static_cast<std::uint64_t>(TransportErrorCode::kApplicationError),
        .frame_type = 0,
        .reason = {}};
  }
  const std::size_t start = header->position();
  const std::size_t close_size = FrameSize(close);
  const std::size_t room = datagram_.size() - kAeadTagSize - start;
  if (room < close_size) return false;
  Writer front(datagram_.subspan(start, room - close_size));
  PacketWriter before(front, draft.tokens);
  // RFC 9000 §8.1: to an address that may be somebody else's goes the frame alone.
  if (space.space == PacketNumberSpace::kApplication && parts_.path.validated()) {
    WriteAck(now, space, before);
    parts_.streams.WriteFrames(now, parts_.rtt.smoothed_rtt(), before);
  }
  Writer back(datagram_.subspan(start + front.position(), room - front.position()));
  PacketWriter after(back, draft.tokens);
  if (!after.Add(close)) return false;
  draft.payload_end = start + front.position() + back.position();
  draft.ack_eliciting = before.ack_eliciting();
  draft.in_flight = before.in_flight();
  ++draft_count_;
  return true;
}

}  // namespace quiesce::quic
