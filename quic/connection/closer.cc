#include "quic/connection/closer.h"

#include <algorithm>
#include <bit>

namespace quiesce::quic {
namespace {

Instant PeriodEnd(Instant now, Duration probe_timeout) {
  return now + std::min(Closer::kPeriodInProbeTimeouts * probe_timeout, Closer::kPeriodMax);
}

}  // namespace

void Closer::StartClosing(Instant now, Duration probe_timeout, const DatagramInfo& info,
                          std::span<const std::uint8_t> datagram, ByteCount send_credit) {
  info_ = info;
  datagram_.assign(datagram.begin(), datagram.end());
  deadline_ = PeriodEnd(now, probe_timeout);
  send_ = !datagram_.empty() && ByteCount(datagram_.size()) <= send_credit;
}

void Closer::StartDraining(Instant now, Duration probe_timeout) {
  // RFC 9000 §10.2.2: the draining state ends when the closing state would have ended.
  if (!deadline_) deadline_ = PeriodEnd(now, probe_timeout);
  std::vector<std::uint8_t>().swap(datagram_);  // gives the memory back
  send_ = false;
}

void Closer::OnDatagramReceived(const DatagramInfo& info, ByteCount size) {
  if (datagram_.empty() || info.path.peer != info_.path.peer) return;
  bytes_received_ += size;
  // RFC 9000 §10.2.1: SHOULD limit the rate, here by a growing number of datagrams per answer.
  if (std::has_single_bit(++datagrams_received_)) answer_due_ = true;
  // RFC 9000 §10.2.1: without keys nobody knows whether a packet is genuine, so that at most three
  // times what was received is sent in answer, on a validated path too. What that holds back leaves
  // with a later datagram.
  const ByteCount answered = bytes_answered_ + ByteCount(datagram_.size());
  if (!answer_due_ || answered > bytes_received_ * 3) return;
  answer_due_ = false;
  bytes_answered_ = answered;
  send_ = true;
}

std::size_t Closer::PollTransmit(TransmitBatch& out) {
  if (!send_) return 0;
  const std::span<std::uint8_t> room = out.Room();
  if (room.size() < datagram_.size()) return 0;
  std::ranges::copy(datagram_, room.begin());
  out.Append(info_, datagram_.size());
  send_ = false;
  return 1;
}

}  // namespace quiesce::quic
