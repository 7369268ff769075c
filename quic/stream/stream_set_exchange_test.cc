// Two StreamSets that talk over a lossy, reordering path: whatever the path does, what is written
// on one side is read on the other, in order and once, or the stream is reset; and nothing is left
// at the end.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <vector>

#include "quic/stream/stream_set.h"
#include "quic/stream/test_packet.h"

namespace quiesce::quic {
namespace {

constexpr Duration kRtt = std::chrono::milliseconds(50);

struct SentPacket {
  std::vector<std::uint8_t> payload;
  std::vector<SentToken> tokens;
};

// What the test knows of one direction of one stream.
struct Flow {
  std::uint64_t to_write = 0;
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  bool fin_written = false;
  bool fin_read = false;
  bool reset = false;    // the writer gave up, or was asked to
  bool ended = false;    // the writer heard StreamSendFinished
  bool stopped = false;  // the reader gave up
};

class Peer {
 public:
  Peer(Perspective perspective, const StreamConfig& config, std::mt19937& random)
      : perspective_(perspective),
        config_(config),
        random_(random),
        set_(perspective, config_, pool_) {}

  PeerStreamLimits Limits() const {
    return {config_.initial_max_data,        config_.initial_max_stream_data,
            config_.initial_max_stream_data, config_.initial_max_stream_data,
            config_.max_streams_bidi,        config_.max_streams_uni};
  }
  StreamSet& set() { return set_; }
  BlockPool& pool() { return pool_; }
  void ExpectStreams(int count) { streams_left_ = count; }

  // One turn of the application. `flows` is keyed by (stream, writer).
  using Flows = std::map<std::pair<StreamId, Perspective>, Flow>;
  void RunApplication(Flows& flows) {
    MaybeOpen(flows);
    while (auto event = set_.PollEvent()) HandleEvent(*event, flows);
    for (auto& [key, flow] : flows) {
      key.second == perspective_ ? WriteSome(key.first, flow) : ReadSome(key.first, flow);
    }
  }

  std::optional<SentPacket> MakePacket(Instant now) {
    SentPacket packet;
    packet.payload.resize(40 + random_() % 1200);
    Writer writer(packet.payload);
    PacketWriter out(writer, packet.tokens);
    set_.WriteFrames(now, kRtt, out);
    if (out.empty()) return std::nullopt;
    packet.payload.resize(writer.position());
    return packet;
  }

  void HandlePacket(const SentPacket& packet) {
    Reader reader(packet.payload);
    while (!reader.empty()) {
      Result<Frame> frame = ReadFrame(reader);
      ASSERT_TRUE(frame.ok()) << frame.error().reason;
      std::visit([this](const auto& f) { Handle(f); }, *frame);
    }
  }

  void Report(const SentPacket& packet, bool acked) {
    for (const SentToken& token : packet.tokens) {
      if (const auto* stream = std::get_if<StreamToken>(&token))
        acked ? set_.OnAcked(*stream) : set_.OnLost(*stream);
      if (const auto* control = std::get_if<ControlToken>(&token))
        acked ? set_.OnAcked(*control) : set_.OnLost(*control);
    }
  }

 private:
  template <typename F>
  void Handle(const F& frame) {
    if constexpr (requires { Result<void>(set_.HandleFrame(frame)); }) {
      const Result<void> result = set_.HandleFrame(frame);
      ASSERT_TRUE(result.ok()) << result.error().reason;
    } else if constexpr (requires { set_.HandleFrame(frame); }) {
      set_.HandleFrame(frame);
    }
  }

  void MaybeOpen(Flows& flows) {
    if (streams_left_ == 0 || random_() % 3 != 0) return;
    const auto direction =
        random_() % 3 == 0 ? StreamDirection::kUnidirectional : StreamDirection::kBidirectional;
    const auto id = set_.OpenStream(direction);
    if (!id) return;
    --streams_left_;
    set_.SetPriority(*id, static_cast<std::uint8_t>(random_() % 8), random_() % 2 == 0);
    flows[{*id, perspective_}].to_write = random_() % 20000;
    if (direction == StreamDirection::kBidirectional) {
      flows[{*id, Opposite(perspective_)}].to_write = random_() % 20000;
    }
  }

  void HandleEvent(const StreamEvent& event, Flows& flows) {
    if (const auto* finished = std::get_if<StreamSendFinished>(&event)) {
      Flow& flow = flows.at({finished->stream_id, perspective_});
      EXPECT_FALSE(flow.ended);
      EXPECT_EQ(finished->reset, flow.reset);
      flow.ended = true;
    } else if (const auto* stop = std::get_if<StopSendingReceived>(&event)) {
      flows.at({stop->stream_id, perspective_}).reset = true;
    } else if (const auto* reset = std::get_if<StreamReset>(&event)) {
      Flow& flow = flows.at({reset->stream_id, Opposite(perspective_)});
      EXPECT_TRUE(flow.reset);
      EXPECT_FALSE(flow.fin_read);
      flow.fin_read = true;  // nothing more to read
    }
  }

