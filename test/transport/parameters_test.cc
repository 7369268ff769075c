// TR-3xx: transport parameters as one side declares them and the other takes them. RFC 9000 §7.3,
// §7.4, §18.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "quic/wire/varint.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;
using test::Encode;
using test::RawPair;
using Code = TransportErrorCode;

Bytes Varint(std::uint64_t value) {
  Bytes bytes(VarintSize(value));
  Writer writer(bytes);
  WriteVarint(writer, value);
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes Parameter(std::uint64_t id, const Bytes& value) {
  return Varint(id) + Varint(value.size()) + value;
}

struct Row {
  std::string name;
  // Encoded parameters behind correct ones.
  Bytes appended;
  bool accepted = false;
};

class ParametersTest : public testing::TestWithParam<Perspective> {
 protected:
  using Change = std::function<Bytes(TransportParameters)>;

  static Perspective peer() { return Opposite(GetParam()); }

  // What becomes of a handshake in which the peer declares this. Each goes on as far as it gets.
  static void Check(const std::string& name, const Change& change, bool accepted) {
    SCOPED_TRACE(name);
    RawPair pair({.tested = GetParam(), .parameters = change});
    const bool confirmed = pair.Handshake();
    EXPECT_EQ(confirmed && pair.Last<ConnectionClosed>() == nullptr, accepted);
    if (accepted) return;
    ASSERT_NE(pair.Last<ConnectionClosed>(), nullptr);
    EXPECT_EQ(static_cast<Code>(pair.Last<ConnectionClosed>()->error_code),
              Code::kTransportParameterError)
        << pair.Last<ConnectionClosed>()->reason;
    EXPECT_FALSE(pair.closes().empty());
  }

  static void Check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      Check(
          row.name,
          [&row](const TransportParameters& parameters) {
            return EncodeTransportParameters(parameters, peer()) + row.appended;
          },
          row.accepted);
    }
  }
};

// Every parameter there is with a value that is right, so that only the repetition is wrong. RFC
// 9000 §18.2, RFC 9368 §3, RFC 9221 §3, RFC 9287 §3.
std::vector<Bytes> KnownParameters() {
  std::vector<Bytes> all;
  for (std::uint64_t id : {0x01, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0e, 0x20})
    all.push_back(Parameter(id, Varint(7)));
  all.push_back(Parameter(0x03, Varint(1300)));
  for (std::uint64_t id : {0x0c, 0x2ab2}) all.push_back(Parameter(id, {}));
  for (std::uint64_t id : {0x00, 0x0f, 0x10}) all.push_back(Parameter(id, Bytes(8)));
  all.push_back(Parameter(0x02, Bytes(16)));
  all.push_back(Parameter(0x0d, Bytes(24) + Bytes{8} + Bytes(8, 1) + Bytes(16)));
  all.push_back(Parameter(0x11, Bytes{0, 0, 0, 1, 0, 0, 0, 1}));
  return all;
}

// TR-301: RFC 9000 §7.4. The rest is correct, but for those that the repetition replaces.
TEST_P(ParametersTest, TwiceIsAnError) {
  ASSERT_EQ(KnownParameters().size(), std::size(kParameterTable));
  for (const Bytes& parameter : KnownParameters()) {
    const std::string name = testing::PrintToString(parameter);
    const auto repeated = [&parameter](const TransportParameters& correct) {
      // Without the defaults that could be repeated: only what the connection IDs ask for.
      const TransportParameters few{
          .original_destination_connection_id = correct.original_destination_connection_id,
          .initial_source_connection_id = correct.initial_source_connection_id};
      return EncodeTransportParameters(few, peer()) + parameter + parameter;
    };
    Check(name, repeated, false);
  }
  Check({{"unknown", Parameter(0x7777, {1}) + Parameter(0x7777, {1})},
         {"unknown, other value", Parameter(0x7777, {1}) + Parameter(0x7777, {2, 3})},
         {"reserved", Parameter(31 * 5 + 27, {}) + Parameter(31 * 5 + 27, {})}});
}

