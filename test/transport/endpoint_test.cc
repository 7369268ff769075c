// What an endpoint does for datagrams that belong to no connection, and how many connections it
// takes: refusal, stateless reset, limits. RFC 9000 §5.2.2, §10.3; I10.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;
using test::Encode;
using test::RawPair;
using test::RawPeer;
using Code = TransportErrorCode;

constexpr PacketType k1Rtt = PacketType::kOneRtt;

// One more client of the server under test, from an address of its own.
class Client {
 public:
  explicit Client(std::uint16_t n) : address_(RawPair::PeerAddress().WithPort(n)) {
    test::SeededRandom random(n);
    std::array<std::uint8_t, 16> ids;
    random.FillPublic(ids);
    peer_ = std::make_unique<RawPeer>(
        Perspective::kClient, Version::kV1, ConnectionId(std::span(ids).first(8)),
        ConnectionId(std::span(ids).last(8)), test::NewFakeClient({}, random));
    peer_->Start();
  }

  // Sends what the handshake asks for and takes what comes back to its address.
  void Send(RawPair& server) {
    for (Bytes& datagram : peer_->HandshakeDatagrams()) Send(server, std::move(datagram));
  }
  void Send(RawPair& server, Bytes datagram) {
    const std::size_t before = server.sent().size();
    server.SendDatagramFrom(address_, std::move(datagram));
    Take(server, before);
  }
  void Take(RawPair& server, std::size_t from) {
    for (std::size_t i = from; i < server.sent().size(); ++i) {
      if (server.sent()[i].to != address_) continue;
      ++answers_;
      bytes_ += server.sent()[i].bytes.size();
      peer_->Receive(server.sent()[i].bytes);
    }
  }
  RawPeer& peer() { return *peer_; }
  int answers() const { return answers_; }
  std::size_t answered_bytes() const { return bytes_; }
  // The error code that the server closed with.
  std::optional<Code> closed() const {
    const auto frames = peer_->Frames<ConnectionCloseFrame>();
    if (frames.empty()) return std::nullopt;
    return static_cast<Code>(frames.back().error_code);
  }

 private:
  SocketAddress address_;
  std::unique_ptr<RawPeer> peer_;
  int answers_ = 0;
  std::size_t bytes_ = 0;
};

class EndpointTest : public testing::Test {
 protected:
  static RawPair::Options Deaf(EndpointConfig config = {}) { return {.config = config}; }
};

// H20, I10: RFC 9000 §5.2.2.
TEST_F(EndpointTest, RefusesNewConnectionsWhileItStops) {
  RawPair server(Deaf());
  server.peer_is_deaf = true;
  server.endpoint().StopAccepting();
  Client client(1);
  client.Send(server);
  EXPECT_EQ(client.closed(), Code::kConnectionRefused);
  EXPECT_LT(client.answered_bytes(), 128u);
  EXPECT_EQ(server.accepted(), 0);
  EXPECT_EQ(server.endpoint().connection_count(), 0u);
  EXPECT_EQ(server.endpoint().stats().connections_refused, 1u);
}

// H19: each handshake is served or refused; what is served stays.
TEST_F(EndpointTest, RefusesHalfOpenConnectionsWhenItStops) {
  RawPair server(Deaf());
  ASSERT_TRUE(server.Handshake());
  Client half_open(1);
  half_open.Send(server);
  EXPECT_EQ(server.endpoint().half_open_count(), 1u);
  const std::size_t before = server.sent().size();
  server.peer_is_deaf = true;
  server.endpoint().StopAccepting();
  server.Exchange();
  half_open.Take(server, before);
  EXPECT_EQ(half_open.closed(), Code::kConnectionRefused);
  EXPECT_EQ(server.endpoint().half_open_count(), 0u);
  EXPECT_EQ(server.endpoint().stats().connections_refused, 1u);
  EXPECT_FALSE(server.close());
  server.RunFor(seconds(11));
  EXPECT_EQ(server.endpoint().connection_count(), 1u);
}

