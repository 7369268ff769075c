// Two connections against each other in a random world: every order of bytes, acknowledgements,
// resets, timers, handlers, cancellations and shutdowns that a seed can draw. After every step, and
// at the end, the invariants of shutdown.md §3.6 hold. A failure prints its seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "http3/connection.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kWorlds = 100;
constexpr auto kRejectedCode = static_cast<std::uint64_t>(ErrorCode::kRequestRejected);

// How a world behaves.
struct Temper {
  bool server_shuts_down = true;
  bool client_cancels = false;
  bool handlers_fail = false;
  bool handlers_hang = false;  // some never answer
  bool client_leaves = false;  // by its own Shutdown()
  bool connection_breaks = false;
  bool rogue_client = false;  // sends requests whatever it was told
  ShutdownPolicy policy = ShutdownPolicy::kTwoPhase;
};

class World {
 public:
  World(std::uint64_t seed, const Temper& temper)
      : temper_(temper), random_(seed), pair_(Options(random_)), start_(pair_.now) {
    pair_.Establish();
  }

  void Run() {
    const int shutdown_at = static_cast<int>(Draw(120));
    const int leave_at = static_cast<int>(Draw(150));
    const int break_at = static_cast<int>(Draw(200));
    for (int step = 0; step < 250; ++step) {
      if (temper_.server_shuts_down && step == shutdown_at) ShutDown();
      if (temper_.client_leaves && step == leave_at)
        client().connection.Shutdown(now(), ShutdownPolicy::kTwoPhase, now() + seconds(3));
      if (temper_.connection_breaks && step == break_at) Break();
      Step();
      Observe();
      if (::testing::Test::HasFailure()) return;
    }
    Finish();
  }

 private:
  struct Task {  // a request at the server's application
    bool request_finished = false;
    bool responded = false;
    bool hangs = false;
    std::size_t left = 0;  // bytes of the body still to write
  };

  static PairOptions Options(std::mt19937_64& random) {
    const auto pick = [&random](std::initializer_list<std::size_t> values) {
      return *(values.begin() + random() % values.size());
    };
    PairOptions options;
    options.server.data_frame_bytes_max = pick({1, 50, 16384});
    options.server.open_requests_max = pick({2, 5, 100});
    for (FakeLimits* limits : {&options.server_limits, &options.client_limits}) {
      limits->request_streams = pick({3, 10, 100});
      limits->send_buffer_bytes = pick({200, 900, 1 << 20});
      limits->receive_window_bytes = pick({200, 1000, 1 << 20});
      limits->peek_bytes = pick({3, 50, FakeTransport::kNoLimit});
    }
    return options;
  }

  H3End& client() { return pair_.client; }
  H3End& server() { return pair_.server; }
  quic::Instant now() const { return pair_.now; }
  std::uint64_t Draw(std::uint64_t n) { return random_() % n; }

  void ShutDown() {
    const bool before = server().connection.closed();
    server().connection.Shutdown(now(), temper_.policy, now() + seconds(5));
    if (!before && !shutdown_) shutdown_ = now();
  }

  void Break() {
    for (H3End* end : {&client(), &server()})
      end->transport.Break({.source = quic::CloseSource::kIdleTimeout});
  }

  void Step() {
    switch (Draw(12)) {
      case 0:
        return SendRequest();
      case 1:
        return WriteRequestBody();
      case 2:
      case 3:
        return Serve();
      case 4:
        return Read(client());
      case 5:
        return Read(server());
      case 6:
        return pair_.Advance(milliseconds(Draw(40)));
      case 7:
        return Disturb();
      default:
        return Arrive();
    }
  }

  void SendRequest() {
    const bool whole = Draw(2) == 0;
    const RequestResult result = client().connection.SendRequest(
        now(), {.method = whole ? "GET" : "POST", .authority = "example.org"}, {}, whole);
    if (!result.stream_id) return;
    // I9: none after GOAWAY was processed.
    EXPECT_EQ(client().connection.client_state(), ClientState::kActive);
    sent_.insert(*result.stream_id);
    if (!whole) uploads_[*result.stream_id] = Draw(1500);
  }