// RFC 9000 §7.4: no value at all is no integer and no ID, and the largest integer is one.
TEST_P(ParametersTest, EmptyIntegersAreErrorsAndTheLargestAreJudged) {
  const auto alone = [](const Bytes& parameter) {
    return [&parameter](const TransportParameters& correct) {
      const TransportParameters few{
          .original_destination_connection_id = correct.original_destination_connection_id,
          .initial_source_connection_id = correct.initial_source_connection_id};
      return EncodeTransportParameters(few, peer()) + parameter;
    };
  };
  const struct {
    std::uint64_t id;
    bool largest_is_right;
  } integers[] = {{0x01, true},  {0x03, true},  {0x04, true},  {0x05, true},
                  {0x06, true},  {0x07, true},  {0x08, false}, {0x09, false},
                  {0x0a, false}, {0x0b, false}, {0x0e, true},  {0x20, true}};
  for (const auto& [id, largest_is_right] : integers) {
    const std::string name = std::to_string(id);
    Check(name + " empty", alone(Parameter(id, {})), false);
    Check(name + " largest", alone(Parameter(id, Varint(kMaxVarint))), largest_is_right);
  }
  for (const std::uint64_t id : {0x00, 0x02, 0x0d, 0x10, 0x11})
    Check(std::to_string(id) + " empty", alone(Parameter(id, {})), false);
}

// TR-302: RFC 9000 §7.4.2, §18.1: of any size.
TEST_P(ParametersTest, UnknownAndReservedOnesAreIgnored) {
  Check({
      {"unknown", Parameter(0x7777, Bytes(100, 1)), true},
      {"reserved", Parameter(31 * 5 + 27, {}) + Parameter(31 * 6 + 27, Bytes(50)), true},
      {"highest", Parameter(kMaxVarint, Bytes(3)), true},
      {"large", Parameter(0x7777, Bytes(5000, 1)), true},
  });
}

// TR-303, TR-308: RFC 9000 §18.
TEST_P(ParametersTest, CutOrMalformedIsAnError) {
  Check({
      {"identifier cut", {0x40}},
      {"length missing", {0x0a}},
      {"length cut", {0x0a, 0x40}},
      {"value missing", {0x0a, 0x01}},
      {"value cut", {0x0b, 0x02, 0x40}},
      {"length beyond the end", {0x0a, 0x7f, 0xff, 0x00}},
      {"longest length", Bytes{0x0a} + Varint(kMaxVarint)},
      {"byte behind an integer", Parameter(0x0a, {0x03, 0x00})},
      {"integer longer than its length", Parameter(0x0a, {0x40})},
      {"empty integer", Parameter(0x0a, {})},
      {"value where none belongs", Parameter(0x0c, {0x00})},
      {"long connection ID", Parameter(0x0f, Bytes(21))},
  });
}

// TR-303: any encoding of an integer will do.
TEST_P(ParametersTest, LongIntegersAreTaken) {
  Check({{"8 bytes", Parameter(0x0a, {0xc0, 0, 0, 0, 0, 0, 0, 3}), true},
         {"4 bytes", Parameter(0x0a, {0x80, 0, 0, 3}), true}});
}

// TR-304, TR-305, TR-306: RFC 9000 §18.2, the values at each bound.
TEST_P(ParametersTest, BoundsAreExact) {
  Check({
      {"max_udp_payload_size 1199", Parameter(0x03, Varint(1199))},
      {"max_udp_payload_size 1200", Parameter(0x03, Varint(1200)), true},
      {"max_udp_payload_size 65527", Parameter(0x03, Varint(65527)), true},
      {"max_udp_payload_size highest", Parameter(0x03, Varint(kMaxVarint)), true},
      {"ack_delay_exponent 20", Parameter(0x0a, Varint(20)), true},
      {"ack_delay_exponent 21", Parameter(0x0a, Varint(21))},
      {"max_ack_delay 2^14-1", Parameter(0x0b, Varint((1 << 14) - 1)), true},
      {"max_ack_delay 2^14", Parameter(0x0b, Varint(1 << 14))},
  });
  const auto with = [](auto set) {
    return [set](TransportParameters parameters) {
      set(parameters);
      return EncodeTransportParameters(parameters, peer());
    };
  };
  Check("active_connection_id_limit 2",
        with([](TransportParameters& p) { p.active_connection_id_limit = 2; }), true);
  Check("active_connection_id_limit highest",
        with([](TransportParameters& p) { p.active_connection_id_limit = kMaxVarint; }), true);
  Check("initial_max_streams 2^60", with([](TransportParameters& p) {
          p.initial_max_streams_bidi = p.initial_max_streams_uni = kMaxStreamCount;
        }),
        true);
  Check("everything highest", with([](TransportParameters& p) {
          p.max_idle_timeout_ms = kMaxVarint;
          p.initial_max_data = p.initial_max_stream_data_bidi_local =
              p.initial_max_stream_data_bidi_remote = p.initial_max_stream_data_uni =
                  p.max_datagram_frame_size = ByteCount(kMaxVarint);
        }),
        true);
  Check("nothing granted", with([](TransportParameters& p) {
          p = {.original_destination_connection_id = p.original_destination_connection_id,
               .initial_source_connection_id = p.initial_source_connection_id};
        }),
        true);
  // What the encoder refuses to write, by hand: the defaults are left out of the correct ones.
  const auto behind_less = [](const Bytes& appended) {
    return [appended](TransportParameters p) {
      p.active_connection_id_limit = 2;
      p.initial_max_streams_bidi = p.initial_max_streams_uni = 0;
      return EncodeTransportParameters(p, peer()) + appended;
    };
  };
  Check("active_connection_id_limit 1", behind_less(Parameter(0x0e, Varint(1))), false);
  Check("active_connection_id_limit 0", behind_less(Parameter(0x0e, Varint(0))), false);
  Check("initial_max_streams_bidi 2^60+1",
        behind_less(Parameter(0x08, Varint(kMaxStreamCount + 1))), false);
  Check("initial_max_streams_uni 2^60+1", behind_less(Parameter(0x09, Varint(kMaxStreamCount + 1))),
        false);
}

