// What a connection costs in memory: nothing per packet once a transfer runs, and next to nothing
// when it closes (I12). Counts what operator new gives out.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "quic/endpoint/endpoint.h"
#include "test/support/fake_tls.h"
#include "test/support/seeded_random.h"

namespace {

std::size_t allocations = 0;
std::size_t bytes_held = 0;

void* Allocate(std::size_t size) {
  // The size is kept in front, for when it is given back.
  void* block = std::malloc(size + alignof(std::max_align_t));
  if (block == nullptr) std::abort();
  *static_cast<std::size_t*>(block) = size;
  ++allocations;
  bytes_held += size;
  return static_cast<char*>(block) + alignof(std::max_align_t);
}

void Free(void* given) {
  if (given == nullptr) return;
  void* block = static_cast<char*>(given) - alignof(std::max_align_t);
  bytes_held -= *static_cast<std::size_t*>(block);
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void operator delete(void* block) noexcept { Free(block); }
void operator delete[](void* block) noexcept { Free(block); }
void operator delete(void* block, std::size_t) noexcept { Free(block); }
void operator delete[](void* block, std::size_t) noexcept { Free(block); }

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::uint8_t, 16> kCidKey{1, 2, 3};
constexpr std::array<std::uint8_t, 32> kResetKey{4, 5, 6};

// Datagrams on their way in one direction.
struct Wire {
  Wire() {
    bytes.reserve(16 << 20);
    sizes.reserve(16 << 10);
  }
  std::vector<std::uint8_t> bytes;
  std::vector<std::size_t> sizes;
};

// A client and a server with a millisecond between them; nothing in here allocates.
class Pair {
 public:
  Pair()
      : random_(1),
        resetter_(crypto::Secret(kResetKey)),
        client_(config_, CidGenerator({}, crypto::Secret(kCidKey), resetter_, random_), resetter_,
                nullptr, random_),
        server_(
            config_, CidGenerator({}, crypto::Secret(kCidKey), resetter_, random_), resetter_,
            [this] { return test::NewFakeServer({}, random_); }, random_) {}

  void Connect() {
    confirmed_ = false;
    client_handle_ =
        client_.Connect(now_, Path(true), Version::kV1, test::NewFakeClient({}, random_));
    while (!confirmed_) Step();
    for (int i = 0; i < 100; ++i) Step();  // what is still to be acknowledged
  }

  // A millisecond: what was sent in the last one arrives, and both answer.
  void Step() {
    std::swap(to_server_, arriving_at_server_);
    std::swap(to_client_, arriving_at_client_);
    Deliver(arriving_at_server_, server_, false);
    Deliver(arriving_at_client_, client_, true);
    client_.HandleTimeout(now_);
    server_.HandleTimeout(now_);
    Transmit(client_, to_server_);
    Transmit(server_, to_client_);
    now_ += milliseconds(1);
  }

  Connection* client() { return client_.Find(client_handle_); }
  Connection* server() { return server_.Find(server_handle_); }
  Endpoint& server_endpoint() { return server_; }
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  static NetworkPath Path(bool client) {
    const std::array<std::uint8_t, 4> a{192, 0, 2, 1}, b{192, 0, 2, 2};
    const NetworkPath path{SocketAddress::Ipv4(a, 5000), SocketAddress::Ipv4(b, 443)};
    return client ? path : NetworkPath{path.peer, path.local};
  }

  void Transmit(Endpoint& from, Wire& wire) {
    Read(from);
    while (from.PollTransmit(now_, batch_) > 0) {
      for (const auto& datagram : batch_.datagrams()) {
        wire.bytes.insert(wire.bytes.end(), datagram.bytes.begin(), datagram.bytes.end());
        wire.sizes.push_back(datagram.bytes.size());
      }
      batch_.Clear();
    }
    Read(from);
  }

  void Deliver(Wire& wire, Endpoint& to, bool to_client) {
    constexpr std::size_t kBatch =
        64;  // the application reads behind each, as it would on a socket
    std::span<std::uint8_t> rest(wire.bytes);
    for (std::size_t i = 0; i < wire.sizes.size(); ++i) {
      to.HandleDatagram(now_, {.path = Path(to_client)}, rest.first(wire.sizes[i]));
      rest = rest.subspan(wire.sizes[i]);
      if (i % kBatch == kBatch - 1) Read(to);
    }
    wire.bytes.clear();
    wire.sizes.clear();
  }

  void Read(Endpoint& endpoint) {
    while (const auto event = endpoint.PollEvent()) {
      if (std::holds_alternative<ConnectionAccepted>(event->event)) {
        server_handle_ = event->connection;
        continue;
      }
      const Event& what = std::get<Event>(event->event);
      if (std::holds_alternative<HandshakeConfirmed>(what) && &endpoint == &client_)
        confirmed_ = true;
      if (const auto* readable = std::get_if<StreamReadable>(&what))
        ReadStream(*endpoint.Find(event->connection), readable->stream_id);
    }
  }

  void ReadStream(Connection& connection, StreamId id) {
    for (;;) {
      const std::size_t size = connection.Peek(id).bytes.size();
      if (size == 0) return;
      connection.Consume(id, ByteCount(size));
      bytes_read_ += size;
    }
  }

  const EndpointConfig config_;
  test::SeededRandom random_;
  StatelessResetter resetter_;
  Endpoint client_;
  Endpoint server_;
  Instant now_{std::chrono::seconds(1)};
  TransmitBatch batch_{64 * 1024};
  Wire to_server_, arriving_at_server_, to_client_, arriving_at_client_;
  ConnectionHandle client_handle_;
  ConnectionHandle server_handle_;
  bool confirmed_ = false;
  std::uint64_t bytes_read_ = 0;
};

TEST(Allocation, ALongTransferAllocatesNothing) {
  Pair pair;
  pair.Connect();
  const std::vector<std::uint8_t> chunk(64 * 1024, 7);
  const StreamId id = *pair.client()->OpenStream(StreamDirection::kBidirectional);
  const auto transfer = [&](std::uint64_t until) {
    while (pair.bytes_read() < until) {
      while (pair.client()->Write(id, chunk, false).status == WriteStatus::kOk) {
      }
      pair.Step();
    }
  };
  transfer(64 << 20);
  const std::uint64_t packets = pair.client()->stats().packets_sent;
  const std::size_t before = allocations;
  transfer(96 << 20);
  // A list that still grows towards its bound, such as that of skipped packet numbers.
  EXPECT_LE(allocations - before, 5u);
  EXPECT_GT(pair.client()->stats().packets_sent - packets, 25'000u);
  EXPECT_EQ(pair.client()->stats().packets_lost, 0u);
}

// I12: RFC 9000 §10.2.1. Parts, keys and buffers are gone as soon as the close is sent, and at the
// end everything is.
TEST(Allocation, AClosingConnectionHoldsItsDatagramAndIds) {
  Pair pair;
  pair.Connect();  // what the endpoint itself keeps is there from now on
  pair.server()->Close(0, "");
  for (int i = 0; i < 11'000; ++i) pair.Step();
  ASSERT_EQ(pair.server_endpoint().connection_count(), 0u);

  const std::size_t none = bytes_held;
  pair.Connect();
  const std::size_t idle = bytes_held - none;  // both sides
  const StreamId id = *pair.server()->OpenStream(StreamDirection::kBidirectional);
  pair.server()->Write(id, std::vector<std::uint8_t>(200'000), false);
  const std::size_t writing = bytes_held - none;
  EXPECT_GT(writing, 200'000u);
  pair.server()->Close(0, "bye");
  for (int i = 0; i < 5; ++i) pair.Step();  // the client drains and has polled the news
  const std::size_t closing = bytes_held - none;
  EXPECT_EQ(pair.server_endpoint().connection_count(), 1u);
  for (int i = 0; i < 11'000; ++i) pair.Step();
  EXPECT_EQ(pair.server_endpoint().connection_count(), 0u);
  const std::size_t over = bytes_held - none;
  // What the block pool keeps for others is no longer the connections'.
  std::printf("two connections: idle %zu, closing and draining %zu bytes\n", idle, closing - over);
  EXPECT_LT(closing - over, 2 * 3000u);
}

}  // namespace
}  // namespace quiesce::quic
