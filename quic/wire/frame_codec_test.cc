#include "quic/wire/frame_codec.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "quic/wire/frame_table.h"
#include "quic/wire/test_hex.h"

namespace quiesce::quic {
namespace {

using ByteVector = std::vector<std::uint8_t>;

// What a frame is in memory and on the wire.
struct Sample {
  Frame frame;
  ByteVector wire;
  bool runs_to_end = false;  // no length field: a prefix may be a shorter valid frame
};

constexpr std::uint8_t kHello[] = {'h', 'e', 'l', 'l', 'o'};
constexpr StatelessResetToken kToken = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

// At least one of every row of the frame table; ACK is in ack_frame_test.cc too.
std::vector<Sample> Samples() {
  return {
      {PaddingFrame{.count = 3}, FromHex("000000"), true},
      {PingFrame{}, FromHex("01")},
      {ResetStreamFrame{StreamId(4), 0x101, ByteCount(70000)}, FromHex("04 04 4101 80011170")},
      {StopSendingFrame{StreamId(5), 7}, FromHex("05 05 07")},
      {CryptoFrame{ByteCount(1000), kHello}, FromHex("06 43e8 05 68656c6c6f")},
      {NewTokenFrame{kHello}, FromHex("07 05 68656c6c6f")},
      {StreamFrame{.stream_id = StreamId(1), .data = kHello}, FromHex("0a 01 05 68656c6c6f")},
      {StreamFrame{.stream_id = StreamId(1), .data = kHello, .fin = true},
       FromHex("0b 01 05 68656c6c6f")},
      {StreamFrame{.stream_id = StreamId(1), .offset = ByteCount(64), .data = kHello},
       FromHex("0e 01 4040 05 68656c6c6f")},
      {StreamFrame{.stream_id = StreamId(1), .offset = ByteCount(64), .data = kHello, .fin = true},
       FromHex("0f 01 4040 05 68656c6c6f")},
      {StreamFrame{.stream_id = StreamId(1), .data = kHello, .has_length = false},
       FromHex("08 01 68656c6c6f"), true},
      {StreamFrame{.stream_id = StreamId(1), .data = kHello, .fin = true, .has_length = false},
       FromHex("09 01 68656c6c6f"), true},
      {StreamFrame{
           .stream_id = StreamId(1), .offset = ByteCount(64), .data = kHello, .has_length = false},
       FromHex("0c 01 4040 68656c6c6f"), true},
      {StreamFrame{.stream_id = StreamId(1),
                   .offset = ByteCount(64),
                   .data = kHello,
                   .fin = true,
                   .has_length = false},
       FromHex("0d 01 4040 68656c6c6f"), true},
      {MaxDataFrame{ByteCount(kMaxVarint)}, FromHex("10 ffffffffffffffff")},
      {MaxStreamDataFrame{StreamId(8), ByteCount(65536)}, FromHex("11 08 80010000")},
      {MaxStreamsFrame{StreamDirection::kBidirectional, 100}, FromHex("12 4064")},
      {MaxStreamsFrame{StreamDirection::kUnidirectional, 3}, FromHex("13 03")},
      {DataBlockedFrame{ByteCount(5)}, FromHex("14 05")},
      {StreamDataBlockedFrame{StreamId(8), ByteCount(9)}, FromHex("15 08 09")},
      {StreamsBlockedFrame{StreamDirection::kBidirectional, 100}, FromHex("16 4064")},
      {StreamsBlockedFrame{StreamDirection::kUnidirectional, 3}, FromHex("17 03")},
      {NewConnectionIdFrame{9, 7, ConnectionId(kHello), kToken},
       FromHex("18 09 07 05 68656c6c6f 0102030405060708090a0b0c0d0e0f10")},
      {RetireConnectionIdFrame{300}, FromHex("19 412c")},
      {PathChallengeFrame{{1, 2, 3, 4, 5, 6, 7, 8}}, FromHex("1a 0102030405060708")},
      {PathResponseFrame{{8, 7, 6, 5, 4, 3, 2, 1}}, FromHex("1b 0807060504030201")},
      {ConnectionCloseFrame{.error_code = 0x0a, .frame_type = 0x06, .reason = "why"},
       FromHex("1c 0a 06 03 776879")},
      {ConnectionCloseFrame{.is_application = true, .error_code = 0x0100, .reason = "why"},
       FromHex("1d 4100 03 776879")},
      {HandshakeDoneFrame{}, FromHex("1e")},
      {DatagramFrame{.data = kHello}, FromHex("31 05 68656c6c6f")},
      {DatagramFrame{.data = kHello, .has_length = false}, FromHex("30 68656c6c6f"), true},
  };
}

ByteVector Written(const Frame& frame) {
  return std::visit(
      [](const auto& f) {
        ByteVector buffer(FrameSize(f));
        Writer writer(buffer);
        EXPECT_TRUE(WriteFrame(writer, f));
        EXPECT_EQ(writer.remaining(), 0u);
        return buffer;
      },
      frame);
}

Result<Frame> Read(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  return ReadFrame(reader);
}

void ExpectEncodingError(const char* hex, std::uint64_t type, const char* reason) {
  const auto frame = Read(FromHex(hex));
  ASSERT_FALSE(frame.ok()) << hex;
  EXPECT_EQ(frame.error().code, TransportErrorCode::kFrameEncodingError) << hex;
  EXPECT_EQ(frame.error().frame_type, type) << hex;
  EXPECT_STREQ(frame.error().reason, reason) << hex;
}

TEST(FrameCodec, WritesEveryFrameAsTheRfcDrawsIt) {
  for (const Sample& sample : Samples()) {
    EXPECT_EQ(ToHex(Written(sample.frame)), ToHex(sample.wire));
  }
}

TEST(FrameCodec, ReadsBackEveryFrame) {
  for (const Sample& sample : Samples()) {
    SCOPED_TRACE(ToHex(sample.wire));
    Reader reader(sample.wire);
    const auto frame = ReadFrame(reader);
    ASSERT_TRUE(frame.ok());
    EXPECT_TRUE(reader.empty());
    EXPECT_EQ(frame->index(), sample.frame.index());
    EXPECT_EQ(FrameType(*frame), FrameType(sample.frame));
    EXPECT_EQ(FrameType(*frame), sample.wire[0]);
    EXPECT_EQ(ToHex(Written(*frame)), ToHex(sample.wire));
  }
}

TEST(FrameCodec, SamplesCoverTheWholeFrameTable) {
  std::set<std::uint64_t> types = {0x02, 0x03};  // ack_frame_test.cc
  for (const Sample& sample : Samples()) types.insert(sample.wire[0]);
  for (std::uint64_t type = 0; type < 0x100; ++type) {
    EXPECT_EQ(types.contains(type), FindFrameRow(type) != nullptr) << type;
  }
}

// TR-502: RFC 9000 §12.4.
TEST(FrameCodec, FailsOnEveryTruncation) {
  std::vector<Sample> samples = Samples();
  samples.push_back({PingFrame{}, FromHex("02 43e8 4005 02 0a 02 00 00 04")});
  samples.push_back({PingFrame{}, FromHex("03 43e8 05 02 0a 02 00 00 04 4064 02 03")});
  for (const Sample& sample : samples) {
    for (std::size_t size = 1; size < sample.wire.size(); ++size) {
      SCOPED_TRACE(ToHex(sample.wire) + " cut to " + std::to_string(size));
      // Cut off and copied, so that a memory checker sees any byte read beyond.
      const ByteVector prefix(sample.wire.begin(),
                              sample.wire.begin() + static_cast<std::ptrdiff_t>(size));
      Reader reader(prefix);
      const auto frame = ReadFrame(reader);
      if (frame.ok()) {
        EXPECT_TRUE(sample.runs_to_end);
        EXPECT_TRUE(reader.empty());
        EXPECT_EQ(ToHex(Written(*frame)), ToHex(prefix));
      } else {
        EXPECT_EQ(frame.error().code, TransportErrorCode::kFrameEncodingError);
        EXPECT_EQ(frame.error().frame_type, sample.wire[0]);
        EXPECT_STREQ(frame.error().reason, "frame ends early");
      }
    }
  }
}

TEST(FrameCodec, TakesNothingWithoutRoomForAllOfAFrame) {
  for (const Sample& sample : Samples()) {
    std::visit(
        [&](const auto& frame) {
          EXPECT_EQ(FrameSize(frame), sample.wire.size());
          for (std::size_t room = 0; room < sample.wire.size(); ++room) {
            ByteVector buffer(room + 1);
            Writer writer(buffer);
            writer.U8(0xee);
            EXPECT_FALSE(WriteFrame(writer, frame));
            EXPECT_TRUE(writer.ok());
            EXPECT_EQ(writer.position(), 1u);
          }
        },
        sample.frame);
  }
}

// Frames point into the packet.
TEST(FrameCodec, CopiesNoData) {
  const auto bytes = FromHex("0a 01 05 68656c6c6f");
  const auto frame = Read(bytes);
  EXPECT_EQ(std::get<StreamFrame>(*frame).data.data(), bytes.data() + 3);
}

TEST(FrameCodec, ReadsAPayloadFrameByFrame) {
  const auto bytes = FromHex("01 0000 0a 01 01 78 00 1e");
  Reader reader(bytes);
  EXPECT_TRUE(std::holds_alternative<PingFrame>(*ReadFrame(reader)));
  EXPECT_EQ(std::get<PaddingFrame>(*ReadFrame(reader)).count, 2u);
  EXPECT_EQ(std::get<StreamFrame>(*ReadFrame(reader)).data.size(), 1u);
  EXPECT_EQ(std::get<PaddingFrame>(*ReadFrame(reader)).count, 1u);
  EXPECT_TRUE(std::holds_alternative<HandshakeDoneFrame>(*ReadFrame(reader)));
  EXPECT_TRUE(reader.empty());
}

// RFC 9000 §19.8: the OFF bit may announce an offset of 0.
TEST(FrameCodec, AcceptsAnExplicitOffsetOfZero) {
  const auto bytes = FromHex("0e 01 00 01 78");
  const auto frame = Read(bytes);
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(std::get<StreamFrame>(*frame).offset, ByteCount(0));
  EXPECT_EQ(std::get<StreamFrame>(*frame).data.size(), 1u);
}

// RFC 9000 §16: legal anywhere but in the type.
TEST(FrameCodec, AcceptsLongEncodingsOfFields) {
  const auto frame = Read(FromHex("10 c000000000000005"));
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(std::get<MaxDataFrame>(*frame).maximum_data, ByteCount(5));
}

// RFC 9000 §12.4.
TEST(FrameCodec, RefusesLongEncodingsOfTheType) {
  for (const char* hex : {"4001", "80000001", "c000000000000001", "4000", "4006 00 00"}) {
    const auto frame = Read(FromHex(hex));
    ASSERT_FALSE(frame.ok()) << hex;
    EXPECT_EQ(frame.error().code, TransportErrorCode::kProtocolViolation) << hex;
  }
}

// RFC 9000 §12.4.
TEST(FrameCodec, RefusesUnknownAndTruncatedTypes) {
  ExpectEncodingError("1f", 0x1f, "unknown frame type");
  ExpectEncodingError("2f", 0x2f, "unknown frame type");
  ExpectEncodingError("32", 0x32, "unknown frame type");
  ExpectEncodingError("4040 00", 0x40, "unknown frame type");
  ExpectEncodingError("ffffffffffffffff", kMaxVarint, "unknown frame type");
  ExpectEncodingError("40", 0, "frame type ends early");
  ExpectEncodingError("c0000000", 0, "frame type ends early");
  ExpectEncodingError("", 0, "frame type ends early");
}

// RFC 9000 §19.11, §19.14: 2^60 streams at most.
TEST(FrameCodec, LimitsStreamCounts) {
  for (const char* type : {"12", "13", "16", "17"}) {
    EXPECT_TRUE(Read(FromHex(std::string(type) + "d000000000000000")).ok());
  }
  ExpectEncodingError("12 d000000000000001", 0x12, "MAX_STREAMS above 2^60");
  ExpectEncodingError("13 ffffffffffffffff", 0x13, "MAX_STREAMS above 2^60");
  ExpectEncodingError("16 d000000000000001", 0x16, "STREAMS_BLOCKED above 2^60");
  ExpectEncodingError("17 d000000000000001", 0x17, "STREAMS_BLOCKED above 2^60");
}

// RFC 9000 §19.6, §19.8: nothing beyond offset 2^62 - 1.
TEST(FrameCodec, LimitsOffsets) {
  EXPECT_TRUE(Read(FromHex("0e 01 fffffffffffffffe 01 78")).ok());
  EXPECT_TRUE(Read(FromHex("0e 01 ffffffffffffffff 00")).ok());
  ExpectEncodingError("0e 01 ffffffffffffffff 01 78", 0x0e, "STREAM data beyond offset 2^62-1");
  ExpectEncodingError("0c 01 ffffffffffffffff 78", 0x0c, "STREAM data beyond offset 2^62-1");
  EXPECT_TRUE(Read(FromHex("06 fffffffffffffffe 01 78")).ok());
  ExpectEncodingError("06 ffffffffffffffff 01 78", 0x06, "CRYPTO data beyond offset 2^62-1");
}

// RFC 9000 §19.7.
TEST(FrameCodec, RefusesAnEmptyToken) {
  ExpectEncodingError("07 00", 0x07, "NEW_TOKEN with an empty token");
}

// RFC 9000 §19.15.
TEST(FrameCodec, ChecksNewConnectionIds) {
  const auto frame = [](std::string_view fields, std::size_t length) {
    ByteVector bytes = FromHex(fields);
    bytes.push_back(static_cast<std::uint8_t>(length));
    bytes.resize(bytes.size() + length + 16, 0xcc);
    return bytes;
  };
  for (const std::size_t length : {1u, 20u}) {
    const auto bytes = frame("18 05 05", length);
    const auto read = Read(bytes);
    ASSERT_TRUE(read.ok()) << length;
    EXPECT_EQ(std::get<NewConnectionIdFrame>(*read).connection_id.length(), length);
  }
  const auto reason = [&](std::string_view fields, std::size_t length) {
    const auto bytes = frame(fields, length);
    const auto read = Read(bytes);
    EXPECT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, TransportErrorCode::kFrameEncodingError);
    return std::string(read.error().reason);
  };
  EXPECT_EQ(reason("18 05 05", 0), "NEW_CONNECTION_ID with an empty connection ID");
  EXPECT_EQ(reason("18 05 05", 21), "connection ID longer than 20 bytes");
  EXPECT_EQ(reason("18 05 05", 255), "connection ID longer than 20 bytes");
  EXPECT_EQ(reason("18 05 06", 8), "Retire Prior To above its own Sequence Number");
}

TEST(FrameCodec, RefusesLengthsThatOverflow) {
  for (const char* hex :
       {"06 00 ffffffffffffffff 78", "07 ffffffffffffffff 78", "0a 01 ffffffffffffffff 78",
        "1c 00 00 ffffffffffffffff 78", "31 ffffffffffffffff 78"}) {
    const auto frame = Read(FromHex(hex));
    ASSERT_FALSE(frame.ok()) << hex;
    EXPECT_EQ(frame.error().code, TransportErrorCode::kFrameEncodingError);
  }
}

// RFC 9221 §4: empty datagrams are allowed.
TEST(FrameCodec, AcceptsEmptyData) {
  for (const char* hex : {"30", "31 00", "08 00", "0a 00 00", "06 00 00", "1c 00 00 00"}) {
    EXPECT_TRUE(Read(FromHex(hex)).ok()) << hex;
  }
}

// ---- STREAM and CRYPTO in pieces ----

TEST(FrameCodec, StartsStreamFramesAsWriteFrameWritesThem) {
  for (const Sample& sample : Samples()) {
    const auto* frame = std::get_if<StreamFrame>(&sample.frame);
    if (frame == nullptr) continue;
    const StreamFrameHeader header{.stream_id = frame->stream_id,
                                   .offset = frame->offset,
                                   .length = frame->data.size(),
                                   .fin = frame->fin,
                                   .has_length = frame->has_length};
    ASSERT_EQ(StreamFrameOverhead(header) + header.length, sample.wire.size());
    ByteVector buffer(sample.wire.size());
    Writer writer(buffer);
    std::span<std::uint8_t> data;
    ASSERT_TRUE(StartStreamFrame(writer, header, data));
    ASSERT_EQ(data.size(), frame->data.size());
    std::ranges::copy(frame->data, data.begin());
    EXPECT_EQ(ToHex(buffer), ToHex(sample.wire));

    Writer short_writer{std::span(buffer).first(buffer.size() - 1)};
    EXPECT_FALSE(StartStreamFrame(short_writer, header, data));
    EXPECT_EQ(short_writer.position(), 0u);
  }
}

TEST(FrameCodec, StartsCryptoFramesAsWriteFrameWritesThem) {
  const auto wire = Written(CryptoFrame{ByteCount(1000), kHello});
  ASSERT_EQ(CryptoFrameOverhead(ByteCount(1000), 5) + 5, wire.size());
  ByteVector buffer(wire.size());
  Writer writer(buffer);
  std::span<std::uint8_t> data;
  ASSERT_TRUE(StartCryptoFrame(writer, ByteCount(1000), 5, data));
  std::ranges::copy(kHello, data.begin());
  EXPECT_EQ(ToHex(buffer), ToHex(wire));

  Writer short_writer{std::span(buffer).first(buffer.size() - 1)};
  EXPECT_FALSE(StartCryptoFrame(short_writer, ByteCount(1000), 5, data));
  EXPECT_EQ(short_writer.position(), 0u);
}

TEST(FrameCodec, DataRoomIsExact) {
  for (std::size_t room = 0; room < 300; ++room) {
    for (const std::uint64_t offset : {0u, 5u, 20000u}) {
      for (const bool has_length : {true, false}) {
        StreamFrameHeader header{
            .stream_id = StreamId(100), .offset = ByteCount(offset), .has_length = has_length};
        header.length = StreamFrameDataRoom(header, room);
        if (header.length > 0) {
          ASSERT_LE(StreamFrameOverhead(header) + header.length, room);
        }
        ++header.length;
        ASSERT_GT(StreamFrameOverhead(header) + header.length, room);
      }
      const std::size_t length = CryptoFrameDataRoom(ByteCount(offset), room);
      if (length > 0) {
        ASSERT_LE(CryptoFrameOverhead(ByteCount(offset), length) + length, room);
      }
      ASSERT_GT(CryptoFrameOverhead(ByteCount(offset), length + 1) + length + 1, room);
    }
  }
}

// ---- Random frames ----

// A visitor that fills every field with legal random values.
class FieldRandomizer {
 public:
  FieldRandomizer(std::mt19937_64& random, std::uint64_t type) : random_(random), type_(type) {}
  std::uint64_t type() const { return type_; }