// TR-204, TR-205: RFC 9000 §7.3. What headers said is repeated where it is authenticated.
TEST_P(ParametersTest, ConnectionIdsMustBeThoseOfTheHeaders) {
  const ConnectionId other(std::array<std::uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 8});
  const auto with = [](auto set) {
    return [set](TransportParameters parameters) {
      set(parameters);
      return EncodeTransportParameters(parameters, peer());
    };
  };
  Check("initial_source_connection_id wrong",
        with([&](TransportParameters& p) { p.initial_source_connection_id = other; }), false);
  Check("initial_source_connection_id empty",
        with([&](TransportParameters& p) { p.initial_source_connection_id = ConnectionId(); }),
        false);
  Check("initial_source_connection_id missing",
        with([](TransportParameters& p) { p.initial_source_connection_id.reset(); }), false);
  if (peer() == Perspective::kClient) return;
  Check("original_destination_connection_id wrong",
        with([&](TransportParameters& p) { p.original_destination_connection_id = other; }), false);
  Check("original_destination_connection_id missing",
        with([](TransportParameters& p) { p.original_destination_connection_id.reset(); }), false);
  Check("retry_source_connection_id without Retry",
        with([&](TransportParameters& p) { p.retry_source_connection_id = other; }), false);
}

INSTANTIATE_TEST_SUITE_P(Both, ParametersTest,
                         testing::Values(Perspective::kServer, Perspective::kClient),
                         [](const auto& info) {
                           return info.param == Perspective::kServer ? "Server" : "Client";
                         });

using ServerOnlyTest = ParametersTest;

// TR-308: RFC 9000 §18.2: a client MUST NOT send them, whatever their length.
TEST_P(ServerOnlyTest, FromAClientIsAnError) {
  Check({
      {"original_destination_connection_id", Parameter(0x00, Bytes(8))},
      {"stateless_reset_token", Parameter(0x02, Bytes(16))},
      {"stateless_reset_token of 15 bytes", Parameter(0x02, Bytes(15))},
      {"stateless_reset_token of 17 bytes", Parameter(0x02, Bytes(17))},
      {"preferred_address", Parameter(0x0d, Bytes(4 + 2 + 16 + 2 + 1 + 8 + 16, 1))},
      {"retry_source_connection_id", Parameter(0x10, Bytes(8))},
  });
}
INSTANTIATE_TEST_SUITE_P(Server, ServerOnlyTest, testing::Values(Perspective::kServer));

using FromServerTest = ParametersTest;

