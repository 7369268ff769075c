#include "quic/wire/transport_parameters.h"

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "quic/wire/cursor.h"
#include "quic/wire/test_hex.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {
namespace {

using ByteVector = std::vector<std::uint8_t>;

constexpr StatelessResetToken kToken = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr char kTokenHex[] = "0102030405060708090a0b0c0d0e0f10";

ConnectionId Cid(std::string_view hex) { return ConnectionId(FromHex(hex)); }

// Every parameter of the table, none at its default.
TransportParameters Everything() {
  const auto ipv4 = FromHex("c0000201");
  const auto ipv6 = FromHex("20010db8000000000000000000000001");
  TransportParameters parameters;
  parameters.original_destination_connection_id = Cid("8394c8f03e515708");
  parameters.max_idle_timeout_ms = 30000;
  parameters.stateless_reset_token = kToken;
  parameters.max_udp_payload_size = ByteCount(1472);
  parameters.initial_max_data = ByteCount(1 << 20);
  parameters.initial_max_stream_data_bidi_local = ByteCount(1);
  parameters.initial_max_stream_data_bidi_remote = ByteCount(2);
  parameters.initial_max_stream_data_uni = ByteCount(3);
  parameters.initial_max_streams_bidi = 100;
  parameters.initial_max_streams_uni = 4;
  parameters.ack_delay_exponent = 5;
  parameters.max_ack_delay_ms = 26;
  parameters.disable_active_migration = true;
  parameters.preferred_address =
      PreferredAddress{.ipv4 = SocketAddress::Ipv4(std::span(ipv4).first<4>(), 443),
                       .ipv6 = SocketAddress::Ipv6(std::span(ipv6).first<16>(), 4433),
                       .connection_id = Cid("aabb"),
                       .stateless_reset_token = kToken};
  parameters.active_connection_id_limit = 7;
  parameters.initial_source_connection_id = Cid("f067a5502a4262b5");
  parameters.retry_source_connection_id = Cid("0102");
  parameters.version_information =
      VersionInformation{.chosen = Version::kV2, .available = {Version::kV2, Version::kV1}};
  parameters.max_datagram_frame_size = ByteCount(65535);
  parameters.grease_quic_bit = true;
  return parameters;
}

// Written by hand from RFC 9000 §18, RFC 9368 §3, RFC 9221 §3 and RFC 9287 §3, in table order.
const std::string kEverythingHex = std::string() +           //
                                   "00 08 8394c8f03e515708"  //
                                   "01 04 80007530"          //
                                   "02 10" +
                                   kTokenHex +                              //
                                   "03 02 45c0"                             //
                                   "04 04 80100000"                         //
                                   "05 01 01"                               //
                                   "06 01 02"                               //
                                   "07 01 03"                               //
                                   "08 02 4064"                             //
                                   "09 01 04"                               //
                                   "0a 01 05"                               //
                                   "0b 01 1a"                               //
                                   "0c 00"                                  //
                                   "0d 2b c0000201 01bb"                    //
                                   "20010db8000000000000000000000001 1151"  //
                                   "02 aabb" +
                                   kTokenHex +                         //
                                   "0e 01 07"                          //
                                   "0f 08 f067a5502a4262b5"            //
                                   "10 02 0102"                        //
                                   "11 0c 6b3343cf 6b3343cf 00000001"  //
                                   "20 04 8000ffff"                    //
                                   "6ab2 00";

Result<TransportParameters> FromServer(std::string_view hex) {
  return DecodeTransportParameters(FromHex(hex), Perspective::kServer);
}
Result<TransportParameters> FromClient(std::string_view hex) {
  return DecodeTransportParameters(FromHex(hex), Perspective::kClient);
}

void ExpectParameterError(const Result<TransportParameters>& result, std::string_view what) {
  ASSERT_FALSE(result.ok()) << what;
  EXPECT_EQ(result.error().code, TransportErrorCode::kTransportParameterError) << what;
}

TEST(TransportParameters, EncodesEveryParameterAsTheRfcsDrawIt) {
  EXPECT_EQ(ToHex(EncodeTransportParameters(Everything(), Perspective::kServer)),
            ToHex(FromHex(kEverythingHex)));
}

TEST(TransportParameters, DecodesEveryParameter) {
  const auto decoded = FromServer(kEverythingHex);
  ASSERT_TRUE(decoded.ok()) << decoded.error().reason;
  EXPECT_EQ(*decoded, Everything());
}

TEST(TransportParameters, NothingMeansDefaults) {
  EXPECT_TRUE(EncodeTransportParameters({}, Perspective::kClient).empty());
  const auto decoded = FromClient("");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, TransportParameters());
  // RFC 9000 §18.2, in so many words.
  EXPECT_EQ(decoded->max_udp_payload_size, ByteCount(65527));
  EXPECT_EQ(decoded->ack_delay_exponent, 3u);
  EXPECT_EQ(decoded->max_ack_delay_ms, 25u);
  EXPECT_EQ(decoded->active_connection_id_limit, 2u);
}

