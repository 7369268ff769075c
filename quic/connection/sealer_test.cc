#include "quic/connection/sealer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "crypto/hex_for_test.h"
#include "crypto/initial_secrets.h"
#include "crypto/protection_vectors_for_test.h"

namespace quiesce::quic {
namespace {

using crypto::FromHex;
using crypto::kProtectionVectors;

using Bytes = std::vector<std::uint8_t>;

// The packet of a sample, made of its unprotected header and its frames, behind `in_front` other
// bytes of the datagram.
Bytes Seal(crypto::PacketKeys& keys, const crypto::PacketVector& v, std::size_t in_front = 0) {
  const Bytes header = FromHex(v.header);
  Bytes payload = FromHex(v.payload);
  payload.resize(v.payload_size);
  Bytes datagram(in_front);
  datagram.insert(datagram.end(), header.begin(), header.end());
  datagram.insert(datagram.end(), payload.begin(), payload.end());
  const std::size_t payload_end = datagram.size();
  datagram.resize(payload_end + kAeadTagSize + 7);  // room behind is not touched

  const std::size_t number_length = PacketNumberLength(header[0]);
  const std::size_t payload_offset = in_front + header.size();
  HeaderLayout layout{.start = in_front,
                      .packet_number_offset = payload_offset - number_length,
                      .payload_offset = payload_offset};
  if (IsLongHeader(header[0])) {
    layout.length_offset = layout.packet_number_offset - 2;
    datagram[layout.length_offset] = datagram[layout.length_offset + 1] = 0;
  }
  const std::size_t end =
      SealPacket(keys, datagram, layout, PacketNumber(v.packet_number), payload_end);
  EXPECT_EQ(end, payload_end + kAeadTagSize);
  EXPECT_TRUE(std::ranges::all_of(datagram.begin() + static_cast<std::ptrdiff_t>(end),
                                  datagram.end(), [](std::uint8_t byte) { return byte == 0; }));
  return Bytes(datagram.begin() + static_cast<std::ptrdiff_t>(in_front),
               datagram.begin() + static_cast<std::ptrdiff_t>(end));
}

// RFC 9001 §A.2, §A.3; RFC 9369 Appendix A. The Length field is filled in as well.
TEST(Sealer, MakesTheSampleInitials) {
  for (const auto& v : kProtectionVectors) {
    SCOPED_TRACE(v.name);
    crypto::InitialKeys keys = crypto::DeriveInitialKeys(*v.labels, FromHex(crypto::kSampleDcid));
    EXPECT_EQ(Seal(keys.client, v.client_initial), FromHex(v.client_initial.packet));
    EXPECT_EQ(Seal(keys.server, v.server_initial), FromHex(v.server_initial.packet));
    EXPECT_EQ(Seal(keys.server, v.server_initial, 100), FromHex(v.server_initial.packet));
  }
}

// RFC 9001 §A.5.
TEST(Sealer, MakesTheSampleShortPacket) {
  for (const auto& v : kProtectionVectors) {
    SCOPED_TRACE(v.name);
    crypto::PacketKeys keys = crypto::PacketKeys::Derive(*crypto::FindCipherSuite(0x1303),
                                                         FromHex(v.chacha20.secret), *v.labels);
    EXPECT_EQ(Seal(keys, v.chacha20_short), FromHex(v.chacha20_short.packet));
  }
}

// RFC 9001 §5.4.2: with the tag there are 20 bytes behind the start of the packet number.
TEST(Sealer, TheShortestPayloadLeavesASample) {
  for (std::size_t length = 1; length <= kMaxPacketNumberLength; ++length)
    EXPECT_EQ(length + MinimumPayload(length), kMaxPacketNumberLength);
}

}  // namespace
}  // namespace quiesce::quic