  void WriteRequestBody() {
    if (uploads_.empty()) return;
    auto upload = std::next(uploads_.begin(), static_cast<long>(Draw(uploads_.size())));
    const std::size_t part = upload->second == 0 ? 0 : Draw(upload->second) + 1;
    const BodyResult wrote = client().connection.WriteBody(
        now(), upload->first, Bytes(std::string(part, 'u')), part == upload->second);
    if (wrote.status == BodyStatus::kClosed ||
        (wrote.status == BodyStatus::kOk && part == upload->second)) {
      uploads_.erase(upload);
      return;
    }
    upload->second -= wrote.accepted;
  }

  // One thing at the server's application.
  void Serve() {
    if (tasks_.empty()) return;
    auto entry = std::next(tasks_.begin(), static_cast<long>(Draw(tasks_.size())));
    auto& [id, task] = *entry;
    if (task.hangs) return;
    Connection& connection = server().connection;
    if (!task.responded) {
      if (Draw(4) == 0 && connection.SendInterim(now(), id, 103, {}) == SendStatus::kOk) return;
      const SendStatus sent = connection.Respond(now(), id, 200, {}, task.left == 0);
      task.responded = true;
      if (sent != SendStatus::kOk || task.left == 0) tasks_.erase(entry);
      return;
    }
    const std::size_t part = Draw(task.left) + 1;
    const BodyResult wrote =
        connection.WriteBody(now(), id, Bytes(std::string(part, 'd')), part == task.left);
    const bool done = wrote.status == BodyStatus::kOk && part == task.left;
    if (done || wrote.status == BodyStatus::kClosed) {
      tasks_.erase(entry);
      return;
    }
    task.left -= wrote.accepted;
  }

  void Read(H3End& end) {
    for (const quic::StreamId id : end.transport.streams()) {
      if (!id.is_bidirectional()) continue;
      const std::size_t there = end.connection.ReadBody(id).size();
      if (there > 0) end.connection.ConsumeBody(now(), id, Draw(there) + 1);
    }
  }

  void Disturb() {
    if (temper_.client_cancels && !sent_.empty() && Draw(2) == 0) {
      const auto id = *std::next(sent_.begin(), static_cast<long>(Draw(sent_.size())));
      client().connection.Abort(now(), id, ErrorCode::kRequestCancelled);
    }
    if (temper_.handlers_fail && !tasks_.empty() && Draw(2) == 0) {
      const auto id = std::next(tasks_.begin(), static_cast<long>(Draw(tasks_.size())))->first;
      server().connection.Abort(now(), id, ErrorCode::kInternalError);
      tasks_.erase(id);
    }
    if (temper_.rogue_client && Draw(3) == 0) {
      const auto id = client().transport.OpenStream(quic::StreamDirection::kBidirectional);
      if (!id) return;
      const std::string request = GetRequest();
      const bool whole = Draw(2) == 0;
      (void)client().transport.Write(
          *id, Bytes(whole ? request : request.substr(0, Draw(request.size() - 1) + 1)), whole);
    }
  }

  void Arrive() {
    H3End& from = Draw(2) == 0 ? client() : server();
    const std::vector<Move> moves = from.transport.moves();
    if (moves.empty()) return;
    const Move move = moves[Draw(moves.size())];
    from.transport.Make(move, Draw(3) == 0 ? Draw(20) + 1 : FakeTransport::kNoLimit);
  }

  // Hands events over and checks each as it comes.
  void Observe() {
    for (H3End* end : {&client(), &server()}) end->Pump(now());
    for (Event& event : server().log.all()) std::visit([this](auto& it) { OnServer(it); }, event);
    for (Event& event : client().log.all()) std::visit([this](auto& it) { OnClient(it); }, event);
    server().log.Clear();
    client().log.Clear();
    CheckServer();
  }

