#include "quic/connection/remembered_parameters.h"

namespace quiesce::quic {
namespace {

// RFC 9000 §7.4.1, the list of what applies to one connection alone; RFC 9368 §3 is about one
// connection, too.
TransportParameters WithoutForbidden(TransportParameters parameters) {
  const TransportParameters defaults;
  parameters.ack_delay_exponent = defaults.ack_delay_exponent;
  parameters.max_ack_delay_ms = defaults.max_ack_delay_ms;
  parameters.initial_source_connection_id.reset();
  parameters.original_destination_connection_id.reset();
  parameters.preferred_address.reset();
  parameters.retry_source_connection_id.reset();
  parameters.stateless_reset_token.reset();
  parameters.version_information.reset();
  return parameters;
}

std::uint64_t Number(std::uint64_t value) { return value; }
std::uint64_t Number(ByteCount value) { return value.value(); }

}  // namespace

std::vector<std::uint8_t> EncodeRemembered(const TransportParameters& server) {
  return EncodeTransportParameters(WithoutForbidden(server), Perspective::kServer);
}

std::optional<TransportParameters> DecodeRemembered(std::span<const std::uint8_t> bytes) {
  const auto decoded = DecodeTransportParameters(bytes, Perspective::kServer);
  if (!decoded) return std::nullopt;
  return WithoutForbidden(*decoded);
}

Result<void> CheckNotReduced(const TransportParameters& remembered,
                             const TransportParameters& current) {
  const auto reduced = [&](auto TransportParameters::*field) {
    return Number(current.*field) < Number(remembered.*field);
  };
  using P = TransportParameters;
  if (reduced(&P::active_connection_id_limit) || reduced(&P::initial_max_data) ||
      reduced(&P::initial_max_stream_data_bidi_local) ||
      reduced(&P::initial_max_stream_data_bidi_remote) ||
      reduced(&P::initial_max_stream_data_uni) || reduced(&P::initial_max_streams_bidi) ||
      reduced(&P::initial_max_streams_uni) || reduced(&P::max_datagram_frame_size)) {
    return Error{TransportErrorCode::kProtocolViolation, 0,
                 "0-RTT was accepted and a limit lowered"};
  }
  return {};
}

}  // namespace quiesce::quic
