#include "quic/endpoint/refusal.h"

#include <array>

#include "crypto/initial_secrets.h"
#include "quic/base/check.h"
#include "quic/base/error.h"
#include "quic/connection/sealer.h"
#include "quic/wire/frame_codec.h"
#include "quic/wire/version.h"

namespace quiesce::quic {

std::size_t WriteRefusal(const PacketHeader& header, crypto::Random& random,
                         std::span<std::uint8_t> out) {
  const VersionRow* version = FindVersion(header.version);
  QUIESCE_CHECK(version != nullptr && out.size() >= kMaxRefusalSize);
  crypto::InitialKeys keys = crypto::DeriveInitialKeys(version->protection, header.destination_cid);

  std::array<std::uint8_t, 8> source;
  random.FillPublic(source);
  Writer writer(out.first(kMaxRefusalSize - kAeadTagSize));
  HeaderLayout layout;
  const PacketNumber number(0);
  const bool fits =
      WriteHeader(writer,
                  LongHeader{.type = PacketType::kInitial,
                             .version = header.version,
                             .destination_cid = ConnectionId(header.source_cid),
                             .source_cid = ConnectionId(source),
                             .token = {},
                             .packet_number = number,
                             .packet_number_length = 1},
                  layout) &&
      WriteFrame(writer, ConnectionCloseFrame{.is_application = false,
                                              .error_code = static_cast<std::uint64_t>(
                                                  TransportErrorCode::kConnectionRefused),
                                              .frame_type = 0,
                                              .reason = {}});
  QUIESCE_CHECK(fits);
  return SealPacket(keys.server, out, layout, number, writer.position());
}

}  // namespace quiesce::quic
