#include "quic/connection/path.h"

#include <gtest/gtest.h>

namespace quiesce::quic {
namespace {

// RFC 9000 §8.1.
TEST(Path, GrantsThreeTimesWhatWasReceivedUntilValidated) {
  Path path({}, /*validated=*/false);
  EXPECT_EQ(path.send_credit(), ByteCount(0));
  path.OnDatagramReceived(ByteCount(1200));
  EXPECT_EQ(path.send_credit(), ByteCount(3600));
  path.OnDatagramSent(ByteCount(3000));
  EXPECT_EQ(path.send_credit(), ByteCount(600));
  path.OnDatagramReceived(ByteCount(100));
  EXPECT_EQ(path.send_credit(), ByteCount(900));
  path.Validate();
  EXPECT_TRUE(path.validated());
  EXPECT_EQ(path.send_credit(), ByteCount::Max());
}

TEST(Path, ClientIsUnlimited) {
  EXPECT_EQ(Path({}, /*validated=*/true).send_credit(), ByteCount::Max());
}

}  // namespace
}  // namespace quiesce::quic
