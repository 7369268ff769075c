// A client that is sent a Retry, right or wrong. RFC 9000 §17.2.5; RFC 9001 §5.8.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/retry_tag.h"
#include "quic/wire/cursor.h"
#include "quic/wire/header.h"
#include "quic/wire/transport_parameters.h"
#include "quic/wire/version.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using test::Bytes;
using test::RawPair;
using Parameters = TransportParameters;

constexpr std::array<std::uint8_t, 8> kRetryCid{7, 7, 7, 7, 7, 7, 7, 7};
const Bytes kToken(100, 0x42);

class RetryTest : public testing::TestWithParam<Version> {
 protected:
  // The Initial packets that the client has sent since the last call, one a datagram.
  struct Initial {
    ConnectionId destination;
    ConnectionId source;
    Bytes token;
    std::size_t datagram_size;
  };

  // `edit` changes the parameters of the server, which are right for a Retry with kRetryCid.
  void Open(std::function<void(Parameters&)> edit = {}) {
    pair_.emplace(
        RawPair::Options{.tested = Perspective::kClient,
                         .version = GetParam(),
                         .parameters = [this, edit](const Parameters& made) {
                           Parameters parameters = made;
                           parameters.original_destination_connection_id = original_;
                           parameters.retry_source_connection_id = ConnectionId(kRetryCid);
                           if (edit) edit(parameters);
                           return EncodeTransportParameters(parameters, Perspective::kServer);
                         }});
    pair_->peer_is_deaf = true;
    pair_->Exchange();
    const std::vector<Initial> first = TakeInitials();
    ASSERT_FALSE(first.empty());
    EXPECT_TRUE(first[0].token.empty());
    original_ = first[0].destination;
    client_ = first[0].source;
  }

  std::vector<Initial> TakeInitials() {
    std::vector<Initial> initials;
    for (RawPair::Sent& sent : pair_->sent()) {
      PacketHeader header;
      if (ParseHeader(sent.bytes, {.local_cid_length = 8}, header) != HeaderFault::kNone) continue;
      if (header.type != PacketType::kInitial) continue;
      initials.push_back({.destination = ConnectionId(header.destination_cid),
                          .source = ConnectionId(header.source_cid),
                          .token = {header.token.begin(), header.token.end()},
                          .datagram_size = sent.bytes.size()});
    }
    pair_->sent().clear();
    return initials;
  }

  Bytes Retry(const RetryHeader& header) const {
    Bytes bytes(1500);
    Writer writer(bytes);
    EXPECT_TRUE(WriteRetry(writer, header));
    bytes.resize(writer.position());
    const crypto::RetryTag tag =
        crypto::ComputeRetryTag(FindVersion(GetParam())->protection, original_.bytes(), bytes);
    bytes.insert(bytes.end(), tag.begin(), tag.end());
    return bytes;
  }

  RetryHeader Right() const {
    return {.version = GetParam(),
            .destination_cid = client_,
            .source_cid = ConnectionId(kRetryCid),
            .token = kToken};
  }

  std::optional<RawPair> pair_;
  ConnectionId original_;
  ConnectionId client_;
};

// TR-203, RFC 9000 §17.2.5.3: keys from the Retry's ID, its token in every Initial, the same
// ClientHello, and packet numbers that go on.
TEST_P(RetryTest, IsFollowed) {
  Open();
  pair_->peer_is_deaf = false;
  pair_->SendDatagram(Retry(Right()));
  std::vector<Initial> again = TakeInitials();
  ASSERT_FALSE(again.empty());
  const std::size_t before = pair_->peer().seen().size();
  ASSERT_GT(before, 0u) << "the keys are not those of the Retry's ID";
  // The first number that the client used before is 0.
  for (const auto& packet : pair_->peer().seen()) EXPECT_GT(packet.number, 0u);

  // The server's answers are lost, so that the client says all of it once more.
  pair_->RunFor(std::chrono::seconds(4));
  for (const Initial& initial : TakeInitials()) again.push_back(initial);
  ASSERT_GT(again.size(), 1u);
  for (const Initial& initial : again) {
    EXPECT_EQ(initial.destination, ConnectionId(kRetryCid));
    EXPECT_EQ(initial.source, client_);
    EXPECT_EQ(initial.token, kToken);
    EXPECT_GE(initial.datagram_size, kMinInitialDatagramSize);
  }
  EXPECT_TRUE(pair_->Handshake());
}

