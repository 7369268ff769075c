#include "quic/connection/version_answer.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "quic/wire/cursor.h"

namespace quiesce::quic {
namespace {

constexpr auto kUnknown = static_cast<Version>(0x1badcafe);

ConnectionId Id(std::uint8_t n) {
  const std::array<std::uint8_t, 8> bytes{n, 2, 3, 4, 5, 6, 7, 8};
  return ConnectionId(bytes);
}

// What a client of version 1, whose first packet went from ID 2 to ID 1, makes of a Version
// Negotiation packet that lists these versions.
bool Ends(const std::vector<Version>& versions, const ConnectionId& destination = Id(2),
          const ConnectionId& source = Id(1)) {
  std::vector<std::uint8_t> packet(200);
  Writer writer(packet);
  EXPECT_TRUE(WriteVersionNegotiation(writer, {.destination_cid = destination.bytes(),
                                               .source_cid = source.bytes(),
                                               .supported_versions = versions}));
  packet.resize(writer.position());
  PacketHeader header;
  EXPECT_EQ(ParseHeader(packet, {}, header), HeaderFault::kNone);
  return EndsConnectionAttempt(header, Version::kV1, Id(1), Id(2));
}

// RFC 9000 §6.2.
TEST(VersionAnswer, EndsTheAttemptWhenOurVersionIsNotListed) {
  EXPECT_TRUE(Ends({kUnknown}));
  EXPECT_TRUE(Ends({Version::kV2, kUnknown}));
}

// RFC 9000 §6.2: MUST discard one that lists the version selected by the client.
TEST(VersionAnswer, IsDiscardedWhenItListsOurVersion) {
  EXPECT_FALSE(Ends({kUnknown, Version::kV1}));
}

// RFC 9000 §17.2.1.
TEST(VersionAnswer, IsDiscardedFromWhoHasNotSeenOurPacket) {
  EXPECT_FALSE(Ends({kUnknown}, Id(3), Id(1)));
  EXPECT_FALSE(Ends({kUnknown}, Id(2), Id(3)));
  EXPECT_FALSE(Ends({kUnknown}, Id(1), Id(2)));
}

}  // namespace
}  // namespace quiesce::quic
