#include "crypto/packet_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "crypto/hex_for_test.h"
#include "crypto/hkdf.h"
#include "crypto/protection_vectors_for_test.h"

namespace quiesce::crypto {
namespace {

const CipherSuite& kChaCha20 = *FindCipherSuite(0x1303);

// The header bytes that a mask covers: RFC 9001 §5.4.1.
void ApplyMask(const HeaderMask& mask, std::span<std::uint8_t> packet, std::size_t header_size,
               std::size_t number_size) {
  packet[0] ^= mask[0] & ((packet[0] & 0x80) != 0 ? 0x0f : 0x1f);
  for (std::size_t i = 0; i < number_size; ++i)
    packet[header_size - number_size + i] ^= mask[1 + i];
}

// Where the sample begins: 4 bytes after the start of the packet number. RFC 9001 §5.4.2.
std::span<const std::uint8_t, 16> SampleOf(std::span<const std::uint8_t> packet,
                                           std::size_t number_offset) {
  return packet.subspan(number_offset + 4).first<16>();
}

std::size_t NumberSize(std::uint8_t unprotected_first_byte) {
  return (unprotected_first_byte & 0x03) + 1u;
}

std::vector<std::uint8_t> PayloadOf(const PacketVector& v) {
  auto payload = FromHex(v.payload);
  payload.resize(v.payload_size);
  return payload;
}

std::vector<std::uint8_t> Protect(const PacketKeys& keys, const PacketVector& v) {
  auto packet = FromHex(v.header);
  const std::size_t header_size = packet.size(), number_size = NumberSize(packet[0]);
  const auto payload = PayloadOf(v);
  packet.insert(packet.end(), payload.begin(), payload.end());
  packet.resize(packet.size() + kAeadTagLength);
  EXPECT_TRUE(keys.Seal(v.packet_number, std::span(packet).first(header_size),
                        std::span(packet).subspan(header_size)));
  ApplyMask(keys.Mask(SampleOf(packet, header_size - number_size)), packet, header_size,
            number_size);
  return packet;
}

// The payload of a sample packet, after its header has been compared.
std::vector<std::uint8_t> Unprotect(const PacketKeys& keys, const PacketVector& v) {
  auto packet = FromHex(v.packet);
  const auto header = FromHex(v.header);
  const std::size_t number_offset = header.size() - NumberSize(header[0]);
  const HeaderMask mask = keys.Mask(SampleOf(packet, number_offset));
  EXPECT_EQ(ToHex(mask), v.mask);
  ApplyMask(mask, packet, header.size(), NumberSize(header[0]));
  EXPECT_EQ(ToHex(std::span(packet).first(header.size())), v.header);
  const auto body = std::span(packet).subspan(header.size());
  const auto size = keys.Open(v.packet_number, std::span(packet).first(header.size()), body);
  EXPECT_TRUE(size.has_value());
  const auto plaintext = body.first(size.value_or(0));
  return {plaintext.begin(), plaintext.end()};
}

class PacketKeysOfVersion : public testing::TestWithParam<ProtectionVectors> {
 protected:
  PacketKeys Keys(const CipherSuite& suite, std::string_view secret) {
    return PacketKeys::Derive(suite, FromHex(secret), *GetParam().labels);
  }
};

// RFC 9001 §5.1, RFC 9369 §3.3.2: the labels of the version's row.
TEST_P(PacketKeysOfVersion, LabelsYieldTheSampleKeys) {
  const ProtectionLabels& labels = *GetParam().labels;
  const auto expand = [](const KeyVector& keys, std::string_view label, std::size_t size) {
    std::vector<std::uint8_t> out(size);
    HkdfExpandLabel(InitialCipherSuite().hash(), FromHex(keys.secret), label, out);
    return ToHex(out);
  };
  for (const KeyVector& keys : {GetParam().client, GetParam().server, GetParam().chacha20}) {
    EXPECT_EQ(expand(keys, labels.key, keys.key.size() / 2), keys.key);
    EXPECT_EQ(expand(keys, labels.iv, kAeadNonceLength), keys.iv);
    EXPECT_EQ(expand(keys, labels.hp, keys.hp.size() / 2), keys.hp);
  }
  EXPECT_EQ(expand(GetParam().chacha20, labels.key_update, 32), GetParam().chacha20_next_secret);
}

// RFC 9001 Appendix A.2, A.3, A.5; RFC 9369 Appendix A.2, A.3, A.5
TEST_P(PacketKeysOfVersion, ProtectsTheSamplePackets) {
  const ProtectionVectors& v = GetParam();
  EXPECT_EQ(ToHex(Protect(Keys(InitialCipherSuite(), v.client.secret), v.client_initial)),
            v.client_initial.packet);
  EXPECT_EQ(ToHex(Protect(Keys(InitialCipherSuite(), v.server.secret), v.server_initial)),
            v.server_initial.packet);
  EXPECT_EQ(ToHex(Protect(Keys(kChaCha20, v.chacha20.secret), v.chacha20_short)),
            v.chacha20_short.packet);
}

TEST_P(PacketKeysOfVersion, UnprotectsTheSamplePackets) {
  const ProtectionVectors& v = GetParam();
  EXPECT_EQ(Unprotect(Keys(InitialCipherSuite(), v.client.secret), v.client_initial),
            PayloadOf(v.client_initial));
  EXPECT_EQ(Unprotect(Keys(InitialCipherSuite(), v.server.secret), v.server_initial),
            PayloadOf(v.server_initial));
  EXPECT_EQ(Unprotect(Keys(kChaCha20, v.chacha20.secret), v.chacha20_short),
            PayloadOf(v.chacha20_short));
}

// RFC 9001 §6.1: the next phase has the key and IV of the next secret, and the header key of the
// first.
TEST_P(PacketKeysOfVersion, NextPhaseChangesKeyAndIvOnly) {
  const ProtectionVectors& v = GetParam();
  const PacketKeys first = Keys(kChaCha20, v.chacha20.secret);
  const PacketKeys second = first.NextPhase();
  const PacketKeys expected = Keys(kChaCha20, v.chacha20_next_secret);

  const auto header = FromHex(v.chacha20_short.header);
  std::vector<std::uint8_t> sealed(30), same(30);
  ASSERT_TRUE(second.Seal(5, header, sealed));
  ASSERT_TRUE(expected.Seal(5, header, same));
  EXPECT_EQ(ToHex(sealed), ToHex(same));
  EXPECT_EQ(first.Open(5, header, same), std::nullopt);

  const auto sample = FromHex(v.chacha20_short.sample);
  const std::span<const std::uint8_t, 16> view(sample);
  EXPECT_EQ(second.Mask(view), first.Mask(view));
  EXPECT_NE(second.Mask(view), expected.Mask(view));
}

INSTANTIATE_TEST_SUITE_P(Versions, PacketKeysOfVersion, testing::ValuesIn(kProtectionVectors),
                         [](const auto& info) { return std::string(info.param.name); });

// RFC 9001 §9.6: versions do not share keys.
TEST(PacketKeys, VersionsDoNotReadEachOther) {
  const std::vector<std::uint8_t> secret(32, 1);
  const PacketKeys v1 = PacketKeys::Derive(InitialCipherSuite(), secret, kProtectionV1);
  const PacketKeys v2 = PacketKeys::Derive(InitialCipherSuite(), secret, kProtectionV2);
  std::vector<std::uint8_t> bytes(40);
  ASSERT_TRUE(v1.Seal(1, {}, bytes));
  EXPECT_EQ(v2.Open(1, {}, bytes), std::nullopt);
}

TEST(PacketKeys, EverySuiteGoesThroughKeyUpdates) {
  for (const CipherSuite& suite : CipherSuites()) {
    SCOPED_TRACE(suite.name);
    const std::vector<std::uint8_t> secret(suite.hash_length, 9);
    PacketKeys sender = PacketKeys::Derive(suite, secret, kProtectionV1);
    PacketKeys receiver = PacketKeys::Derive(suite, secret, kProtectionV1);
    for (std::uint64_t phase = 0; phase < 4; ++phase) {
      std::vector<std::uint8_t> bytes(40, 0x55);
      ASSERT_TRUE(sender.Seal(phase, {}, bytes));
      ASSERT_EQ(receiver.Open(phase, {}, bytes), 24u);
      EXPECT_TRUE(std::ranges::all_of(std::span(bytes).first(24),
                                      [](std::uint8_t byte) { return byte == 0x55; }));
      sender = sender.NextPhase();
      receiver = receiver.NextPhase();
    }
  }
}

TEST(PacketKeysDeathTest, RefusesASecretOfAnotherHash) {
  const std::vector<std::uint8_t> secret(32);
  EXPECT_DEATH(PacketKeys::Derive(*FindCipherSuite(0x1302), secret, kProtectionV1),
               "traffic secret of wrong length");
}

}  // namespace
}  // namespace quiesce::crypto
