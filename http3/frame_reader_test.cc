#include "http3/frame_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "http3/integer_reader.h"

namespace quiesce::http3 {
namespace {

using Bytes = std::vector<std::uint8_t>;
using quic::Perspective;

constexpr FrameReaderConfig kControl{.stream = StreamKind::kControl};
constexpr FrameReaderConfig kRequest{.stream = StreamKind::kRequest};

void AppendFrame(std::uint64_t type, const Bytes& payload, Bytes& out) {
  AppendInteger(type, out);
  AppendInteger(payload.size(), out);
  out.insert(out.end(), payload.begin(), payload.end());
}

Bytes Frames(std::initializer_list<std::pair<std::uint64_t, Bytes>> frames) {
  Bytes out;
  for (const auto& [type, payload] : frames) AppendFrame(type, payload, out);
  return out;
}

// What a reader says about bytes, in words. DATA is joined, so that its cuts do not matter.
class Transcript {
 public:
  explicit Transcript(const FrameReaderConfig& config) : reader_(config) {}

  // Returns false after an error.
  bool Feed(std::span<const std::uint8_t> bytes) {
    for (;;) {
      Result<FrameItem> item = reader_.Next(bytes);
      if (!item) return Fail(item.error());
      if (std::holds_alternative<NeedMore>(*item)) {
        EXPECT_TRUE(bytes.empty());
        return true;
      }
      Note(*item);
    }
  }

  void End() {
    const Result<void> end = reader_.HandleEnd();
    if (!end) Fail(end.error());
  }

  const std::string& text() const { return text_; }
  const FrameReader& reader() const { return reader_; }

 private:
  bool Fail(const Error& error) {
    text_ += std::string(ToString(error.code)) +
             (error.scope == ErrorScope::kStream ? " on the stream" : "");
    return false;
  }

  void Note(const FrameItem& item) {
    if (const auto* header = std::get_if<FrameHeader>(&item)) {
      text_ += std::string(ToString(header->type)) + "(" + std::to_string(header->length) + ") ";
    } else if (const auto* data = std::get_if<DataPayload>(&item)) {
      EXPECT_FALSE(data->bytes.empty());
      text_ += std::string(data->bytes.begin(), data->bytes.end());
    } else {
      const auto& payload = std::get<FramePayload>(item);
      text_ += "[" + std::string(payload.bytes.begin(), payload.bytes.end()) + "] ";
    }
  }

  FrameReader reader_;
  std::string text_;
};

std::string ReadInSteps(const FrameReaderConfig& config, std::span<const std::uint8_t> bytes,
                        std::size_t step) {
  Transcript transcript(config);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!transcript.Feed(bytes.subspan(at, std::min(step, bytes.size() - at)))) {
      return transcript.text();
    }
  }
  transcript.End();
  return transcript.text();
}

std::string Read(const FrameReaderConfig& config, std::span<const std::uint8_t> bytes) {
  const std::string text = ReadInSteps(config, bytes, bytes.size() + 1);
  EXPECT_EQ(ReadInSteps(config, bytes, 1), text) << "byte by byte";
  return text;
}

TEST(FrameReader, ReadsARequestHoweverItsBytesArrive) {
  const Bytes bytes = Frames({{0x01, {'h', 'e', 'a', 'd'}},
                              {0x00, {'b', 'o'}},
                              {0x21, Bytes(1000, 0)},
                              {0x00, {}},
                              {0x00, {'d', 'y'}},
                              {0x01, {'t'}}});
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    ASSERT_EQ(ReadInSteps(kRequest, bytes, step),
              "HEADERS(4) [head] DATA(2) boDATA(0) DATA(2) dyHEADERS(1) [t] ");
  }
}