  template <typename T>
  void Varint(const char*, T& field) {
    field =
        T(random_() >> (4 + random_() % 60));  // leaves room for data below 2^62 and 2^60 streams
  }
  template <std::size_t kSize>
  void Array(const char*, std::array<std::uint8_t, kSize>& field) {
    for (std::uint8_t& byte : field) byte = static_cast<std::uint8_t>(random_());
  }
  void Cid(const char*, ConnectionId& field) {
    field = ConnectionId(std::span(kData).first(1 + random_() % 20));
  }
  void Bytes(const char*, std::span<const std::uint8_t>& field) {
    field = std::span(kData).first(1 + random_() % (sizeof(kData) - 1));
  }
  void Rest(const char* name, std::span<const std::uint8_t>& field) { Bytes(name, field); }
  void Text(const char* name, std::string_view& field) {
    std::span<const std::uint8_t> bytes;
    Bytes(name, bytes);
    field = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void PaddingRun(const char*, std::size_t& count) { count = 1 + random_() % 1500; }
  void Ranges(const char*, PacketNumber, AckRanges&) {}  // ack_frame_test.cc

 private:
  static constexpr std::uint8_t kData[300] = {1, 2, 3};
  std::mt19937_64& random_;
  std::uint64_t type_;
};

template <typename F>
void RoundTrip(std::mt19937_64& random, std::uint64_t type) {
  F frame;
  if constexpr (requires { frame.SetType(type); }) frame.SetType(type);
  FieldRandomizer fields(random, type);
  F::Fields(fields, frame);
  if constexpr (std::is_same_v<F, NewConnectionIdFrame>) {
    frame.retire_prior_to = std::min(frame.retire_prior_to, frame.sequence_number);
  }
  const auto bytes = Written(frame);
  Reader reader(bytes);
  const auto read = ReadFrame(reader);
  ASSERT_TRUE(read.ok()) << read.error().reason;
  ASSERT_TRUE(reader.empty());
  ASSERT_TRUE(std::holds_alternative<F>(*read));
  ASSERT_EQ(ToHex(Written(*read)), ToHex(bytes));
}

template <std::size_t... kIndex>
void RoundTripType(std::mt19937_64& random, std::uint64_t type, std::index_sequence<kIndex...>) {
  const auto attempt = [&]<typename F>(F*) {
    if constexpr (std::is_same_v<F, AckFrame>) {
      return;
    } else if constexpr (requires { F::kType; }) {
      if (type == F::kType) RoundTrip<F>(random, type);
    } else {
      if (F::kFirstType <= type && type <= F::kLastType) RoundTrip<F>(random, type);
    }
  };
  (attempt(static_cast<std::variant_alternative_t<kIndex, Frame>*>(nullptr)), ...);
}

TEST(FrameCodec, SurvivesRandomRoundTripsOfEveryRow) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const FrameRow& row : kFrameTable) {
    for (std::uint64_t type = row.first; type <= row.last; ++type) {
      for (int i = 0; i < 200; ++i) {
        RoundTripType(random, type, std::make_index_sequence<std::variant_size_v<Frame>>());
        ASSERT_FALSE(HasFatalFailure()) << row.name;
      }
    }
  }
}

}  // namespace
}  // namespace quiesce::quic
