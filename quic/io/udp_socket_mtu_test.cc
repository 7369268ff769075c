// What a socket does on a network whose MTU is smaller than what is sent: a network of its own with
// one loopback interface, where the system lets us make one.
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "quic/base/address.h"
#include "quic/base/datagram.h"
#include "quic/io/file_descriptor.h"
#include "quic/io/udp_socket.h"

namespace quiesce::quic {
// Enters a network of this MTU; before any thread is started.
bool MakeNetwork(int mtu) {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  const FileDescriptor fd(socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_mtu = mtu;
  if (ioctl(fd.get(), SIOCSIFMTU, &request) != 0) return false;
  request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
  return ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

namespace {

// An IPv4 packet of 1500 bytes carries this much of UDP.
constexpr std::size_t kFits = 1472;

class UdpSocketMtuTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string error;
    const SocketAddress local = SocketAddress::Ipv4(std::array<std::uint8_t, 4>{127, 0, 0, 1}, 0);
    server_ = UdpSocket::Open({.local = local}, error);
    client_ = UdpSocket::Open({.local = local}, error);
    ASSERT_TRUE(server_ && client_) << error;
  }
  // Sends datagrams of these sizes and returns the sizes that arrive.
  std::vector<std::size_t> Send(const std::vector<std::size_t>& sizes) {
    TransmitBatch out(256 * 1024);
    for (const std::size_t size : sizes)
      out.Append({.path = {.local = {}, .peer = server_->local_address()}}, size);
    EXPECT_EQ(client_->Send(out, 0), sizes.size()) << "what the network cannot carry is lost";
    std::vector<std::size_t> arrived;
    ReceiveBatch in;
    pollfd asked{.fd = server_->fd(), .events = POLLIN, .revents = 0};
    while (poll(&asked, 1, 0) == 1) {  // loopback has delivered
      server_->Receive(in);
      for (const auto& datagram : in.datagrams()) arrived.push_back(datagram.bytes.size());
    }
    return arrived;
  }

  std::optional<UdpSocket> server_, client_;
};

// RFC 9000 §14: what is larger than the path takes is not fragmented.
TEST_F(UdpSocketMtuTest, AProbeAboveTheMtuIsLostAndNothingElse) {
  EXPECT_EQ(Send({1200, 1200, kFits + 1, 1200, kFits}),
            (std::vector<std::size_t>{1200, 1200, 1200, kFits}));
  EXPECT_EQ(client_->stats().send_too_large, 1u);
  EXPECT_EQ(client_->stats().send_refused, 0u);
  EXPECT_TRUE(client_->segmentation()) << "that was not its fault";
}

// A run that is too large as a whole: every datagram is answered for itself.
TEST_F(UdpSocketMtuTest, ARunAboveTheMtuIsLostWithoutTheSmallerOneAtItsEnd) {
  EXPECT_EQ(Send({kFits + 1, kFits + 1, 700, 1200, 1200}),
            (std::vector<std::size_t>{700, 1200, 1200}));
  EXPECT_EQ(client_->stats().send_too_large, 2u);
  EXPECT_TRUE(client_->segmentation());
}

TEST_F(UdpSocketMtuTest, RunsOfTheLargestDatagramsLeaveInOneMessage) {
  EXPECT_EQ(Send(std::vector<std::size_t>(44, kFits)), std::vector<std::size_t>(44, kFits));
  EXPECT_EQ(client_->stats().messages_sent, 1u);
}

}  // namespace
}  // namespace quiesce::quic

// Without the right to make a network there is nothing to show, and no test runs.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (quiesce::quic::MakeNetwork(1500)) return RUN_ALL_TESTS();
  std::puts("this system lets nobody make a network namespace here: nothing was tested");
  return 0;
}
