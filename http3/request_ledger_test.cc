#include "http3/request_ledger.h"

#include <gtest/gtest.h>

#include <numeric>

namespace quiesce::http3 {
namespace {

// shutdown.md §3.1, as a drawing.
TEST(RequestLedger, TableMatchesItsDrawing) {
  EXPECT_EQ((quic::PrintTransitions<RequestPhase, RequestEvent>(kRequestTransitions)),
            "opened -> headers_partial : bytes_arrived\n"
            "headers_partial -> dispatched : dispatched\n"
            "dispatched -> responding : response_started\n"
            "responding -> response_sent : response_ended\n"
            "response_sent -> response_acked : acked\n"
            "headers_partial -> response_sent : refused\n"
            "opened -> response_sent : reset\n"
            "headers_partial -> response_sent : reset\n"
            "dispatched -> response_sent : reset\n"
            "responding -> response_sent : reset\n"
            "response_sent -> response_sent : reset\n"
            "opened -> response_acked : connection_ended\n"
            "headers_partial -> response_acked : connection_ended\n"
            "dispatched -> response_acked : connection_ended\n"
            "responding -> response_acked : connection_ended\n"
            "response_sent -> response_acked : connection_ended\n");
}

std::uint64_t Ended(const LedgerTotals& totals) {
  return std::accumulate(totals.ended.begin(), totals.ended.end(), std::uint64_t{0});
}

void Dispatch(RequestLedger& ledger, RequestRecord& record) {
  ledger.Advance(record, RequestEvent::kBytesArrived);
  ledger.Advance(record, RequestEvent::kDispatched);
}

TEST(RequestLedger, AnsweredRequestIsCompletedAndProcessed) {
  RequestLedger ledger;
  RequestRecord record = ledger.Open();
  EXPECT_EQ(ledger.undispatched(), 1u);
  Dispatch(ledger, record);
  EXPECT_TRUE(record.processed());
  EXPECT_EQ(ledger.running(), 1u);
  ledger.Advance(record, RequestEvent::kResponseStarted);
  ledger.Advance(record, RequestEvent::kResponseEnded);
  EXPECT_TRUE(record.decided());
  EXPECT_EQ(ledger.running(), 0u);
  EXPECT_EQ(ledger.live(), 1u);
  ledger.End(record, Outcome::kCompleted);
  ledger.Advance(record, RequestEvent::kAcked);
  EXPECT_EQ(ledger.live(), 0u);
  EXPECT_EQ(ledger.totals().of(Outcome::kCompleted), 1u);
  EXPECT_EQ(ledger.totals().processed(Outcome::kCompleted), 1u);
}

// I3: exactly one label; the first stays.
TEST(RequestLedger, FirstLabelStays) {
  RequestLedger ledger;
  RequestRecord record = ledger.Open();
  ledger.End(record, Outcome::kRejected);
  ledger.Advance(record, RequestEvent::kReset);
  ledger.End(record, Outcome::kAbortedByConnError);
  EXPECT_EQ(record.outcome(), Outcome::kRejected);
  EXPECT_EQ(Ended(ledger.totals()), 1u);
}

TEST(RequestLedger, RejectedRequestIsNotProcessed) {
  RequestLedger ledger;
  RequestRecord record = ledger.Open();
  ledger.Advance(record, RequestEvent::kBytesArrived);
  ledger.End(record, Outcome::kRejected);
  ledger.Advance(record, RequestEvent::kReset);
  EXPECT_FALSE(record.processed());
  EXPECT_EQ(ledger.totals().processed(Outcome::kRejected), 0u);
  EXPECT_EQ(ledger.totals().dispatched, 0u);
}

#ifndef NDEBUG
// I5: RFC 9114 §4.1.1 forbids it.
TEST(RequestLedgerDeathTest, ProcessedRequestIsNeverRejected) {
  RequestLedger ledger;
  RequestRecord record = ledger.Open();
  Dispatch(ledger, record);
  EXPECT_DEATH(ledger.End(record, Outcome::kRejected), "processed request was rejected");
}

// I3: none without a label.
TEST(RequestLedgerDeathTest, RequestDoesNotEndWithoutOutcome) {
  RequestLedger ledger;
  RequestRecord record = ledger.Open();
  EXPECT_DEATH(ledger.Advance(record, RequestEvent::kConnectionEnded), "without an outcome");
}

TEST(RequestLedgerDeathTest, MoveWithoutARowIsOurFault) {
  RequestLedger ledger;
  RequestRecord record = ledger.Open();
  EXPECT_DEATH(ledger.Advance(record, RequestEvent::kResponseEnded), "no such move");
}
#endif

// I3: the sum of labels is the number opened, whatever became of each request, and a connection of
// any age holds only what is live.
TEST(RequestLedger, SumsAgreeOverManyRequests) {
  RequestLedger ledger;
  for (int i = 0; i < 600; ++i) {
    RequestRecord record = ledger.Open();
    const auto outcome = static_cast<Outcome>(i % static_cast<int>(kOutcomes));
    if (outcome != Outcome::kRejected) Dispatch(ledger, record);
    ledger.End(record, outcome);
    ledger.Advance(record, RequestEvent::kReset);
    ledger.Advance(record, RequestEvent::kAcked);
  }
  EXPECT_EQ(ledger.totals().opened, 600u);
  EXPECT_EQ(Ended(ledger.totals()), 600u);
  EXPECT_EQ(ledger.totals().dispatched, 500u);
  EXPECT_EQ(ledger.live(), 0u);
  for (const std::uint64_t count : ledger.totals().ended) EXPECT_EQ(count, 100u);
}

TEST(RequestLedger, TotalsOfConnectionsAdd) {
  LedgerTotals a;
  a.opened = 3;
  a.dispatched = 2;
  a.ended[static_cast<std::size_t>(Outcome::kFailed)] = 1;
  LedgerTotals sum = a;
  sum += a;
  EXPECT_EQ(sum.opened, 6u);
  EXPECT_EQ(sum.dispatched, 4u);
  EXPECT_EQ(sum.of(Outcome::kFailed), 2u);
}

}  // namespace
}  // namespace quiesce::http3
