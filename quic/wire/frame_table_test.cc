#include "quic/wire/frame_table.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace quiesce::quic {
namespace {

// RFC 9000 §12.4, Table 3 as printed, with errata 7365 (RETIRE_CONNECTION_ID is ___1) and 8240
// (CONNECTION_CLOSE is NC) applied; "ih" is spelled out as one line per type. RFC 9221 §4, §5 adds
// the last line.
struct PrintedRow {
  std::uint64_t first, last;
  std::string_view name, packets, spec;
};
constexpr PrintedRow kPrinted[] = {
    {0x00, 0x00, "PADDING", "IH01", "NP"},
    {0x01, 0x01, "PING", "IH01", ""},
    {0x02, 0x03, "ACK", "IH_1", "NC"},
    {0x04, 0x04, "RESET_STREAM", "__01", ""},
    {0x05, 0x05, "STOP_SENDING", "__01", ""},
    {0x06, 0x06, "CRYPTO", "IH_1", ""},
    {0x07, 0x07, "NEW_TOKEN", "___1", ""},
    {0x08, 0x0f, "STREAM", "__01", "F"},
    {0x10, 0x10, "MAX_DATA", "__01", ""},
    {0x11, 0x11, "MAX_STREAM_DATA", "__01", ""},
    {0x12, 0x13, "MAX_STREAMS", "__01", ""},
    {0x14, 0x14, "DATA_BLOCKED", "__01", ""},
    {0x15, 0x15, "STREAM_DATA_BLOCKED", "__01", ""},
    {0x16, 0x17, "STREAMS_BLOCKED", "__01", ""},
    {0x18, 0x18, "NEW_CONNECTION_ID", "__01", "P"},
    {0x19, 0x19, "RETIRE_CONNECTION_ID", "___1", ""},
    {0x1a, 0x1a, "PATH_CHALLENGE", "__01", "P"},
    {0x1b, 0x1b, "PATH_RESPONSE", "___1", "P"},
    {0x1c, 0x1c, "CONNECTION_CLOSE", "IH01", "NC"},
    {0x1d, 0x1d, "CONNECTION_CLOSE", "__01", "NC"},
    {0x1e, 0x1e, "HANDSHAKE_DONE", "___1", ""},
    {0x30, 0x31, "DATAGRAM", "__01", ""},
};

bool Has(std::string_view text, char c) { return text.find(c) != text.npos; }

// TR-500: RFC 9000 §12.4: what the conductor asks of the table is what the RFC has printed.
TEST(FrameTable, AgreesWithTable3) {
  ASSERT_EQ(std::size(kFrameTable), std::size(kPrinted));
  for (std::size_t i = 0; i < std::size(kPrinted); ++i) {
    const FrameRow& row = kFrameTable[i];
    const PrintedRow& printed = kPrinted[i];
    SCOPED_TRACE(printed.name);
    std::string name(row.name);
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    EXPECT_EQ(name, printed.name);
    EXPECT_EQ(row.first, printed.first);
    EXPECT_EQ(row.last, printed.last);
    EXPECT_EQ(row.AllowedIn(PacketType::kInitial), Has(printed.packets, 'I'));
    EXPECT_EQ(row.AllowedIn(PacketType::kHandshake), Has(printed.packets, 'H'));
    EXPECT_EQ(row.AllowedIn(PacketType::kZeroRtt), Has(printed.packets, '0'));
    EXPECT_EQ(row.AllowedIn(PacketType::kOneRtt), Has(printed.packets, '1'));
    EXPECT_EQ(row.ack_eliciting, !Has(printed.spec, 'N'));
    EXPECT_EQ(row.in_flight, !Has(printed.spec, 'C'));
    EXPECT_EQ(row.probing, Has(printed.spec, 'P'));
  }
}

TEST(FrameTable, AllowsNoFrameInPacketsThatCarryNone) {
  for (const FrameRow& row : kFrameTable) {
    EXPECT_FALSE(row.AllowedIn(PacketType::kRetry)) << row.name;
    EXPECT_FALSE(row.AllowedIn(PacketType::kVersionNegotiation)) << row.name;
  }
}

// TR-500: RFC 9000 §19.7, §19.20.
TEST(FrameTable, OnlyServersSendNewTokenAndHandshakeDone) {
  for (const FrameRow& row : kFrameTable) {
    EXPECT_TRUE(row.AllowedFrom(Perspective::kServer)) << row.name;
    EXPECT_EQ(row.AllowedFrom(Perspective::kClient),
              row.name != "new_token" && row.name != "handshake_done")
        << row.name;
  }
}

TEST(FrameTable, FindsARowForEachTypeAndNothingElse) {
  for (std::uint64_t type = 0; type < 0x100; ++type) {
    const auto* expected = std::ranges::find_if(
        kPrinted, [type](const PrintedRow& row) { return row.first <= type && type <= row.last; });
    const FrameRow* row = FindFrameRow(type);
    ASSERT_EQ(row != nullptr, expected != std::end(kPrinted)) << type;
    if (row != nullptr) {
      EXPECT_EQ(row->first, expected->first);
    }
  }
  EXPECT_EQ(FindFrameRow(kMaxVarint), nullptr);
}

}  // namespace
}  // namespace quiesce::quic
