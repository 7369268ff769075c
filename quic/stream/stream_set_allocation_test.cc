// The steady state does not allocate: a long transfer between two StreamSets, every allocation
// counted.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include "quic/stream/stream_set.h"
#include "quic/wire/frame_codec.h"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace quiesce::quic {
namespace {

constexpr Duration kRtt = std::chrono::milliseconds(10);

// A sender and a receiver with one stream between them; every seventh packet is lost.
class Transfer {
 public:
  Transfer() {
    PeerStreamLimits limits;
    limits.initial_max_data = config_.initial_max_data;
    limits.initial_max_stream_data_uni = config_.initial_max_stream_data;
    limits.initial_max_streams_uni = 1;
    sender_.SetPeerLimits(limits);
    stream_id_ = *sender_.OpenStream(StreamDirection::kUnidirectional);
    tokens_.reserve(64);
  }

  void Step() {
    now_ += std::chrono::milliseconds(1);
    while (sender_.Write(stream_id_, chunk_, false).status == WriteStatus::kOk) {
    }
    for (int i = 0; i < 20; ++i) Carry(sender_, receiver_, i % 7 == 6);
    while (receiver_.PollEvent() || sender_.PollEvent()) {
    }
    while (true) {
      const Readable readable = receiver_.Peek(stream_id_);
      if (readable.bytes.empty()) break;
      bytes_read_ += readable.bytes.size();
      receiver_.Consume(stream_id_, ByteCount(readable.bytes.size()));
    }
    Carry(receiver_, sender_, false);
  }

  std::size_t bytes_read() const { return bytes_read_; }

 private:
  void Carry(StreamSet& from, StreamSet& to, bool lose) {
    tokens_.clear();
    Writer writer(packet_);
    PacketWriter out(writer, tokens_);
    from.WriteFrames(now_, kRtt, out);
    if (!lose) Deliver(writer, to);
    for (const SentToken& token : tokens_) {
      if (const auto* stream = std::get_if<StreamToken>(&token))
        lose ? from.OnLost(*stream) : from.OnAcked(*stream);
    }
  }

  static void Deliver(Writer& packet, StreamSet& to) {
    Reader reader(packet.written());
    while (!reader.empty()) {
      const Result<Frame> frame = ReadFrame(reader);
      ASSERT_TRUE(frame.ok());
      if (const auto* stream = std::get_if<StreamFrame>(&*frame)) {
        ASSERT_TRUE(to.HandleFrame(*stream).ok());
      } else if (const auto* max_data = std::get_if<MaxDataFrame>(&*frame)) {
        to.HandleFrame(*max_data);
      } else if (const auto* max_stream_data = std::get_if<MaxStreamDataFrame>(&*frame)) {
        ASSERT_TRUE(to.HandleFrame(*max_stream_data).ok());
      }
    }
  }

  StreamConfig config_;
  BlockPool pool_;
  StreamSet sender_{Perspective::kClient, config_, pool_};
  StreamSet receiver_{Perspective::kServer, config_, pool_};
  StreamId stream_id_;
  Instant now_{};
  std::vector<std::uint8_t> chunk_ = std::vector<std::uint8_t>(4000, 0x5a);
  std::vector<std::uint8_t> packet_ = std::vector<std::uint8_t>(1200);
  std::vector<SentToken> tokens_;
  std::size_t bytes_read_ = 0;
};

TEST(StreamSetAllocation, ALongTransferAllocatesNothingOnceItRuns) {
  Transfer transfer;
  for (int i = 0; i < 100; ++i) transfer.Step();
  const std::size_t before = allocations;
  const std::size_t bytes_before = transfer.bytes_read();
  for (int i = 0; i < 1000; ++i) transfer.Step();
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_GT(transfer.bytes_read() - bytes_before, std::size_t{15'000'000});
}

}  // namespace
}  // namespace quiesce::quic
