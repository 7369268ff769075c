#include "quic/connection/opener.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "crypto/hex_for_test.h"
#include "crypto/initial_secrets.h"
#include "crypto/protection_vectors_for_test.h"

namespace quiesce::quic {
namespace {

using crypto::FromHex;
using crypto::kProtectionVectors;

using Bytes = std::vector<std::uint8_t>;

// Opens `packet`, the whole of which is one packet to an empty connection ID if it is a short one.
std::optional<OpenedPacket> Open(crypto::PacketKeys& keys, Bytes& packet,
                                 std::optional<PacketNumber> largest = std::nullopt) {
  PacketHeader header;
  if (ParseHeader(packet, {}, header) != HeaderFault::kNone) return std::nullopt;
  return OpenPacket(keys, header, packet, largest);
}

void ExpectSample(crypto::PacketKeys& keys, const crypto::PacketVector& v,
                  std::optional<PacketNumber> largest = std::nullopt) {
  Bytes packet = FromHex(v.packet);
  const auto opened = Open(keys, packet, largest);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->number, PacketNumber(v.packet_number));
  EXPECT_EQ(opened->first_byte, FromHex(v.header)[0]);
  EXPECT_EQ(ReservedBits(opened->first_byte), 0);
  Bytes payload = FromHex(v.payload);
  payload.resize(v.payload_size);
  EXPECT_TRUE(std::ranges::equal(opened->payload, payload));
}

// RFC 9001 §A.2, §A.3, §A.5; RFC 9369 Appendix A.
TEST(Opener, ReadsTheSamplePackets) {
  for (const auto& v : kProtectionVectors) {
    SCOPED_TRACE(v.name);
    crypto::InitialKeys keys = crypto::DeriveInitialKeys(*v.labels, FromHex(crypto::kSampleDcid));
    ExpectSample(keys.client, v.client_initial);
    ExpectSample(keys.server, v.server_initial);
    crypto::PacketKeys chacha20 = crypto::PacketKeys::Derive(*crypto::FindCipherSuite(0x1303),
                                                             FromHex(v.chacha20.secret), *v.labels);
    ExpectSample(chacha20, v.chacha20_short, PacketNumber(v.chacha20_short.packet_number - 1));
  }
}

TEST(Opener, RefusesAPacketInWhichAnyBitIsWrong) {
  const auto& v = kProtectionVectors[0];
  crypto::InitialKeys keys = crypto::DeriveInitialKeys(*v.labels, FromHex(crypto::kSampleDcid));
  const Bytes packet = FromHex(v.server_initial.packet);
  for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    Bytes damaged = packet;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(Open(keys.server, damaged)) << bit;
  }
}

// RFC 9001 §5.4.2: no sample, no packet.
TEST(Opener, RefusesWhatIsTooShortForASample) {
  const auto& v = kProtectionVectors[0];
  crypto::PacketKeys keys = crypto::PacketKeys::Derive(*crypto::FindCipherSuite(0x1303),
                                                       FromHex(v.chacha20.secret), *v.labels);
  const Bytes packet = FromHex(v.chacha20_short.packet);
  ASSERT_EQ(packet.size(), 21u);  // the shortest there is
  for (std::size_t size = 1; size < packet.size(); ++size) {
    Bytes cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(Open(keys, cut, PacketNumber(v.chacha20_short.packet_number - 1))) << size;
  }
}

// RFC 9000 §10.3.1: a packet that is not authentic may be a reset, whose token stands at its end.
TEST(Opener, LeavesTheLastBytesOfWhatItRefuses) {
  const auto& v = kProtectionVectors[0];
  crypto::PacketKeys keys = crypto::PacketKeys::Derive(*crypto::FindCipherSuite(0x1303),
                                                       FromHex(v.chacha20.secret), *v.labels);
  Bytes packet(60, 0x41);
  const Bytes token(16, 0x99);
  std::ranges::copy(token, packet.end() - 16);
  EXPECT_FALSE(Open(keys, packet));
  EXPECT_TRUE(std::equal(token.begin(), token.end(), packet.end() - 16));
}

}  // namespace
}  // namespace quiesce::quic
