// A peer that writes anything: frames in any order and any shape, cut anywhere, on any stream, with
// resets and shutdowns between. Nothing may crash, and the books must balance. A failure prints its
// seed.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "http3/connection.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr int kPeers = 2000;

class HostilePeer {
 public:
  HostilePeer(std::uint64_t seed, quic::Perspective subject)
      : random_(seed), subject_(subject), peer_(subject, {.ignored_bytes_max = 20'000}) {}

  void Run() {
    if (Draw(4) != 0) streams_.push_back(peer_.OpenControl());
    for (int step = 0; step < 60 && !peer_.transport.ended(); ++step) {
      Act();
      Serve();
    }
    if (!peer_.subject.connection.closed())
      peer_.subject.connection.Shutdown(peer_.now, ShutdownPolicy::kTwoPhase,
                                        peer_.now + seconds(2));
    for (int i = 0; i < 100 && !peer_.subject.connection.closed(); ++i) {
      peer_.now += milliseconds(50);
      peer_.subject.connection.HandleTimeout(peer_.now);
      peer_.Exchange();
    }
    Check();
  }

 private:
  std::uint64_t Draw(std::uint64_t n) { return random_() % n; }

  std::string Piece() {
    static const std::uint64_t kTypes[] = {0x00, 0x01, 0x02, 0x03, 0x04,   0x05,
                                           0x07, 0x0d, 0x21, 0x40, 0xf0700};
    switch (Draw(9)) {
      case 0:
        return GetRequest();
      case 1:
        return OkResponse();
      case 2:
        return Frame(0x00, std::string(Draw(300), 'd'));
      case 3:
        return Frame(0x04, Draw(2) == 0 ? "" : std::string("\x06\x40\x10", 3));
      case 4:
        return Frame(kTypes[Draw(std::size(kTypes))], Noise(Draw(12)));
      case 5:
        return Varint(kTypes[Draw(std::size(kTypes))]) + Varint(Draw(quic::kMaxVarint));
      case 6:
        return Frame(0x07, Varint(Draw(20)));
      case 7:
        return Frame(0x01, Noise(Draw(40)));
      default:
        return Noise(Draw(5));
    }
  }
  std::string Noise(std::size_t size) {
    std::string noise(size, '\0');
    for (char& byte : noise) byte = static_cast<char>(Draw(256));
    return noise;
  }

  void Act() {
    const auto kind = Draw(10);
    if (kind < 4 || streams_.empty()) {
      const auto direction = Draw(3) == 0 ? quic::StreamDirection::kUnidirectional
                                          : quic::StreamDirection::kBidirectional;
      if (const auto id = peer_.transport.OpenStream(direction)) {
        streams_.push_back(*id);
        const bool uni = direction == quic::StreamDirection::kUnidirectional;
        Write(*id, (uni ? Varint(Draw(5)) : "") + Piece());
      }
      return;
    }
    const quic::StreamId id = streams_[Draw(streams_.size())];
    if (kind < 8) return Write(id, Piece() + (Draw(2) == 0 ? Piece() : ""));
    if (kind == 8) peer_.transport.ResetStream(id, Draw(2) == 0 ? 0x10c : Draw(1000));
    if (kind == 9 && id.is_bidirectional()) peer_.transport.StopSending(id, 0x10c);
    peer_.Exchange();
  }

  void Write(quic::StreamId id, const std::string& bytes) {
    (void)peer_.transport.Write(id, Bytes(bytes), Draw(5) == 0);
    peer_.Exchange();
  }

  // An application that does something with what it gets.
  void Serve() {
    Connection& connection = peer_.subject.connection;
    if (subject_ == quic::Perspective::kClient && Draw(3) == 0) {
      const RequestResult sent =
          connection.SendRequest(peer_.now, {.authority = "a"}, {}, Draw(2) == 0);
      if (sent.stream_id) streams_.push_back(*sent.stream_id);
    }
    std::vector<Event> events = std::move(peer_.subject.log.all());
    peer_.subject.log.Clear();
    for (const Event& event : events) {
      if (const auto* request = std::get_if<RequestHeaders>(&event)) {
        ++dispatched_;
        if (Draw(2) == 0)
          (void)connection.Respond(peer_.now, request->stream_id, 200, {}, Draw(2) == 0);
      }
      ended_ += std::holds_alternative<RequestCancelled>(event) ||
                std::holds_alternative<ResponseDelivered>(event);
      closed_ += std::holds_alternative<Closed>(event);
    }
    for (const quic::StreamId id : peer_.subject.transport.streams())
      if (id.is_bidirectional() && Draw(2) == 0) (void)peer_.subject.ReadAll(peer_.now, id);
    peer_.Exchange();
  }

  void Check() {
    for (int i = 0; i < 200 && closed_ == 0; ++i) Serve();
    EXPECT_EQ(closed_, 1);
    if (subject_ == quic::Perspective::kClient) return;
    const LedgerTotals totals = peer_.subject.connection.drain_record().requests;
    std::uint64_t sum = 0;
    for (const std::uint64_t count : totals.ended) sum += count;
    EXPECT_EQ(sum, totals.opened) << "I3";
    EXPECT_EQ(totals.dispatched, static_cast<std::uint64_t>(dispatched_));
    EXPECT_EQ(ended_, dispatched_);
    EXPECT_EQ(totals.processed(Outcome::kRejected), 0u) << "I5";
  }

  std::mt19937_64 random_;
  const quic::Perspective subject_;
  RawPeer peer_;
  std::vector<quic::StreamId> streams_;
  int dispatched_ = 0, ended_ = 0, closed_ = 0;
};

void RunPeers(quic::Perspective subject) {
  for (int i = 0; i < kPeers; ++i) {
    const std::uint64_t seed = 0xbad0000u + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    HostilePeer(seed, subject).Run();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(HostilePeer, AgainstAServer) { RunPeers(quic::Perspective::kServer); }
TEST(HostilePeer, AgainstAClient) { RunPeers(quic::Perspective::kClient); }

}  // namespace
}  // namespace quiesce::http3