// The defaults of the table are those of the struct.
TEST(TransportParameters, TableAndStructAgreeOnDefaults) {
  const TransportParameters defaults;
  for (const ParameterRow& row : kParameterTable) {
    if (const auto* field = std::get_if<std::uint64_t TransportParameters::*>(&row.field)) {
      EXPECT_EQ(defaults.**field, row.default_value) << row.name;
    } else if (const auto* bytes = std::get_if<ByteCount TransportParameters::*>(&row.field)) {
      EXPECT_EQ((defaults.**bytes).value(), row.default_value) << row.name;
    }
    EXPECT_LE(row.min, row.default_value) << row.name;
    EXPECT_LE(row.default_value, row.max) << row.name;
  }
}

// RFC 9000 §7.4.2: a parameter may be sent with its default value.
TEST(TransportParameters, AcceptsExplicitDefaults) {
  const auto decoded = FromClient("03 04 8000fff7 0a 01 03 0b 01 19 0e 01 02 01 01 00");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, TransportParameters());
}

TEST(TransportParameters, FailsOnEveryTruncation) {
  const auto whole = FromHex(kEverythingHex);
  std::size_t valid = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ByteVector prefix(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto decoded = DecodeTransportParameters(prefix, Perspective::kServer);
    if (!decoded.ok()) {
      ExpectParameterError(decoded, std::to_string(size));
      continue;
    }
    // Cut between two parameters.
    ++valid;
    EXPECT_EQ(ToHex(EncodeTransportParameters(*decoded, Perspective::kServer)), ToHex(prefix));
  }
  EXPECT_EQ(valid, std::size(kParameterTable));
}

// TR-301: RFC 9000 §7.4: at most once, known or not.
TEST(TransportParameters, RefusesDuplicates) {
  const auto everything = Everything();
  for (const ParameterRow& row : kParameterTable) {
    const auto whole = FromHex(kEverythingHex);
    // Encode all, then append the one parameter again with its own encoding.
    Reader reader(whole);
    while (!reader.empty()) {
      const std::size_t start = reader.position();
      const std::uint64_t id = ReadVarint(reader);
      reader.Bytes(ReadVarint(reader));
      if (id != row.id) continue;
      ByteVector twice = whole;
      twice.insert(twice.end(), whole.begin() + static_cast<std::ptrdiff_t>(start),
                   whole.begin() + static_cast<std::ptrdiff_t>(reader.position()));
      ExpectParameterError(DecodeTransportParameters(twice, Perspective::kServer), row.name);
    }
  }
  ExpectParameterError(FromClient("4abc 00 04 01 01 4abc 01 02"), "unknown");
  ExpectParameterError(FromClient("1b 00 801b 00"), "the second half is not even whole");
  ExpectParameterError(FromClient("1b 00 8000001b 00"), "one ID in two encodings");
}

// A datagram's worth of unknown parameters is no more work than sorting them.
TEST(TransportParameters, ReadsManyUnknownParameters) {
  ByteVector bytes(65536);
  Writer writer(bytes);
  for (std::uint64_t id = 0x3000; writer.remaining() >= 5; ++id) {
    WriteVarint(writer, id);
    writer.U8(0);
  }
  EXPECT_TRUE(DecodeTransportParameters(writer.written(), Perspective::kClient).ok());
}