TEST(FrameReader, GivesOutPayloadsWhereTheyLie) {
  const Bytes bytes = Frames({{0x01, {'h'}}, {0x00, {'d'}}});
  FrameReader reader(kRequest);
  std::span<const std::uint8_t> rest = bytes;
  ASSERT_TRUE(std::holds_alternative<FrameHeader>(*reader.Next(rest)));
  EXPECT_EQ(std::get<FramePayload>(*reader.Next(rest)).bytes.data(), &bytes[2]);
  ASSERT_TRUE(std::holds_alternative<FrameHeader>(*reader.Next(rest)));
  EXPECT_EQ(std::get<DataPayload>(*reader.Next(rest)).bytes.data(), &bytes[5]);
  EXPECT_EQ(reader.buffered_bytes(), 0u);
}

TEST(FrameReader, ReportsHeadersBeforeTheirPayload) {
  Transcript transcript(kRequest);
  EXPECT_TRUE(transcript.Feed(Bytes{0x00, 0x44, 0x00}));
  EXPECT_EQ(transcript.text(), "DATA(1024) ");
}

TEST(FrameReader, ReadsAControlStream) {
  EXPECT_EQ(Read(kControl, Frames({{0x04, {}}, {0x07, {'a'}}, {0x0d, {'b'}}, {0x03, {'c'}}})),
            "SETTINGS(0) [] GOAWAY(1) [a] MAX_PUSH_ID(1) [b] CANCEL_PUSH(1) [c] ");
}

// H3-01, H3S-H06, RFC 9114 §6.2.1.
TEST(FrameReader, ControlStreamStartsWithSettings) {
  for (const std::uint64_t type : {0x00, 0x01, 0x02, 0x03, 0x05, 0x07, 0x0d, 0x21, 0x0f0700}) {
    EXPECT_EQ(Read(kControl, Frames({{type, {0x00}}})), "H3_MISSING_SETTINGS") << type;
  }
}

// H3-16, H3S-H09, RFC 9114 §7.2.4.
TEST(FrameReader, RefusesASecondSettings) {
  EXPECT_EQ(Read(kControl, Frames({{0x04, {}}, {0x04, {}}})), "SETTINGS(0) [] H3_FRAME_UNEXPECTED");
  EXPECT_EQ(Read(kRequest, Frames({{0x04, {}}})), "H3_FRAME_UNEXPECTED");
}

// H3-13, H3-15: the table itself is tested with frames.
TEST(FrameReader, RefusesFramesThatMayNotStandHere) {
  for (const std::uint64_t type : {0x00, 0x01, 0x02, 0x05, 0x06, 0x08, 0x09}) {
    EXPECT_EQ(Read(kControl, Frames({{0x04, {}}, {type, {0x00}}})),
              "SETTINGS(0) [] H3_FRAME_UNEXPECTED");
  }
  for (const std::uint64_t type : {0x02, 0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0d}) {
    EXPECT_EQ(Read(kRequest, Frames({{type, {0x00}}})), "H3_FRAME_UNEXPECTED");
  }
  const FrameReaderConfig from_server{.stream = StreamKind::kRequest,
                                      .sender = Perspective::kServer};
  EXPECT_EQ(Read(from_server, Frames({{0x05, {'p'}}})), "PUSH_PROMISE(1) [p] ");
}

// H3-09, RFC 9114 §7.1: refused at the header.
TEST(FrameReader, RefusesLengthsThatCannotHoldTheirInteger) {
  for (const std::uint64_t type : {0x03, 0x07, 0x0d}) {
    Bytes bytes = Frames({{0x04, {}}});
    AppendInteger(type, bytes);
    Bytes empty = bytes, longer = bytes;
    AppendInteger(0, empty);
    AppendInteger(9, longer);
    EXPECT_EQ(Read(kControl, empty), "SETTINGS(0) [] H3_FRAME_ERROR");
    EXPECT_EQ(Read(kControl, longer), "SETTINGS(0) [] H3_FRAME_ERROR");
  }
}