// The same at the amplification limit: the answer to the client's next word.
TEST_F(EndpointTest, RefusesAHalfOpenConnectionThatHasNoCredit) {
  RawPair server({.tls = {.certificate_bytes = 10'000}});
  server.peer_is_deaf = true;
  Client client(1);
  client.Send(server);
  server.endpoint().StopAccepting();
  server.Exchange();
  EXPECT_EQ(client.closed(), std::nullopt);
  client.Send(server, client.peer().Datagram(PacketType::kInitial, Encode(PingFrame{})));
  EXPECT_EQ(client.closed(), Code::kConnectionRefused);
}

// SEC-23.
TEST_F(EndpointTest, TakesAsManyHalfOpenConnectionsAsItMay) {
  RawPair server(Deaf({.half_open_max = 3}));
  server.peer_is_deaf = true;
  std::vector<std::unique_ptr<Client>> clients;
  for (std::uint16_t n = 1; n <= 5; ++n) {
    clients.push_back(std::make_unique<Client>(n));
    clients.back()->Send(server);
  }
  EXPECT_EQ(server.endpoint().half_open_count(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(clients[i]->closed(), std::nullopt);
  for (int i = 3; i < 5; ++i) EXPECT_EQ(clients[i]->closed(), Code::kConnectionRefused);
  // One completes, and makes room.
  clients[0]->Send(server);
  EXPECT_EQ(server.endpoint().half_open_count(), 2u);
  Client another(9);
  another.Send(server);
  EXPECT_EQ(another.closed(), std::nullopt);
  // Those that never complete go away by themselves.
  server.RunFor(seconds(25));
  EXPECT_EQ(server.endpoint().half_open_count(), 0u);
}

TEST_F(EndpointTest, TakesAsManyConnectionsAsItMay) {
  RawPair server(Deaf({.connections_max = 2}));
  server.peer_is_deaf = true;
  Client first(1), second(2), third(3);
  for (Client* client : {&first, &second, &third}) {
    client->Send(server);
    client->Send(server);
  }
  EXPECT_EQ(first.closed(), std::nullopt);
  EXPECT_EQ(second.closed(), std::nullopt);
  EXPECT_EQ(third.closed(), Code::kConnectionRefused);
  EXPECT_EQ(server.endpoint().connection_count(), 2u);
}

// What waits to leave without a connection is bounded.
TEST_F(EndpointTest, DropsAnswersThatPileUp) {
  RawPair pair(Deaf({.stateless_datagrams_max = 4}));
  Endpoint& server = pair.endpoint();
  Bytes unknown(1200, 1);
  unknown[0] = 0xc0;
  const DatagramInfo info{
      .path = {.local = RawPair::PeerAddress().WithPort(443), .peer = RawPair::PeerAddress()}};
  for (int i = 0; i < 10; ++i) server.HandleDatagram(pair.now(), info, unknown);
  EXPECT_EQ(server.stats().version_negotiations_sent, 4u);
  EXPECT_EQ(server.stats().datagrams_dropped, 6u);
  pair.Exchange();
  EXPECT_EQ(pair.sent().size(), 4u);
}

// A copy of the client's first datagram that comes late is part of its connection, not a new one.
TEST_F(EndpointTest, ALateCopyOfTheFirstDatagramStartsNothing) {
  RawPair server({});
  const Bytes first = server.peer().Datagram(PacketType::kInitial,
                                             server.peer().TakeCrypto(PacketNumberSpace::kInitial));
  server.SendDatagram(first);
  ASSERT_TRUE(server.Handshake());
  server.RunFor(seconds(5));
  server.SendDatagram(first);
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_EQ(server.endpoint().connection_count(), 1u);
  EXPECT_EQ(server.Last<ConnectionClosed>(), nullptr);
}

// Two clients that made up the same ID: the second is not let in, the first is not disturbed.
TEST_F(EndpointTest, AnIdThatSomebodyHasIsNotGivenAway) {
  RawPair server({});
  const Bytes first = server.peer().Datagram(PacketType::kInitial,
                                             server.peer().TakeCrypto(PacketNumberSpace::kInitial));
  server.SendDatagram(first);
  server.SendDatagramFrom(RawPair::PeerAddress().WithPort(4444), first);
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_TRUE(server.Handshake());
}

// TR-124, TR-531, SEC-21: RFC 9000 §10.3. A server that was restarted with the same key.
TEST_F(EndpointTest, ResetsTheConnectionsOfItsFormerLife) {
  RawPair former({});
  ASSERT_TRUE(former.Handshake());
  const auto token = former.peer().peer_parameters().stateless_reset_token;
  ASSERT_TRUE(token);
  const auto ids = former.peer().Frames<NewConnectionIdFrame>();
  ASSERT_FALSE(ids.empty());

  RawPair restarted({.seed = 2});
  restarted.peer_is_deaf = true;
  restarted.SendDatagram(former.peer().Datagram(k1Rtt, Bytes(100, 1)));
  restarted.SendDatagram(
      former.peer().Datagram(k1Rtt, Bytes(100, 1), {.destination = ids[0].connection_id}));
  ASSERT_EQ(restarted.sent().size(), 2u);
  const auto ends_in = [](const Bytes& datagram, const StatelessResetToken& expected) {
    return std::ranges::equal(std::span(datagram).last(16), expected);
  };
  EXPECT_TRUE(ends_in(restarted.sent()[0].bytes, *token));
  EXPECT_TRUE(ends_in(restarted.sent()[1].bytes, ids[0].stateless_reset_token));
  // RFC 9000 §10.3: neither long headers nor what is too small to be a packet.
  restarted.sent().clear();
  restarted.SendDatagram(Bytes(21, 0x41));
  restarted.SendDatagram(Bytes(8, 0x41));
  restarted.SendDatagram(former.peer().Datagram(PacketType::kHandshake, Bytes(1200, 1)));
  EXPECT_TRUE(restarted.sent().empty());
}

// The whole way: a client whose server was restarted hears of it with the first packet it sends.
TEST_F(EndpointTest, AClientBelievesTheResetOfItsRestartedServer) {
  // The key of every RawPair.
  const StatelessResetter resetter(crypto::Secret(std::array<std::uint8_t, 32>{4, 5, 6}));
  RawPair client(
      {.tested = Perspective::kClient, .parameters = [&resetter](TransportParameters parameters) {
         parameters.stateless_reset_token =
             resetter.Token(*parameters.initial_source_connection_id);
         return EncodeTransportParameters(parameters, Perspective::kServer);
       }});
  ASSERT_TRUE(client.Handshake());
  client.sent().clear();
  const StreamId id = *client.connection()->OpenStream(StreamDirection::kBidirectional);
  client.connection()->Write(id, Bytes(100), false);
  client.peer_is_deaf = true;
  client.Exchange();
  ASSERT_EQ(client.sent().size(), 1u);
  RawPair restarted({.seed = 3});
  restarted.peer_is_deaf = true;
  restarted.SendDatagram(client.sent()[0].bytes);
  ASSERT_EQ(restarted.sent().size(), 1u);
  client.SendDatagram(restarted.sent()[0].bytes);
  ASSERT_NE(client.Last<ConnectionClosed>(), nullptr);
  EXPECT_EQ(client.Last<ConnectionClosed>()->source, CloseSource::kStatelessReset);
}

// TR-532, SEC-21: RFC 9000 §10.3.3.
TEST_F(EndpointTest, TwoEndpointsWithoutStateFallSilent) {
  RawPair a({.seed = 1}), b({.seed = 2});
  a.peer_is_deaf = b.peer_is_deaf = true;
  Bytes datagram(1000, 0x41);
  std::size_t size = datagram.size();
  int exchanged = 0;
  for (RawPair* to = &a;; to = to == &a ? &b : &a) {
    to->sent().clear();
    to->SendDatagram(datagram);
    if (to->sent().empty()) break;
    datagram = to->sent()[0].bytes;
    ASSERT_LT(datagram.size(), size);
    size = datagram.size();
    ASSERT_LT(++exchanged, 100);
  }
  EXPECT_GT(exchanged, 0);
}

// An endpoint that only connects answers nobody whom it does not know.
TEST_F(EndpointTest, AClientEndpointAnswersNoStranger) {
  RawPair client({.tested = Perspective::kClient});
  ASSERT_TRUE(client.Handshake());
  client.sent().clear();
  client.peer_is_deaf = true;
  Client stranger(7);
  stranger.Send(client);
  client.SendDatagram(Bytes(1200, 0xc1));
  client.SendDatagram(Bytes(100, 0x41));
  EXPECT_TRUE(client.sent().empty());
  EXPECT_EQ(client.endpoint().connection_count(), 1u);
}

// The IDs of a connection that is over lead nowhere.
TEST_F(EndpointTest, PacketsForAConnectionThatIsOverAreReset) {
  RawPair server({});
  ASSERT_TRUE(server.Handshake());
  server.connection()->Close(0, "");
  server.RunFor(seconds(11));
  ASSERT_EQ(server.endpoint().connection_count(), 0u);
  server.peer_is_deaf = true;
  server.sent().clear();
  server.SendDatagram(server.peer().Datagram(k1Rtt, Bytes(100, 1)));
  EXPECT_EQ(server.endpoint().stats().stateless_resets_sent, 1u);
  EXPECT_EQ(server.sent().size(), 1u);
}

// However small the batch, everything leaves, with one call after the other.
TEST_F(EndpointTest, ASmallBatchSendsAsMuchAsALargeOne) {
  RawPair server({});
  ASSERT_TRUE(server.Handshake());
  server.Acknowledge();
  const StreamId id = *server.connection()->OpenStream(StreamDirection::kBidirectional);
  server.connection()->Write(id, Bytes(9'000), false);
  TransmitBatch batch(1'500);
  std::size_t datagrams = 0, bytes = 0;
  while (server.endpoint().PollTransmit(server.now(), batch) > 0) {
    for (const auto& datagram : batch.datagrams()) bytes += datagram.bytes.size();
    datagrams += batch.datagrams().size();
    batch.Clear();
  }
  EXPECT_GE(datagrams, 8u);
  EXPECT_GT(bytes, 9'000u);
}

// A slot is used again, and an old handle does not reach the new connection.
TEST_F(EndpointTest, HandlesOfConnectionsThatAreOverFindNothing) {
  RawPair server(Deaf());
  server.peer_is_deaf = true;
  std::set<Connection*> seen;
  for (std::uint16_t n = 1; n <= 3; ++n) {
    Client client(n);
    client.Send(server);
    client.Send(server);
    ASSERT_NE(server.connection(), nullptr);
    server.connection()->Close(0, "");
    server.RunFor(seconds(11));
    EXPECT_EQ(server.connection(), nullptr);
    EXPECT_EQ(server.endpoint().connection_count(), 0u);
    EXPECT_EQ(server.endpoint().memory_bytes(), 0u);
  }
}

}  // namespace
}  // namespace quiesce::quic