  void WriteSome(StreamId id, Flow& flow) {
    if (flow.ended || flow.reset || flow.fin_written || random_() % 2 == 0) return;
    if (flow.written > 0 && random_() % 200 == 0) {
      set_.ResetStream(id, 1);
      flow.reset = true;
      return;
    }
    // A stream of the peer is written only once it is known here.
    const std::uint64_t length =
        std::min<std::uint64_t>(random_() % 4000, flow.to_write - flow.written);
    const bool fin = flow.written + length == flow.to_write;
    const WriteResult result = set_.Write(id, Pattern(flow.written, length), fin);
    if (result.status == WriteStatus::kClosed) return;
    flow.written += result.accepted;
    flow.fin_written = fin && result.status == WriteStatus::kOk;
  }

  void ReadSome(StreamId id, Flow& flow) {
    if (flow.fin_read || flow.stopped || random_() % 2 == 0) return;
    if (flow.read > 0 && random_() % 300 == 0) {
      set_.StopSending(id, 2);
      flow.stopped = true;
      return;
    }
    const Readable readable = set_.Peek(id);
    const std::size_t take = readable.bytes.empty() ? 0 : 1 + random_() % readable.bytes.size();
    ASSERT_TRUE(std::ranges::equal(readable.bytes, Pattern(flow.read, readable.bytes.size())));
    const bool at_end = readable.fin && take == readable.bytes.size();
    if (take == 0 && !at_end) return;
    flow.read += take;
    if (at_end) {
      EXPECT_EQ(flow.read, flow.to_write);
      flow.fin_read = true;
    }
    set_.Consume(id, ByteCount(take));
  }

  Perspective perspective_;
  StreamConfig config_;
  std::mt19937& random_;
  BlockPool pool_;
  StreamSet set_;
  int streams_left_ = 0;
};

// One direction of the path.
class Path {
 public:
  Path(Peer& from, Peer& to, std::mt19937& random, int loss_percent)
      : from_(from), to_(to), random_(random), loss_percent_(loss_percent) {}

  void Run(Instant now) {
    for (int i = 0; i < 3; ++i) {
      if (auto packet = from_.MakePacket(now)) in_flight_.push_back(std::move(*packet));
    }
    // Out of order now and then; a lost one may yet arrive, and be acknowledged after all.
    for (int i = 0; i < 4 && !in_flight_.empty(); ++i) {
      const std::size_t which = random_() % std::min<std::size_t>(in_flight_.size(), 4);
      SentPacket packet = std::move(in_flight_[which]);
      in_flight_.erase(in_flight_.begin() + static_cast<long>(which));
      if (static_cast<int>(random_() % 100) < loss_percent_) {
        from_.Report(packet, false);
        if (random_() % 4 != 0) continue;
      }
      to_.HandlePacket(packet);
      from_.Report(packet, true);
    }
  }
  bool idle() const { return in_flight_.empty(); }

 private:
  Peer& from_;
  Peer& to_;
  std::mt19937& random_;
  int loss_percent_;
  std::deque<SentPacket> in_flight_;
};

TEST(StreamSetExchange, EverythingArrivesInOrderOrIsReset) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    StreamConfig config;
    // Small limits, so that every kind of blocking happens.
    config.initial_max_data = ByteCount(2000 + random() % 20000);
    config.initial_max_stream_data = ByteCount(500 + random() % 10000);
    config.max_streams_bidi = 1 + random() % 5;
    config.max_streams_uni = 1 + random() % 5;
    config.max_unsent_per_stream = ByteCount(500 + random() % 5000);
    config.max_send_buffer = config.max_unsent_per_stream * (1 + random() % 5);
    ASSERT_FALSE(config.Validate().has_value());
    Peer client(Perspective::kClient, config, random);
    Peer server(Perspective::kServer, config, random);
    client.set().SetPeerLimits(server.Limits());
    server.set().SetPeerLimits(client.Limits());
    client.ExpectStreams(20);
    server.ExpectStreams(5);
    const int loss_percent = static_cast<int>(random() % 40);
    Path up(client, server, random, loss_percent), down(server, client, random, loss_percent);
    Peer::Flows flows;
    Instant now{};
    const auto done = [&] {
      return flows.size() >= 25 && client.set().live_streams() + server.set().live_streams() == 0 &&
             up.idle() && down.idle();
    };
    for (int turn = 0; turn < 50000 && !done() && !testing::Test::HasFailure(); ++turn) {
      now += std::chrono::milliseconds(1);
      client.RunApplication(flows);
      up.Run(now);
      server.RunApplication(flows);
      down.Run(now);
    }
    ASSERT_TRUE(done()) << client.set().live_streams() << " + " << server.set().live_streams()
                        << " streams left";
    for (const auto& [key, flow] : flows) {
      EXPECT_TRUE(flow.ended) << key.first.value();
      EXPECT_TRUE(flow.fin_read || flow.stopped) << key.first.value();
    }
    EXPECT_EQ(client.pool().blocks_in_use() + server.pool().blocks_in_use(), 0u);
  }
}

}  // namespace
}  // namespace quiesce::quic
