// Whatever a simulated world is made of: hosts, links and the ways a network can fail all have the
// five verbs of quic::Endpoint, so that they stack without glue. What a node reports through
// PollEvent is text for the timeline of a replay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "quic/base/datagram.h"
#include "quic/base/time.h"

namespace quiesce::sim {

using quic::Duration;
using quic::Instant;

class Node {
 public:
  virtual ~Node() = default;

  virtual void HandleDatagram(Instant now, const quic::DatagramInfo& info,
                              std::span<std::uint8_t> bytes) = 0;
  virtual void HandleTimeout(Instant now) = 0;
  virtual std::size_t PollTransmit(Instant now, quic::TransmitBatch& out) = 0;
  virtual std::optional<Instant> NextTimeout() const = 0;
  std::optional<std::string> PollEvent() {
    if (notes_.empty()) return std::nullopt;
    std::string note = std::move(notes_.front());
    notes_.pop_front();
    return note;
  }

  // Notes are made for whoever reads them: nobody, in most worlds.
  void EnableNotes() { noting_ = true; }

 protected:
  bool noting() const { return noting_; }
  void Note(std::string text) {
    if (noting_) notes_.push_back(std::move(text));
  }

 private:
  bool noting_ = false;
  std::deque<std::string> notes_;
};

}  // namespace quiesce::sim
