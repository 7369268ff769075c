#include "quic/endpoint/version_negotiation.h"

#include <algorithm>
#include <array>

#include "quic/wire/cursor.h"
#include "quic/wire/version.h"

namespace quiesce::quic {

std::size_t AnswerUnsupportedVersion(const PacketHeader& header, std::size_t datagram_size,
                                     crypto::Random& random, std::span<std::uint8_t> out) {
  // RFC 9000 §5.2.2: smaller packets with unsupported versions MUST be dropped.
  if (datagram_size < kMinInitialDatagramSize) return 0;

  std::array<std::uint8_t, 5> chance;
  random.FillPublic(chance);
  // RFC 9000 §6.3: a reserved version keeps clients used to versions that they do not know.
  std::array<Version, kSupportedVersions.size() + 1> versions;
  std::ranges::copy(kSupportedVersions, versions.begin());
  versions.back() = MakeReservedVersion(Reader(chance).U32());

  Writer writer(out);
  // RFC 9000 §17.2.1: both connection IDs are echoed.
  const VersionNegotiationHeader answer{.destination_cid = header.source_cid,
                                        .source_cid = header.destination_cid,
                                        .supported_versions = versions,
                                        .unused_bits = chance.back()};
  return WriteVersionNegotiation(writer, answer) ? writer.position() : 0;
}

}  // namespace quiesce::quic
