#include "quic/recovery/pacer.h"

#include <algorithm>
#include <chrono>

#include "quic/recovery/rtt.h"

namespace quiesce::quic {
namespace {

constexpr std::int64_t kBurstDatagrams = 10;
constexpr std::int64_t kBurstMax = 64 * 1024;  // what one segmented send carries
// Arming a timer for less costs more than it spreads.
constexpr Duration kTimerResolution = std::chrono::microseconds(100);
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// 10 TB/s. Far above any path, and low enough that no product below overflows.
constexpr std::uint64_t kMaxBytesPerSecond = 10'000'000'000'000;
constexpr std::int64_t kMaxDebt = std::int64_t{1} << 32;

std::int64_t Rate(ByteCount congestion_window, Duration smoothed_rtt, bool slow_start) {
  // In slow start the window doubles per round trip, so the rate must be able to.
  const std::uint64_t quarters = slow_start ? 8 : 5;  // N = 2 or 1.25, RFC 9002 §7.7
  const auto rtt_us = static_cast<std::uint64_t>(std::max<std::int64_t>(
      1, std::chrono::duration_cast<std::chrono::microseconds>(smoothed_rtt).count()));
  const std::uint64_t window = std::min(congestion_window.value(), std::uint64_t{1} << 40);
  return static_cast<std::int64_t>(
      std::clamp<std::uint64_t>(window * quarters * 250'000 / rtt_us, 1, kMaxBytesPerSecond));
}

}  // namespace

Pacer::Pacer(ByteCount max_datagram_size)
    : ten_datagrams_(static_cast<std::int64_t>(max_datagram_size.value()) * kBurstDatagrams),
      burst_(ten_datagrams_),
      budget_(ten_datagrams_),
      bytes_per_second_(Rate(InitialWindow(max_datagram_size), kInitialRtt, true)) {}

void Pacer::SetRate(Instant now, ByteCount congestion_window, Duration smoothed_rtt,
                    bool slow_start) {
  Refill(now);  // what was earned so far was earned at the old rate
  bytes_per_second_ = Rate(congestion_window, smoothed_rtt, slow_start);
  // RFC 9002 §7.7: bursts SHOULD be limited to the initial window, about ten datagrams. A path that
  // carries more than that in one millisecond is known to take it.
  quantum_ = std::min(kBurstMax, bytes_per_second_ / 1000);
  burst_ = std::max(ten_datagrams_, quantum_);
  budget_ = std::min(budget_, burst_);
}

std::optional<Instant> Pacer::NextSendTime(Instant now, ByteCount bytes) const {
  const std::int64_t budget = BudgetAt(now);
  const auto wanted = static_cast<std::int64_t>(bytes.value());
  if (budget >= wanted || TimeToEarn(wanted - budget) < kTimerResolution) return std::nullopt;
  return now + TimeToEarn(std::max(wanted, quantum_) - budget);
}

void Pacer::OnSent(Instant now, ByteCount bytes) {
  Refill(now);
  budget_ = std::max(budget_ - static_cast<std::int64_t>(bytes.value()), -kMaxDebt);
}

std::int64_t Pacer::BudgetAt(Instant now) const {
  const Duration elapsed = now - last_refill_;
  if (elapsed <= Duration::zero() || budget_ >= burst_) return budget_;
  if (elapsed >= TimeToEarn(burst_ - budget_)) return burst_;
  return budget_ + elapsed.count() * bytes_per_second_ / kNanosecondsPerSecond;
}

void Pacer::Refill(Instant now) {
  const std::int64_t earned = BudgetAt(now) - budget_;
  budget_ += earned;
  // Time that earned less than a byte is kept, so that frequent calls lose none; but not when the
  // bucket is full or the clock went back.
  const bool restart = budget_ >= burst_ || now < last_refill_;
  last_refill_ = restart ? now : last_refill_ + TimeToEarn(earned);
}

Duration Pacer::TimeToEarn(std::int64_t bytes) const {
  return Duration((bytes * kNanosecondsPerSecond + bytes_per_second_ - 1) / bytes_per_second_);
}

}  // namespace quiesce::quic
