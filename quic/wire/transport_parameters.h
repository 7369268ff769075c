// Transport parameters: what each side declares in the handshake. One row per parameter. RFC 9000
// §7.4, §18; RFC 9221 §3; RFC 9287 §3; RFC 9368 §3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "quic/base/address.h"
#include "quic/base/result.h"
#include "quic/base/types.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {

// RFC 9000 §18.2, Figure 22.
struct PreferredAddress {
  SocketAddress ipv4{};  // unspecified where the server offers none of the family
  SocketAddress ipv6{};
  ConnectionId connection_id{};  // 1 to 20 bytes; its sequence number is 1
  StatelessResetToken stateless_reset_token{};
  friend bool operator==(const PreferredAddress&, const PreferredAddress&) = default;
};

// RFC 9368 §3. Neither holds version 0; the chosen one is among a client's available ones.
struct VersionInformation {
  Version chosen = Version::kV1;
  // Also versions that are unknown here, and reserved ones.
  std::vector<Version> available{};
  friend bool operator==(const VersionInformation&, const VersionInformation&) = default;
};

// The values of one side. A parameter that was absent has its default.
struct TransportParameters {
  std::optional<ConnectionId> original_destination_connection_id{};  // server only
  std::uint64_t max_idle_timeout_ms = 0;                             // 0: no idle timeout
  std::optional<StatelessResetToken> stateless_reset_token{};        // server only
  ByteCount max_udp_payload_size = ByteCount(65527);  // 1200 or more; may exceed 65527
  ByteCount initial_max_data{};
  ByteCount initial_max_stream_data_bidi_local{};  // streams that the sender of the parameter opens
  ByteCount initial_max_stream_data_bidi_remote{};  // streams that its receiver opens
  ByteCount initial_max_stream_data_uni{};          // streams that its receiver opens
  std::uint64_t initial_max_streams_bidi = 0;       // up to 2^60
  std::uint64_t initial_max_streams_uni = 0;        // up to 2^60
  std::uint64_t ack_delay_exponent = 3;             // up to 20
  std::uint64_t max_ack_delay_ms = 25;              // below 2^14
  bool disable_active_migration = false;
  std::optional<PreferredAddress> preferred_address{};  // server only
  std::uint64_t active_connection_id_limit = 2;         // 2 or more
  std::optional<ConnectionId> initial_source_connection_id{};
  std::optional<ConnectionId> retry_source_connection_id{};  // server only
  std::optional<VersionInformation> version_information{};
  ByteCount max_datagram_frame_size{};  // 0: no DATAGRAM frames
  bool grease_quic_bit = false;
  friend bool operator==(const TransportParameters&, const TransportParameters&) = default;
};

// Where a value lives; its type says how it is encoded.
using ParameterField =
    std::variant<std::uint64_t TransportParameters::*, ByteCount TransportParameters::*,  // varint
                 bool TransportParameters::*,                         // present or not, no value
                 std::optional<ConnectionId> TransportParameters::*,  // 0 to 20 bytes
                 std::optional<StatelessResetToken> TransportParameters::*,  // 16 bytes
                 std::optional<PreferredAddress> TransportParameters::*,
                 std::optional<VersionInformation> TransportParameters::*>;

struct ParameterRow {
  std::uint64_t id;
  std::string_view name;
  ParameterField field;
  bool server_only;  // from a client: TRANSPORT_PARAMETER_ERROR
  // Of integers, inclusive. Outside: TRANSPORT_PARAMETER_ERROR.
  std::uint64_t min = 0;
  std::uint64_t max = kMaxVarint;
  std::uint64_t default_value = 0;
};

namespace internal {
using P = TransportParameters;

// clang-format off
inline constexpr ParameterRow kParameterTable[] = {
  // id, name, field, server only, min, max, default
  {0x00, "original_destination_connection_id", &P::original_destination_connection_id, true},
  {0x01, "max_idle_timeout", &P::max_idle_timeout_ms, false},
  {0x02, "stateless_reset_token", &P::stateless_reset_token, true},
  {0x03, "max_udp_payload_size", &P::max_udp_payload_size, false, 1200, kMaxVarint, 65527},
  {0x04, "initial_max_data", &P::initial_max_data, false},
  {0x05, "initial_max_stream_data_bidi_local", &P::initial_max_stream_data_bidi_local, false},
  {0x06, "initial_max_stream_data_bidi_remote", &P::initial_max_stream_data_bidi_remote, false},
  {0x07, "initial_max_stream_data_uni", &P::initial_max_stream_data_uni, false},
  {0x08, "initial_max_streams_bidi", &P::initial_max_streams_bidi, false, 0, kMaxStreamCount},
  {0x09, "initial_max_streams_uni", &P::initial_max_streams_uni, false, 0, kMaxStreamCount},
  {0x0a, "ack_delay_exponent", &P::ack_delay_exponent, false, 0, 20, 3},
  {0x0b, "max_ack_delay", &P::max_ack_delay_ms, false, 0, (1 << 14) - 1, 25},
  {0x0c, "disable_active_migration", &P::disable_active_migration, false},
  {0x0d, "preferred_address", &P::preferred_address, true},
  {0x0e, "active_connection_id_limit", &P::active_connection_id_limit, false, 2, kMaxVarint, 2},
  {0x0f, "initial_source_connection_id", &P::initial_source_connection_id, false},
  {0x10, "retry_source_connection_id", &P::retry_source_connection_id, true},
  {0x11, "version_information", &P::version_information, false},  // RFC 9368 §3
  {0x20, "max_datagram_frame_size", &P::max_datagram_frame_size, false},  // RFC 9221 §3
  {0x2ab2, "grease_quic_bit", &P::grease_quic_bit, false},  // RFC 9287 §3
};
// clang-format on
}  // namespace internal
using internal::kParameterTable;

// RFC 9000 §18.1: a parameter that receivers must ignore. Its ID is 31 * n + 27.
struct ReservedParameter {
  std::uint64_t n = 0;  // taken modulo the number of such IDs, so that any random value will do
  std::span<const std::uint8_t> value{};
};

// The bytes of the quic_transport_parameters extension that `sender` sends; parameters at their
// default are left out. Values are within the limits of the table, and a client sets no server-only
// one.
std::vector<std::uint8_t> EncodeTransportParameters(
    const TransportParameters& parameters, Perspective sender,
    std::optional<ReservedParameter> reserved = std::nullopt);

// Reads what `sender` (the peer) sent. Unknown parameters are ignored (§7.4.2). What only the
// connection knows is not checked: the connection IDs (§7.3), the version in use (RFC 9368 §4),
// remembered limits (§7.4.1). Errors: TRANSPORT_PARAMETER_ERROR for anything malformed, out of
// range, repeated (also if unknown), or not for `sender` to send.
[[nodiscard]] Result<TransportParameters> DecodeTransportParameters(
    std::span<const std::uint8_t> bytes, Perspective sender);

}  // namespace quiesce::quic
