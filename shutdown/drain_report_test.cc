#include "shutdown/drain_report.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "shutdown/json_check_for_test.h"

namespace quiesce::shutdown {
namespace {

using http3::EndCause;
using http3::Outcome;
using std::chrono::milliseconds;

quic::SocketAddress Peer() {
  return quic::SocketAddress::Ipv4(std::array<std::uint8_t, 4>{192, 0, 2, 1}, 50'000);
}

// One session that finished, and one request that did not.
DrainReport Sample() {
  DrainReport report{.result = DrainResult::kDeadline,
                     .duration = milliseconds(2500),
                     .grace_period = milliseconds(2000),
                     .sessions = 2};
  report.sessions_by_cause[static_cast<std::size_t>(EndCause::kClosedByPeer)] = 1;
  report.sessions_by_cause[static_cast<std::size_t>(EndCause::kForced)] = 1;
  report.requests.opened = 7;
  report.requests.dispatched = 5;
  report.requests.ended = {4, 0, 0, 2, 1, 0};
  report.drained_requests.opened = 3;
  report.slowest.push_back({.peer = Peer(),
                            .cause = EndCause::kForced,
                            .goaway = milliseconds(1),
                            .closed = milliseconds(2000)});
  report.unfinished.push_back({.peer = Peer(),
                               .stream_id = quic::StreamId(8),
                               .method = "GET",
                               .target = "/slow?ms=9",
                               .age = milliseconds(1500)});
  report.unfinished_total = 1;
  return report;
}

TEST(DrainReport, CountsAreThoseOfTheLedger) {
  const DrainReport report = Sample();
  EXPECT_EQ(report.completed(), 4u);
  EXPECT_EQ(report.rejected(), report.requests.of(Outcome::kRejected));
  EXPECT_EQ(report.cut_off(), report.requests.of(Outcome::kAbortedByDeadline));
  EXPECT_EQ(report.lost(), 0u);
}

TEST(DrainReport, ARequestWithoutOutcomeIsLost) {
  DrainReport report = Sample();
  report.requests.opened += 2;
  EXPECT_EQ(report.lost(), 2u);
  EXPECT_NE(report.ToText().find("without outcome 2\n"), std::string::npos);
}

TEST(DrainReport, TextSaysHowItWentFirst) {
  EXPECT_EQ(Sample().ToText(),
            "drain: deadline in 2500.0 ms (grace period 2000 ms)\n"
            "sessions: 2, closed_by_peer 1, forced 1\n"
            "requests: 7 opened: completed 4, rejected 2, cancelled_by_peer 0, failed 0, "
            "aborted_by_deadline 1, aborted_by_connection_error 0; without outcome 0\n"
            "slowest session: 192.0.2.1:50000 after 2000.0 ms (forced)\n"
            "unfinished: 192.0.2.1:50000 stream 8, GET /slow?ms=9, running for 1500.0 ms\n");
}

// Targets come from peers: a terminal must not obey them.
TEST(DrainReport, TextShowsOnlyPrintableBytesOfPeers) {
  DrainReport report = Sample();
  report.unfinished[0].target =
      "/\x1b]0;\x9b"
      "2J\n" +
      std::string(500, 'x');
  report.unfinished[0].method = "G\x07T";
  report.unfinished_total = 30;
  const std::string text = report.ToText();
  EXPECT_NE(text.find("G?T /?]0;?2J?xxx"), std::string::npos) << text;
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  EXPECT_NE(text.find("and 29 more unfinished\n"), std::string::npos) << text;
  EXPECT_LT(text.size(), 1000u);
}

TEST(DrainReport, JsonIsOneObjectWithEveryCount) {
  DrainReport report = Sample();
  report.unfinished[0].target = "/\"\\\xff\n";
  const std::string json = report.ToJson();
  EXPECT_TRUE(JsonCheck::IsValid(json)) << json;
  for (const char* part :
       {R"({"result":"deadline","duration_ms":2500.000,"grace_period_ms":2000.000,)",
        R"("sessions":{"total":2,"drained":0,"closed_by_peer":1,)",
        R"("requests":{"opened":7,"dispatched":5,"completed":4,"rejected":2,)",
        R"("drained_requests":{"opened":3,)", R"("lost":0,)", R"("goaway_ms":1.000,)",
        R"("closed_ms":2000.000,)", R"("unfinished_total":1,)",
        R"("target":"/\"\\\u00ff\u000a","age_ms":1500.000)"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
  }
  EXPECT_EQ(json.find("cutoff_ms"), std::string::npos) << "it skipped that phase";
}

TEST(DrainReport, AnEmptyReportIsValidToo) {
  EXPECT_TRUE(JsonCheck::IsValid(DrainReport().ToJson()));
  EXPECT_TRUE(DrainReport().ToText().starts_with("drain: drained in 0.0 ms"));
}

// The array of causes has room for every name, and no more.
TEST(DrainReport, EveryCauseHasAName) {
  std::set<std::string_view> names;
  for (std::size_t cause = 0; cause < kEndCauses; ++cause)
    names.insert(http3::ToString(static_cast<EndCause>(cause)));
  EXPECT_EQ(names.size(), kEndCauses);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(http3::ToString(static_cast<EndCause>(kEndCauses)), "unknown");
}

TEST(DrainReport, ResultsHaveNames) {
  EXPECT_EQ(ToString(DrainResult::kDrained), "drained");
  EXPECT_EQ(ToString(DrainResult::kDeadline), "deadline");
  EXPECT_EQ(ToString(DrainResult::kForced), "forced");
}

}  // namespace
}  // namespace quiesce::shutdown