  void OnServer(const RequestHeaders& request) {
    const auto id = request.stream_id;
    EXPECT_FALSE(server_closed_) << "I4: dispatch after the end";
    EXPECT_TRUE(dispatched_.insert(id).second) << "dispatched twice";
    const std::optional<FirstRejectedId> cutoff = server().connection.drain_record().cutoff;
    EXPECT_FALSE(cutoff && cutoff->IsRejected(id)) << "I4: dispatch at or above the cutoff";
    Task task;
    task.left = Draw(2) == 0 ? 0 : Draw(2000);
    task.hangs = temper_.handlers_hang && Draw(4) == 0;
    tasks_[id] = task;
  }
  void OnServer(const RequestCancelled& request) { EndOnServer(request.stream_id); }
  void OnServer(const ResponseDelivered& request) {
    EndOnServer(request.stream_id);
    delivered_.insert(request.stream_id);
  }
  void OnServer(const Closed&) {
    EXPECT_FALSE(server_closed_);
    server_closed_ = true;
  }
  template <typename T>
  void OnServer(const T&) {
    EXPECT_FALSE(server_closed_) << "nothing follows Closed";
  }
  void EndOnServer(quic::StreamId id) {
    EXPECT_TRUE(dispatched_.contains(id));
    EXPECT_TRUE(ended_on_server_.insert(id).second) << "I3: ended twice";
    tasks_.erase(id);
  }

  void OnClient(const MessageFinished& request) {
    EndOnClient(request.stream_id);
    answered_.insert(request.stream_id);
  }
  void OnClient(const RequestFailed& request) {
    EndOnClient(request.stream_id);
    failed_[request.stream_id] = request.safety;
  }
  void OnClient(const Closed&) { client_closed_ = true; }
  template <typename T>
  void OnClient(const T&) {}
  void EndOnClient(quic::StreamId id) {
    EXPECT_TRUE(ended_on_client_.insert(id).second) << "ended twice at the client";
  }

  void CheckServer() {
    const FakeTransport& transport = server().transport;
    const std::vector<std::uint64_t> goaways = GoawaysWritten(transport);
    // I2: never increasing, 0 mod 4; I1: above everything that was dispatched.
    EXPECT_TRUE(std::ranges::is_sorted(goaways, std::greater<>()));
    for (const std::uint64_t id : goaways) EXPECT_EQ(id % 4, 0u);
    if (!goaways.empty() && !dispatched_.empty()) {
      EXPECT_GT(goaways.back(), dispatched_.rbegin()->value()) << "I1, I2";
    }
    for (const quic::StreamId id : transport.streams()) {
      if (id.is_unidirectional()) {
        EXPECT_NE(transport.stop_code(id), kRejectedCode) << "I6";
      } else if (transport.reset_code(id) == kRejectedCode) {
        EXPECT_FALSE(dispatched_.contains(id)) << "I5";
      }
    }
    const DrainRecord record = server().connection.drain_record();
    EXPECT_EQ(record.requests.dispatched, dispatched_.size());
    std::uint64_t ended = 0;
    for (const std::uint64_t count : record.requests.ended) ended += count;
    EXPECT_LE(ended, record.requests.opened);
    EXPECT_LE(record.requests.opened, ended + server().connection.live_requests());
    // I7: a graceful close leaves nothing unacknowledged.
    if (record.end == EndCause::kDrained && !drained_checked_) {
      drained_checked_ = true;
      for (const quic::StreamId id : transport.streams()) {
        if (id.is_bidirectional()) {
          EXPECT_TRUE(transport.acknowledged(id)) << "I7: " << id.value();
        }
      }
    }
  }

  // Lets everything come to its end: the network delivers, the handlers finish, time passes.
  void Finish() {
    for (int round = 0; round < 3000 && !(server_closed_ && client_closed_); ++round) {
      while (!client().transport.moves().empty() || !server().transport.moves().empty()) {
        pair_.ToServer();
        pair_.ToClient();
      }
      Observe();
      for (int i = 0; i < 20; ++i) WriteRequestBody();
      for (int i = 0; i < 20; ++i) Serve();
      for (H3End* end : {&client(), &server()}) {
        for (const quic::StreamId id : end->transport.streams())
          if (id.is_bidirectional()) (void)end->ReadAll(now(), id);
      }
      Observe();
      pair_.Advance(milliseconds(5));
      if (round == 500) ShutDown();
    }
    Observe();
    ASSERT_TRUE(server_closed_) << "L1";
    ASSERT_TRUE(client_closed_);
    CheckOutcomes();
  }