// TR-302: RFC 9000 §7.4.2: of any size.
TEST(TransportParameters, IgnoresAnUnknownParameterOf60Kilobytes) {
  ByteVector bytes(65536);
  Writer writer(bytes);
  WriteVarint(writer, 0x7777);
  WriteVarint(writer, 60'000);
  writer.Bytes(ByteVector(60'000, 0xff));
  EXPECT_TRUE(DecodeTransportParameters(writer.written(), Perspective::kClient).ok());
  // One byte less than its length says.
  const auto cut = writer.written().first(writer.position() - 1);
  ExpectParameterError(DecodeTransportParameters(cut, Perspective::kClient), "cut");
}

// RFC 9000 §7.4.2, §18.1.
TEST(TransportParameters, IgnoresUnknownAndReservedParameters) {
  const auto decoded = FromClient("1b 03 ffffff 04 01 05 7fff 00 ffffffffffffffff 01 00");
  ASSERT_TRUE(decoded.ok());
  TransportParameters expected;
  expected.initial_max_data = ByteCount(5);
  EXPECT_EQ(*decoded, expected);
}

TEST(TransportParameters, SendsAReservedParameter) {
  const auto value = FromHex("deadbeef");
  const auto bytes = EncodeTransportParameters({}, Perspective::kClient,
                                               ReservedParameter{.n = 2, .value = value});
  EXPECT_EQ(ToHex(bytes), "405904deadbeef");  // 31 * 2 + 27 = 89
  for (const std::uint64_t n : {std::uint64_t{0}, ~std::uint64_t{0}, kMaxVarint / 31}) {
    const auto reserved =
        EncodeTransportParameters({}, Perspective::kClient, ReservedParameter{.n = n});
    Reader reader(reserved);
    EXPECT_EQ(ReadVarint(reader) % 31, 27u);
    EXPECT_TRUE(DecodeTransportParameters(reserved, Perspective::kClient).ok());
  }
}

// RFC 9000 §18.2: each limit from both sides.
TEST(TransportParameters, ChecksRanges) {
  const char* const kValid[] = {
      "03 02 44b0",              // max_udp_payload_size 1200
      "03 04 8000fff7",          // 65527
      "03 08 ffffffffffffffff",  // no upper limit
      "08 08 d000000000000000",  // initial_max_streams_bidi 2^60
      "09 08 d000000000000000",
      "0a 01 14",    // ack_delay_exponent 20
      "0b 02 7fff",  // max_ack_delay 2^14 - 1
      "0e 01 02",    // active_connection_id_limit 2
      "0e 08 ffffffffffffffff",
      "04 08 c000000000000001",  // longer than necessary
  };
  for (const char* hex : kValid) EXPECT_TRUE(FromClient(hex).ok()) << hex;
  const char* const kInvalid[] = {
      "03 02 44af",  // 1199
      "08 08 d000000000000001",
      "09 08 d000000000000001",
      "0a 01 15",        // 21
      "0b 04 80004000",  // 2^14
      "0e 01 01",
      "0e 01 00",
  };
  for (const char* hex : kInvalid) ExpectParameterError(FromClient(hex), hex);
}

TEST(TransportParameters, ChecksLengths) {
  const char* const kInvalid[] = {
      "04 00",                                             // no integer
      "04 01 40",                                          // half an integer
      "04 02 0100",                                        // a byte behind it
      "02 0f 0102030405060708090a0b0c0d0e0f",              // token of 15 bytes
      "02 11 0102030405060708090a0b0c0d0e0f1011",          // and of 17
      "0c 01 00",                                          // a flag with a value
      "6ab2 01 00",                                        // RFC 9287 §3: another
      "0f 15 000102030405060708090a0b0c0d0e0f1011121314",  // connection ID of 21 bytes
      "04 05 01",                                          // past the end
      "04 ffffffffffffffff 01",
  };
  for (const char* hex : kInvalid) ExpectParameterError(FromServer(hex), hex);
  EXPECT_TRUE(FromServer("0f 00").ok());
  EXPECT_TRUE(FromServer("0f 14 000102030405060708090a0b0c0d0e0f10111213").ok());
}

// RFC 9000 §18.2.
TEST(TransportParameters, RefusesServerParametersFromClients) {
  for (const std::string& hex :
       {std::string("00 00"), std::string("02 10") + kTokenHex, std::string("10 00"),
        std::string("0d 2a 00000000 0000 00000000000000000000000000000000 0000 01 aa") +
            kTokenHex}) {
    EXPECT_TRUE(FromServer(hex).ok()) << hex;
    ExpectParameterError(FromClient(hex), hex);
  }
}

// RFC 9000 §18.2.
TEST(TransportParameters, ChecksThePreferredAddress) {
  const std::string addresses = "c0000201 01bb 00000000000000000000000000000000 0000";
  const auto decoded = FromServer("0d 2a" + addresses + "01 aa" + kTokenHex);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->preferred_address->ipv4.ToString(), "192.0.2.1:443");
  EXPECT_EQ(decoded->preferred_address->ipv6, SocketAddress());
  EXPECT_EQ(ToHex(EncodeTransportParameters(*decoded, Perspective::kServer)),
            ToHex(FromHex("0d 2a" + addresses + "01 aa" + kTokenHex)));

  ExpectParameterError(FromServer("0d 29" + addresses + "00" + kTokenHex), "empty ID");
  ExpectParameterError(FromServer("0d 2b" + addresses + "01 aa" + kTokenHex + "00"), "too long");
  ExpectParameterError(FromServer("0d 2a" + addresses + "02 aa" + kTokenHex), "ID too long");
  ExpectParameterError(
      FromServer("0d 3e" + addresses + "15 000102030405060708090a0b0c0d0e0f1011121314" + kTokenHex),
      "ID of 21 bytes");
  ExpectParameterError(FromServer("0d 2a" + addresses + "01 aa" + kTokenHex + "0f 00"),
                       "server with an empty ID");
  EXPECT_TRUE(FromServer("0d 2a" + addresses + "01 aa" + kTokenHex + "0f 01 bb").ok());
}

// RFC 9368 §3, §4.
TEST(TransportParameters, ChecksVersionInformation) {
  EXPECT_TRUE(FromServer("11 04 00000001").ok());  // a server may offer nothing
  const auto decoded = FromClient("11 0c 00000001 1a2a3a4a 00000001");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->version_information->available,
            (std::vector{static_cast<Version>(0x1a2a3a4a), Version::kV1}));

  ExpectParameterError(FromServer("11 00"), "empty");
  ExpectParameterError(FromServer("11 03 000000"), "short");
  ExpectParameterError(FromServer("11 06 00000001 0000"), "not a multiple of four");
  ExpectParameterError(FromServer("11 04 00000000"), "chosen version 0");
  ExpectParameterError(FromServer("11 08 00000001 00000000"), "available version 0");
  ExpectParameterError(FromClient("11 04 00000001"), "client without its own choice");
  ExpectParameterError(FromClient("11 08 00000001 6b3343cf"), "client without its own choice");
}

TEST(TransportParameters, SurvivesRandomRoundTrips) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    TransportParameters parameters;
    for (const ParameterRow& row : kParameterTable) {
      if (random() % 3 == 0) continue;
      const std::uint64_t span = row.max - row.min;
      const std::uint64_t number = row.min + (random() >> (2 + random() % 62)) % (span + 1);
      if (const auto* field = std::get_if<std::uint64_t TransportParameters::*>(&row.field)) {
        parameters.** field = number;
      } else if (const auto* bytes = std::get_if<ByteCount TransportParameters::*>(&row.field)) {
        parameters.** bytes = ByteCount(number);
      } else if (const auto* flag = std::get_if<bool TransportParameters::*>(&row.field)) {
        parameters.** flag = true;
      } else if (const auto* cid =
                     std::get_if<std::optional<ConnectionId> TransportParameters::*>(&row.field)) {
        parameters.** cid = ConnectionId(std::span(kToken).first(random() % 17));
      }
    }
    const auto bytes = EncodeTransportParameters(parameters, Perspective::kServer);
    const auto decoded = DecodeTransportParameters(bytes, Perspective::kServer);
    ASSERT_TRUE(decoded.ok()) << decoded.error().reason << " " << ToHex(bytes);
    ASSERT_EQ(*decoded, parameters);
  }
}

}  // namespace
}  // namespace quiesce::quic