// H3-10, RFC 9114 §7.1: an end inside a frame, at every byte.
TEST(FrameReader, RefusesAnEndInsideAFrame) {
  const Bytes bytes = Frames({{0x01, {'h', 'e'}}, {0x21, {0x00, 0x00}}, {0x00, {'d', 'a'}}});
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Transcript transcript(kRequest);
    ASSERT_TRUE(transcript.Feed(std::span(bytes).first(cut)));
    const bool boundary = cut == 0 || cut == 4 || cut == 8 || cut == bytes.size();
    EXPECT_EQ(transcript.reader().HandleEnd().ok(), boundary) << cut;
    EXPECT_EQ(transcript.reader().at_frame_boundary(), boundary) << cut;
  }
  EXPECT_EQ(Read(kRequest, Bytes{0x40}), "H3_FRAME_ERROR");
}

// H3-12, RFC 9114 §9: nothing of it is stored, whatever length it claims.
TEST(FrameReader, PassesUnknownFramesWithoutStoringThem) {
  Bytes bytes;
  AppendInteger(0x21, bytes);
  AppendInteger((std::uint64_t{1} << 62) - 1, bytes);
  Transcript transcript(kRequest);
  ASSERT_TRUE(transcript.Feed(bytes));
  const Bytes junk(100'000, 0x01);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(transcript.Feed(junk));
  EXPECT_EQ(transcript.text(), "");
  EXPECT_EQ(transcript.reader().buffered_bytes(), 0u);
  EXPECT_EQ(Read(kRequest, Frames({{0x21, {}}, {0x40, {'x'}}, {0x01, {'h'}}, {0x21, {}}})),
            "HEADERS(1) [h] ");
}

// DATA of any length is passed on, never stored.
TEST(FrameReader, StreamsData) {
  Bytes bytes;
  AppendInteger(0x00, bytes);
  AppendInteger((std::uint64_t{1} << 62) - 1, bytes);
  Transcript transcript(kRequest);
  ASSERT_TRUE(transcript.Feed(bytes));
  ASSERT_TRUE(transcript.Feed(Bytes(1000, 'd')));
  EXPECT_EQ(transcript.text(), "DATA(4611686018427387903) " + std::string(1000, 'd'));
  EXPECT_EQ(transcript.reader().buffered_bytes(), 0u);
}

// RFC 9114 §10.5.1: to the byte; the connection goes on.
TEST(FrameReader, RefusesSectionsAboveTheLimit) {
  FrameReaderConfig config = kRequest;
  config.max_section_bytes = 4;
  EXPECT_EQ(Read(config, Frames({{0x01, {'4', '4', '4', '4'}}})), "HEADERS(4) [4444] ");
  EXPECT_EQ(Read(config, Frames({{0x01, {'5', '5', '5', '5', '5'}}})),
            "H3_EXCESSIVE_LOAD on the stream");
}

// H3-19.
TEST(FrameReader, RefusesSettingsAboveTheLimit) {
  FrameReaderConfig config = kControl;
  config.max_settings_bytes = 4;
  EXPECT_EQ(Read(config, Frames({{0x04, {'4', '4', '4', '4'}}})), "SETTINGS(4) [4444] ");
  EXPECT_EQ(Read(config, Frames({{0x04, {'5', '5', '5', '5', '5'}}})), "H3_EXCESSIVE_LOAD");
}

TEST(FrameReader, StoresNoMoreThanHasArrived) {
  Bytes bytes;
  AppendInteger(0x01, bytes);
  AppendInteger(60'000, bytes);
  bytes.push_back('h');
  Transcript transcript(kRequest);
  ASSERT_TRUE(transcript.Feed(bytes));
  EXPECT_EQ(transcript.reader().buffered_bytes(), 1u);
  ASSERT_TRUE(transcript.Feed(Bytes(59'999, 'h')));
  ASSERT_TRUE(transcript.Feed(Bytes{0x00}));
  EXPECT_EQ(transcript.reader().buffered_bytes(), 0u);  // given out, and gone
}

}  // namespace
}  // namespace quiesce::http3
