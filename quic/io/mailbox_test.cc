#include "quic/io/mailbox.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace quiesce::quic {
namespace {

bool IsReadable(int fd, int timeout_ms = 0) {
  pollfd asked{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&asked, 1, timeout_ms) == 1;
}

TEST(Mailbox, DeliversInOrderAndSignals) {
  Mailbox<std::string> mailbox(8);
  EXPECT_FALSE(IsReadable(mailbox.fd()));
  EXPECT_EQ(mailbox.Post("one"), PostResult::kPosted);
  EXPECT_EQ(mailbox.Post("two"), PostResult::kPosted);
  EXPECT_TRUE(IsReadable(mailbox.fd()));
  std::vector<std::string> taken{"left over"};
  mailbox.TakeAll(taken);
  EXPECT_EQ(taken, (std::vector<std::string>{"one", "two"}));
  EXPECT_FALSE(IsReadable(mailbox.fd()));
  mailbox.TakeAll(taken);
  EXPECT_TRUE(taken.empty());
}

TEST(Mailbox, RefusesWhatIsAboveItsCapacityAndLeavesItToTheSender) {
  Mailbox<std::unique_ptr<int>> mailbox(2);
  EXPECT_EQ(mailbox.Post(std::make_unique<int>(1)), PostResult::kPosted);
  EXPECT_EQ(mailbox.Post(std::make_unique<int>(2)), PostResult::kPosted);
  auto third = std::make_unique<int>(3);
  EXPECT_EQ(mailbox.Post(std::move(third)), PostResult::kFull);
  ASSERT_NE(third, nullptr);
  std::vector<std::unique_ptr<int>> taken;
  mailbox.TakeAll(taken);
  EXPECT_EQ(mailbox.Post(std::move(third)), PostResult::kPosted);
}

TEST(Mailbox, ClosedTakesNothingNewAndKeepsTheOld) {
  Mailbox<std::function<void()>> mailbox(8);
  int runs = 0;
  EXPECT_EQ(mailbox.Post([&runs] { ++runs; }), PostResult::kPosted);
  mailbox.Close();
  EXPECT_EQ(mailbox.Post([&runs] { runs += 100; }), PostResult::kClosed);
  std::vector<std::function<void()>> taken;
  mailbox.TakeAll(taken);
  for (const auto& task : taken) task();
  EXPECT_EQ(runs, 1);
}

// Run under the thread sanitizer as well. Full mailboxes make senders try again; none of their
// messages is lost, doubled or overtaken by a later one of the same sender, and no signal is
// missed.
TEST(Mailbox, ManySendersLoseNothing) {
  constexpr int kSenders = 4, kMessages = 5000;
  struct Message {
    int sender;
    int number;
  };
  Mailbox<Message> mailbox(64);
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&mailbox, sender] {
      for (int number = 0; number < kMessages; ++number) {
        while (mailbox.Post({sender, number}) == PostResult::kFull) std::this_thread::yield();
      }
    });
  }
  std::vector<int> next(kSenders, 0);
  std::vector<Message> taken;
  for (int received = 0; received < kSenders * kMessages;) {
    ASSERT_TRUE(IsReadable(mailbox.fd(), /*timeout_ms=*/-1));
    mailbox.TakeAll(taken);
    for (const Message& message : taken) {
      EXPECT_EQ(message.number, next[static_cast<std::size_t>(message.sender)]++);
      ++received;
    }
  }
  for (std::thread& sender : senders) sender.join();
  mailbox.TakeAll(taken);
  EXPECT_TRUE(taken.empty());
}

}  // namespace
}  // namespace quiesce::quic
