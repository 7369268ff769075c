#include "examples/demo/tally.h"

#include <gtest/gtest.h>

#include <vector>

namespace quiesce::examples {
namespace {

// One request with this fate that was executed so often.
Tally One(Fate fate, std::uint8_t executions) {
  return Compare(std::vector{fate}, std::vector{executions});
}

TEST(Tally, AnAnswerCountsWhenTheServerActed) {
  EXPECT_EQ(One(Fate::kAnswered, 1).completed, 1u);
  EXPECT_TRUE(One(Fate::kAnswered, 1).ok());
  EXPECT_EQ(One(Fate::kAnswered, 0).lost, 1u);
  EXPECT_EQ(One(Fate::kWrongAnswer, 1).lost, 1u);
}

TEST(Tally, NotProcessedHasToBeTrue) {
  EXPECT_EQ(One(Fate::kNotProcessed, 0).rejected, 1u);
  EXPECT_TRUE(One(Fate::kNotProcessed, 0).ok());
  EXPECT_EQ(One(Fate::kNotProcessed, 1).lost, 1u);
}

TEST(Tally, AFailureCountsAsCutOffOnlyAtTheDeadline) {
  for (const std::uint8_t executions : {0, 1}) {
    EXPECT_EQ(One(Fate::kCutOff, executions).cut_off, 1u);
    EXPECT_EQ(One(Fate::kCutOff, executions).lost, 0u);
    EXPECT_FALSE(One(Fate::kCutOff, executions).ok());
    EXPECT_EQ(One(Fate::kFailed, executions).lost, 1u);
    EXPECT_EQ(One(Fate::kNone, executions).lost, 1u);
    EXPECT_FALSE(One(Fate::kNone, executions).ok());
  }
}

TEST(Tally, WhatWasExecutedTwiceIsDuplicatedWhateverItsFate) {
  EXPECT_EQ(One(Fate::kAnswered, 2).duplicated, 1u);
  EXPECT_EQ(One(Fate::kAnswered, 2).completed, 1u);
  EXPECT_FALSE(One(Fate::kAnswered, 2).ok());
  EXPECT_EQ(One(Fate::kNone, 3).duplicated, 1u);
}

TEST(Tally, EveryRequestIsInOneSumAndTheLineShowsThem) {
  const std::vector fates = {Fate::kAnswered, Fate::kNotProcessed, Fate::kCutOff,
                             Fate::kNone,     Fate::kAnswered,     Fate::kFailed};
  Tally tally = Compare(fates, std::vector<std::uint8_t>{1, 0, 1, 0, 2, 1, 0, 0});
  tally.drained_ms = 42;
  EXPECT_EQ(tally.requests, tally.completed + tally.rejected + tally.cut_off + tally.lost);
  EXPECT_EQ(tally.ToLine(),
            "requests=6 completed=2 rejected=1 cut_off=1 lost=2 duplicated=1 drained_ms=42");
}

}  // namespace
}  // namespace quiesce::examples