// TR-201, RFC 9000 §17.2.5.2.
TEST_P(RetryTest, ThatIsNotRightIsDropped) {
  struct Row {
    const char* name;
    std::function<Bytes()> make;
  };
  const Row rows[] = {
      {"wrong integrity tag",
       [this] {
         Bytes bytes = Retry(Right());
         bytes.back() ^= 1;
         return bytes;
       }},
      {"changed token",
       [this] {
         Bytes bytes = Retry(Right());
         bytes[bytes.size() - 17] ^= 1;
         return bytes;
       }},
      {"no token",
       [this] {
         Bytes bytes = Retry(Right());
         bytes.erase(bytes.end() - 16 - static_cast<std::ptrdiff_t>(kToken.size()),
                     bytes.end() - 16);
         const crypto::RetryTag tag =
             crypto::ComputeRetryTag(FindVersion(GetParam())->protection, original_.bytes(),
                                     std::span(bytes).first(bytes.size() - 16));
         std::ranges::copy(tag, bytes.end() - 16);
         return bytes;
       }},
      {"the ID that the client had made up",
       [this] {
         RetryHeader header = Right();
         header.source_cid = original_;
         return Retry(header);
       }},
      {"another version",
       [this] {
         RetryHeader header = Right();
         header.version = GetParam() == Version::kV1 ? Version::kV2 : Version::kV1;
         return Retry(header);
       }},
      {"a token that leaves no room",
       [this] {
         const Bytes token(1100, 1);
         RetryHeader header = Right();
         header.token = token;
         return Retry(header);
       }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Open([](Parameters& parameters) { parameters.retry_source_connection_id.reset(); });
    pair_->SendDatagram(row.make());
    EXPECT_TRUE(TakeInitials().empty());
    pair_->peer_is_deaf = false;
    pair_->RunFor(std::chrono::seconds(2));
    const std::vector<Initial> again = TakeInitials();
    ASSERT_FALSE(again.empty());
    EXPECT_EQ(again[0].destination, original_);
    EXPECT_TRUE(again[0].token.empty());
    EXPECT_TRUE(pair_->Handshake());
  }
}

// TR-202, RFC 9000 §17.2.5.2: a second one, and one after another packet of the server.
TEST_P(RetryTest, OnlyAsTheFirstAnswer) {
  Open();
  pair_->peer_is_deaf = false;
  pair_->SendDatagram(Retry(Right()));
  ASSERT_FALSE(TakeInitials().empty());
  RetryHeader second = Right();
  const ConnectionId other(std::array<std::uint8_t, 4>{1, 2, 3, 4});
  second.source_cid = other;
  pair_->SendDatagram(Retry(second));
  EXPECT_TRUE(TakeInitials().empty());
  pair_->RunFor(std::chrono::seconds(2));
  for (const Initial& initial : TakeInitials())
    EXPECT_EQ(initial.destination, ConnectionId(kRetryCid));
  ASSERT_TRUE(pair_->Handshake());

  Open([](Parameters& parameters) { parameters.retry_source_connection_id.reset(); });
  pair_->peer_is_deaf = false;
  pair_->RunFor(std::chrono::seconds(2));  // the server hears the second ClientHello
  pair_->SendDatagram(pair_->peer().Datagram(PacketType::kInitial, test::Encode(PingFrame{})));
  TakeInitials();
  pair_->SendDatagram(Retry(Right()));
  for (const Initial& initial : TakeInitials()) EXPECT_TRUE(initial.token.empty());
  EXPECT_TRUE(pair_->Handshake());
}

// TR-104, RFC 9000 §6.2: the server has chosen the version when it sends a Retry.
TEST_P(RetryTest, EndsVersionNegotiation) {
  Open();
  pair_->peer_is_deaf = false;
  pair_->SendDatagram(Retry(Right()));
  const Version versions[] = {static_cast<Version>(0x1a2a3a4a)};
  Bytes bytes(100);
  Writer writer(bytes);
  ASSERT_TRUE(WriteVersionNegotiation(writer, {.destination_cid = client_.bytes(),
                                               .source_cid = original_.bytes(),
                                               .supported_versions = versions}));
  bytes.resize(writer.position());
  pair_->SendDatagram(bytes);
  EXPECT_TRUE(pair_->Handshake());
}

// TR-204, RFC 9000 §7.3: what the Retry said is repeated where it is authenticated.
TEST_P(RetryTest, IsConfirmedByTheParameters) {
  struct Row {
    const char* name;
    std::function<void(Parameters&)> edit;
  };
  const Row rows[] = {
      {"missing", [](Parameters& p) { p.retry_source_connection_id.reset(); }},
      {"wrong", [](Parameters& p) { p.retry_source_connection_id = ConnectionId(); }},
      {"original wrong",
       [](Parameters& p) { p.original_destination_connection_id = ConnectionId(kRetryCid); }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Open(row.edit);
    pair_->peer_is_deaf = false;
    pair_->SendDatagram(Retry(Right()));
    EXPECT_FALSE(pair_->Handshake());
    ASSERT_TRUE(pair_->close().has_value());
    EXPECT_EQ(pair_->close()->error_code,
              static_cast<std::uint64_t>(TransportErrorCode::kTransportParameterError));
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, RetryTest, testing::Values(Version::kV1, Version::kV2),
                         [](const auto& info) { return info.param == Version::kV1 ? "V1" : "V2"; });

}  // namespace
}  // namespace quiesce::quic
