// A set of streams and packets in both directions, for its tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "quic/stream/stream_set.h"
#include "quic/stream/test_packet.h"

namespace quiesce::quic {

constexpr Perspective kClient = Perspective::kClient;
constexpr Perspective kServer = Perspective::kServer;
constexpr StreamDirection kBidi = StreamDirection::kBidirectional;
constexpr StreamDirection kUni = StreamDirection::kUnidirectional;
constexpr Duration kRtt = std::chrono::milliseconds(100);
constexpr Instant kNow{std::chrono::seconds(1)};

constexpr PeerStreamLimits kGenerous{.initial_max_data = ByteCount(1 << 20),
                                     .initial_max_stream_data_bidi_local = ByteCount(1 << 18),
                                     .initial_max_stream_data_bidi_remote = ByteCount(1 << 18),
                                     .initial_max_stream_data_uni = ByteCount(1 << 18),
                                     .initial_max_streams_bidi = 10,
                                     .initial_max_streams_uni = 3};

inline std::string Name(const StreamEvent& event) {
  struct Visitor {
    std::string Id(StreamId id) { return " " + std::to_string(id.value()); }
    std::string operator()(const StreamOpened& e) { return "opened" + Id(e.stream_id); }
    std::string operator()(const StreamReadable& e) { return "readable" + Id(e.stream_id); }
    std::string operator()(const StreamReset& e) {
      return "reset" + Id(e.stream_id) + " code " + std::to_string(e.application_error_code) +
             " size " + std::to_string(e.final_size.value());
    }
    std::string operator()(const StopSendingReceived& e) {
      return "stop" + Id(e.stream_id) + " code " + std::to_string(e.application_error_code);
    }
    std::string operator()(const StreamWritable& e) { return "writable" + Id(e.stream_id); }
    std::string operator()(const StreamPrefixAcked& e) {
      return "acked" + Id(e.stream_id) + " to " + std::to_string(e.offset.value());
    }
    std::string operator()(const StreamSendFinished& e) {
      return std::string(e.reset ? "reset done" : "sent") + Id(e.stream_id);
    }
    std::string operator()(const StreamsAvailable& e) {
      return e.direction == kBidi ? "bidi available" : "uni available";
    }
  };
  return std::visit(Visitor{}, event);
}

using Events = std::vector<std::string>;

// A server unless told otherwise: streams 0, 4, ... and 2, 6, ... are the peer's.
class StreamSetTest : public testing::Test {
 protected:
  void SetUp() override { Restart(kServer, config_); }

  void Restart(Perspective perspective, const StreamConfig& config) {
    set_.reset();
    config_ = config;
    set_.emplace(perspective, config_, pool_);
    set_->SetPeerLimits(kGenerous);
  }

  Result<void> Receive(std::uint64_t id, std::uint64_t offset, std::size_t length,
                       bool fin = false) {
    const auto bytes = Pattern(offset, length);
    return set_->HandleFrame(StreamFrame{
        .stream_id = StreamId(id), .offset = ByteCount(offset), .data = bytes, .fin = fin});
  }
  Result<void> ReceiveReset(std::uint64_t id, std::uint64_t final_size) {
    return set_->HandleFrame(ResetStreamFrame{.stream_id = StreamId(id),
                                              .application_error_code = 5,
                                              .final_size = ByteCount(final_size)});
  }
  Result<void> ReceiveStop(std::uint64_t id, std::uint64_t code = 6) {
    return set_->HandleFrame(
        StopSendingFrame{.stream_id = StreamId(id), .application_error_code = code});
  }
  Result<void> ReceiveLimit(std::uint64_t id, std::uint64_t limit) {
    return set_->HandleFrame(
        MaxStreamDataFrame{.stream_id = StreamId(id), .maximum_stream_data = ByteCount(limit)});
  }
  Result<void> ReceiveBlocked(std::uint64_t id) {
    return set_->HandleFrame(StreamDataBlockedFrame{.stream_id = StreamId(id)});
  }
  static TransportErrorCode CodeOf(const Result<void>& result) {
    return result.ok() ? TransportErrorCode::kNoError : result.error().code;
  }

  WriteResult Write(std::uint64_t id, std::size_t length, bool fin) {
    return set_->Write(StreamId(id), Pattern(set_->write_offset(StreamId(id)).value(), length),
                       fin);
  }
  // Reads and returns everything that is there.
  std::size_t ReadAll(std::uint64_t id) {
    std::size_t total = 0;
    while (true) {
      const Readable readable = set_->Peek(StreamId(id));
      if (readable.bytes.empty() && !readable.fin) return total;
      const std::size_t size = readable.bytes.size();
      const bool fin = readable.fin;
      total += size;
      set_->Consume(StreamId(id), ByteCount(size));
      if (fin) return total;
    }
  }

  Events Poll() {
    Events events;
    while (auto event = set_->PollEvent()) events.push_back(Name(*event));
    return events;
  }

  // Fills packets until nothing is left; returns the tokens.
  std::vector<SentToken> SendAll() {
    std::vector<SentToken> tokens;
    while (true) {
      TestPacket packet;
      set_->WriteFrames(kNow, kRtt, packet.out());
      if (packet.out().empty()) return tokens;
      tokens.insert(tokens.end(), packet.tokens().begin(), packet.tokens().end());
    }
  }
  void Acknowledge(const std::vector<SentToken>& tokens) { Report(tokens, true); }
  void Lose(const std::vector<SentToken>& tokens) { Report(tokens, false); }
  void Report(const std::vector<SentToken>& tokens, bool acked) {
    for (const SentToken& token : tokens) {
      if (const auto* stream = std::get_if<StreamToken>(&token))
        acked ? set_->OnAcked(*stream) : set_->OnLost(*stream);
      if (const auto* control = std::get_if<ControlToken>(&token))
        acked ? set_->OnAcked(*control) : set_->OnLost(*control);
    }
  }
  template <typename F>
  std::vector<F> SendOnly() {
    TestPacket packet;
    set_->WriteFrames(kNow, kRtt, packet.out());
    return packet.Only<F>();
  }

  BlockPool pool_;
  StreamConfig config_;
  std::optional<StreamSet> set_;
};

}  // namespace quiesce::quic
