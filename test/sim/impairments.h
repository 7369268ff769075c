// What a network does to datagrams beside delaying them, one node each. They stand in a path in any
// order and number; each draws from a stream of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "test/sim/node.h"
#include "test/sim/packet_queue.h"
#include "test/sim/rng.h"

namespace quiesce::sim {

// What they share: a decision on arrival, and datagrams that leave at once or later.
class Impairment : public Node {
 public:
  explicit Impairment(Rng rng) : rng_(rng) {}

  void HandleTimeout(Instant) final {}
  std::size_t PollTransmit(Instant now, quic::TransmitBatch& out) final {
    return packets_.TakeDue(now, out);
  }
  std::optional<Instant> NextTimeout() const final { return packets_.NextTimeout(); }

 protected:
  void Pass(Instant when, const quic::DatagramInfo& info, std::span<const std::uint8_t> bytes) {
    packets_.Add(when, info, bytes);
  }
  Rng& rng() { return rng_; }

 private:
  Rng rng_;
  PacketQueue packets_;
};

// Takes datagrams away, and with each of them up to `burst_max` - 1 that follow it.
class Loss final : public Impairment {
 public:
  Loss(Rng rng, std::uint64_t permille, std::uint64_t burst_max)
      : Impairment(rng), permille_(permille), burst_max_(burst_max) {}
  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;

 private:
  const std::uint64_t permille_;
  const std::uint64_t burst_max_;
  std::uint64_t burst_left_ = 0;
};

// Takes everything away for a while.
class Outage final : public Impairment {
 public:
  Outage(Rng rng, Instant from, Instant until) : Impairment(rng), from_(from), until_(until) {}
  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;

 private:
  const Instant from_;
  const Instant until_;
};

class Duplicate final : public Impairment {
 public:
  Duplicate(Rng rng, std::uint64_t permille) : Impairment(rng), permille_(permille) {}
  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;

 private:
  const std::uint64_t permille_;
};

// Changes one byte.
class Corrupt final : public Impairment {
 public:
  Corrupt(Rng rng, std::uint64_t permille) : Impairment(rng), permille_(permille) {}
  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;

 private:
  const std::uint64_t permille_;
};

// Holds some datagrams back for up to `extra_max`, so that later ones overtake them.
class Reorder final : public Impairment {
 public:
  Reorder(Rng rng, std::uint64_t permille, Duration extra_max)
      : Impairment(rng), permille_(permille), extra_max_(extra_max) {}
  void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                      std::span<std::uint8_t> bytes) override;

 private:
  const std::uint64_t permille_;
  const Duration extra_max_;
};

}  // namespace quiesce::sim