  void CheckOutcomes() {
    const DrainRecord record = server().connection.drain_record();
    // I3: every request has exactly one label.
    std::uint64_t ended = 0;
    for (const std::uint64_t count : record.requests.ended) ended += count;
    EXPECT_EQ(ended, record.requests.opened);
    EXPECT_EQ(server().connection.live_requests(), 0u);
    EXPECT_EQ(ended_on_server_, dispatched_);
    for (const quic::StreamId id : sent_) EXPECT_TRUE(ended_on_client_.contains(id)) << id.value();
    // I1, over both ends: what the client may repeat, the server has not seen.
    for (const auto& [id, safety] : failed_) {
      if (safety == RetrySafety::kNotProcessed) {
        EXPECT_FALSE(dispatched_.contains(id)) << "I1: processed and retriable: " << id.value();
      }
    }
    for (const quic::StreamId id : answered_) EXPECT_TRUE(dispatched_.contains(id));
    if (temper_.client_cancels || temper_.handlers_fail || temper_.handlers_hang ||
        temper_.client_leaves || temper_.connection_breaks || temper_.rogue_client ||
        temper_.policy == ShutdownPolicy::kCloseAtOnce)
      return;
    // Nothing went wrong: every request was answered or is known to be untouched, and nobody waited
    // for the deadline (L2).
    for (const auto& [id, safety] : failed_) EXPECT_EQ(safety, RetrySafety::kNotProcessed);
    EXPECT_TRUE(record.end == EndCause::kDrained || record.end == EndCause::kClosedByPeer);
    EXPECT_EQ(record.requests.of(Outcome::kAbortedByDeadline), 0u);
    if (shutdown_) {
      EXPECT_LT(*record.at(SessionState::kClosed), *shutdown_ + seconds(5));
    }
  }

  const Temper temper_;
  std::mt19937_64 random_;
  H3Pair pair_;
  quic::Instant start_;
  std::optional<quic::Instant> shutdown_;
  std::set<quic::StreamId> sent_;  // by the client
  std::map<quic::StreamId, std::size_t> uploads_;
  std::map<quic::StreamId, Task> tasks_;
  std::set<quic::StreamId> dispatched_, delivered_, ended_on_server_, ended_on_client_, answered_;
  std::map<quic::StreamId, RetrySafety> failed_;
  bool server_closed_ = false;
  bool client_closed_ = false;
  bool drained_checked_ = false;
};

void RunWorlds(const Temper& temper) {
  for (int i = 0; i < kWorlds; ++i) {
    const std::uint64_t seed = 0x5eed0000u + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    World(seed, temper).Run();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Interleaving, TwoPhaseLosesNothing) { RunWorlds({}); }

TEST(Interleaving, SinglePhaseLosesNothing) { RunWorlds({.policy = ShutdownPolicy::kSinglePhase}); }

TEST(Interleaving, FastLosesNothing) { RunWorlds({.policy = ShutdownPolicy::kFast}); }

TEST(Interleaving, CloseAtOnceTellsTheTruth) {
  RunWorlds({.policy = ShutdownPolicy::kCloseAtOnce});
}

TEST(Interleaving, CancellationsAndFailures) {
  RunWorlds({.client_cancels = true, .handlers_fail = true});
}

TEST(Interleaving, HandlersThatHangMeetTheDeadline) {
  RunWorlds({.client_cancels = true, .handlers_hang = true});
}

TEST(Interleaving, BothSidesLeave) { RunWorlds({.client_cancels = true, .client_leaves = true}); }

TEST(Interleaving, ConnectionsBreak) {
  RunWorlds({.client_cancels = true, .handlers_fail = true, .connection_breaks = true});
}

TEST(Interleaving, RogueClient) { RunWorlds({.client_cancels = true, .rogue_client = true}); }

}  // namespace
}  // namespace quiesce::http3