// TR-307, TR-308: RFC 9000 §18.2.
TEST_P(FromServerTest, LengthsAreChecked) {
  const Bytes addresses(4 + 2 + 16 + 2, 1);
  Check({
      {"stateless_reset_token of 15 bytes", Parameter(0x02, Bytes(15))},
      {"stateless_reset_token of 17 bytes", Parameter(0x02, Bytes(17))},
      {"stateless_reset_token", Parameter(0x02, Bytes(16)), true},
      {"preferred_address", Parameter(0x0d, addresses + Bytes{8} + Bytes(8, 2) + Bytes(16)), true},
      {"preferred_address without ID", Parameter(0x0d, addresses + Bytes{0} + Bytes(16))},
      {"preferred_address with a long ID", Parameter(0x0d, addresses + Bytes{21} + Bytes(21 + 16))},
      {"preferred_address with more", Parameter(0x0d, addresses + Bytes{8} + Bytes(8 + 16 + 1))},
  });
  const Bytes whole = addresses + Bytes{8} + Bytes(8 + 16);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    Check({{"preferred_address cut to " + std::to_string(size), Parameter(0x0d, cut)}});
  }
}

// TR-307: RFC 9000 §18.2: whoever has no connection ID has none for another address either.
TEST_P(FromServerTest, WithoutAConnectionIdThereIsNoPreferredAddress) {
  for (const bool preferred : {false, true}) {
    RawPair pair({.tested = GetParam(),
                  .parameters =
                      [preferred](const TransportParameters& parameters) {
                        const Bytes address = Bytes(24, 1) + Bytes{8} + Bytes(8 + 16, 2);
                        return EncodeTransportParameters(parameters, peer()) +
                               (preferred ? Parameter(0x0d, address) : Bytes());
                      },
                  .peer_cid_length = 0});
    EXPECT_EQ(pair.Handshake(), !preferred);
    if (!preferred) continue;
    ASSERT_NE(pair.Last<ConnectionClosed>(), nullptr);
    EXPECT_EQ(static_cast<Code>(pair.Last<ConnectionClosed>()->error_code),
              Code::kTransportParameterError);
  }
}
INSTANTIATE_TEST_SUITE_P(Client, FromServerTest, testing::Values(Perspective::kClient));

// RFC 9000 §18.2: what is declared is what is enforced; the peer's limit on datagrams is kept.
TEST(DeclaredParameters, AreThoseOfTheConfiguration) {
  for (const Perspective tested : {Perspective::kServer, Perspective::kClient}) {
    RawPair pair({.tested = tested});
    ASSERT_TRUE(pair.Handshake());
    const TransportParameters declared = pair.peer().peer_parameters();
    const ConnectionConfig config;
    EXPECT_EQ(declared.max_idle_timeout_ms, 30'000u);
    EXPECT_EQ(declared.max_udp_payload_size, config.max_udp_payload_size);
    EXPECT_EQ(declared.initial_max_data, config.streams.initial_max_data);
    EXPECT_EQ(declared.initial_max_stream_data_uni, config.streams.initial_max_stream_data);
    EXPECT_EQ(declared.initial_max_streams_bidi, config.streams.max_streams_bidi);
    EXPECT_EQ(declared.initial_max_streams_uni, config.streams.max_streams_uni);
    EXPECT_EQ(declared.max_ack_delay_ms, 25u);
    EXPECT_TRUE(declared.disable_active_migration);
    EXPECT_EQ(declared.active_connection_id_limit, config.active_connection_id_limit);
    EXPECT_EQ(declared.initial_source_connection_id, pair.peer().peer_cid());
    EXPECT_EQ(declared.stateless_reset_token.has_value(), tested == Perspective::kServer);
    EXPECT_EQ(declared.original_destination_connection_id.has_value(),
              tested == Perspective::kServer);
  }
}

TEST(DeclaredParameters, ThePeersLimitOnDatagramsIsKept) {
  for (const std::uint64_t limit : {1200, 1300, 1400}) {
    RawPair pair({.config = {.connection = {.max_datagram_size = ByteCount(1350)}},
                  .parameters = [limit](TransportParameters parameters) {
                    parameters.max_udp_payload_size = ByteCount(limit);
                    return EncodeTransportParameters(parameters, Perspective::kClient);
                  }});
    ASSERT_TRUE(pair.Handshake());
    pair.sent().clear();
    const StreamId id = *pair.connection()->OpenStream(StreamDirection::kBidirectional);
    pair.connection()->Write(id, Bytes(50'000), true);
    for (int i = 0; i < 50; ++i) {
      pair.RunFor(milliseconds(30));
      pair.Acknowledge();
    }
    std::size_t largest = 0;
    for (const auto& sent : pair.sent()) largest = std::max(largest, sent.bytes.size());
    EXPECT_EQ(largest, std::min<std::size_t>(limit, 1350));
  }
}

}  // namespace
}  // namespace quiesce::quic
