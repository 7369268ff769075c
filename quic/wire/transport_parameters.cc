#include "quic/wire/transport_parameters.h"

#include <algorithm>
#include <array>

#include "quic/base/check.h"
#include "quic/wire/cursor.h"
#include "quic/wire/varint.h"

namespace quiesce::quic {
namespace {

using P = TransportParameters;
using ByteVector = std::vector<std::uint8_t>;

// RFC 9000 §18.1: reserved IDs are 31 * n + 27, as far as they fit in a varint.
constexpr std::uint64_t kReservedIds = (kMaxVarint - 27) / 31 + 1;

void Append(ByteVector& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void AppendParameter(ByteVector& out, std::uint64_t id, std::span<const std::uint8_t> value) {
  std::array<std::uint8_t, 16> buffer;
  Writer head(buffer);
  WriteVarint(head, id);
  WriteVarint(head, value.size());
  Append(out, head.written());
  Append(out, value);
}

// Appends one parameter of a row, unless it is absent or at its default.
struct ParameterWriter {
  const ParameterRow& row;
  const TransportParameters& parameters;
  ByteVector& out;

  void operator()(std::uint64_t P::*field) { Integer(parameters.*field); }
  void operator()(ByteCount P::*field) { Integer((parameters.*field).value()); }
  void operator()(bool P::*field) {
    if (parameters.*field) AppendParameter(out, row.id, {});
  }
  void operator()(std::optional<ConnectionId> P::*field) {
    if (parameters.*field) AppendParameter(out, row.id, (parameters.*field)->bytes());
  }
  void operator()(std::optional<StatelessResetToken> P::*field) {
    if (parameters.*field) AppendParameter(out, row.id, *(parameters.*field));
  }
  void operator()(std::optional<PreferredAddress> P::*field) {
    if (!(parameters.*field)) return;
    const PreferredAddress& preferred = *(parameters.*field);
    std::array<std::uint8_t, 64> buffer;
    Writer value(buffer);
    Address(value, preferred.ipv4, 4);
    Address(value, preferred.ipv6, 16);
    value.U8(static_cast<std::uint8_t>(preferred.connection_id.length()));
    value.Bytes(preferred.connection_id.bytes());
    value.Bytes(preferred.stateless_reset_token);
    AppendParameter(out, row.id, value.written());
  }
  void operator()(std::optional<VersionInformation> P::*field) {
    if (!(parameters.*field)) return;
    const VersionInformation& information = *(parameters.*field);
    ByteVector buffer(4 * (1 + information.available.size()));
    Writer value(buffer);
    value.U32(static_cast<std::uint32_t>(information.chosen));
    for (const Version version : information.available) {
      value.U32(static_cast<std::uint32_t>(version));
    }
    AppendParameter(out, row.id, buffer);
  }

 private:
  void Integer(std::uint64_t number) {
    QUIESCE_DCHECK(number >= row.min && number <= row.max);
    if (number == row.default_value) return;
    std::array<std::uint8_t, 8> buffer;
    Writer value(buffer);
    WriteVarint(value, number);
    AppendParameter(out, row.id, value.written());
  }

  // RFC 9000 §18.2: a family that is not offered is all zeros.
  static void Address(Writer& value, const SocketAddress& address, std::size_t ip_size) {
    if (address.family() == AddressFamily::kUnspecified) return value.Zeros(ip_size + 2);
    QUIESCE_DCHECK(address.ip().size() == ip_size);
    value.Bytes(address.ip());
    value.U16(address.port());
  }
};

// Reads the value of one parameter of a row. The value must end where the reader does.
struct ParameterReader {
  const ParameterRow& row;
  Perspective sender;
  Reader& value;
  TransportParameters& parameters;
  const char* fault = nullptr;  // a value that is well-formed and still wrong

  void operator()(std::uint64_t P::*field) { parameters.*field = Integer(); }
  void operator()(ByteCount P::*field) { parameters.*field = ByteCount(Integer()); }
  void operator()(bool P::*field) { parameters.*field = true; }
  void operator()(std::optional<ConnectionId> P::*field) {
    parameters.*field = Cid(value.remaining());
  }
  void operator()(std::optional<StatelessResetToken> P::*field) { parameters.*field = Token(); }
  void operator()(std::optional<PreferredAddress> P::*field) {
    PreferredAddress& preferred = (parameters.*field).emplace();
    preferred.ipv4 = Address<4>(&SocketAddress::Ipv4);
    preferred.ipv6 = Address<16>(&SocketAddress::Ipv6);
    preferred.connection_id = Cid(value.U8());
    preferred.stateless_reset_token = Token();
    if (preferred.connection_id.empty()) fault = "preferred_address with an empty connection ID";
  }
  void operator()(std::optional<VersionInformation> P::*field) {
    VersionInformation& information = (parameters.*field).emplace();
    information.chosen = NonzeroVersion();
    information.available.reserve(value.remaining() / 4);
    while (!value.empty()) information.available.push_back(NonzeroVersion());
    // RFC 9368 §4: a parsing failure when a client chose what it does not offer.
    if (sender == Perspective::kClient &&
        std::ranges::find(information.available, information.chosen) ==
            information.available.end()) {
      fault = "version_information without the chosen version";
    }
  }

 private:
  std::uint64_t Integer() {
    const std::uint64_t number = ReadVarint(value);
    if (number < row.min || number > row.max) fault = "transport parameter out of range";
    return number;
  }

  ConnectionId Cid(std::size_t length) {
    if (length > ConnectionId::kMaxLength) value.Fail();
    return ConnectionId(value.Bytes(length));
  }

  StatelessResetToken Token() {
    StatelessResetToken token{};
    const std::span<const std::uint8_t> bytes = value.Bytes(token.size());
    std::copy(bytes.begin(), bytes.end(), token.begin());
    return token;
  }

  template <std::size_t kIpSize>
  SocketAddress Address(SocketAddress (*make)(std::span<const std::uint8_t, kIpSize>,
                                              std::uint16_t)) {
    const std::span<const std::uint8_t> ip = value.Bytes(kIpSize);
    const std::uint16_t port = value.U16();
    if (!value.ok()) return {};
    // RFC 9000 §18.2: all zeros say that the family is not offered.
    if (port == 0 && std::ranges::all_of(ip, [](std::uint8_t byte) { return byte == 0; }))
      return {};
    return make(ip.template first<kIpSize>(), port);
  }

  Version NonzeroVersion() {
    const Version version = static_cast<Version>(value.U32());
    // RFC 9368 §4: version 0 is a parsing failure.
    if (version == Version::kNegotiation) value.Fail();
    return version;
  }
};

Error ParameterError(const char* reason) {
  return {TransportErrorCode::kTransportParameterError, 0, reason};
}

const ParameterRow* FindParameterRow(std::uint64_t id) {
  const auto* row = std::ranges::find(kParameterTable, id, &ParameterRow::id);
  return row == std::end(kParameterTable) ? nullptr : row;
}

Result<void> ReadParameter(const ParameterRow& row, Perspective sender, Reader value,
                           TransportParameters& parameters) {
  // RFC 9000 §18.2: a client must not send these.
  if (row.server_only && sender == Perspective::kClient) {
    return ParameterError("transport parameter that only a server may send");
  }
  ParameterReader reader{row, sender, value, parameters};
  std::visit(reader, row.field);
  if (!value.ok() || !value.empty()) return ParameterError("malformed transport parameter");
  if (reader.fault != nullptr) return ParameterError(reader.fault);
  return {};
}

}  // namespace

std::vector<std::uint8_t> EncodeTransportParameters(const TransportParameters& parameters,
                                                    Perspective sender,
                                                    std::optional<ReservedParameter> reserved) {
  ByteVector out;
  for (const ParameterRow& row : kParameterTable) {
    const std::size_t before = out.size();
    std::visit(ParameterWriter{row, parameters, out}, row.field);
    QUIESCE_CHECK(out.size() == before || !row.server_only || sender == Perspective::kServer);
  }
  if (reserved) AppendParameter(out, 31 * (reserved->n % kReservedIds) + 27, reserved->value);
  return out;
}

Result<TransportParameters> DecodeTransportParameters(std::span<const std::uint8_t> bytes,
                                                      Perspective sender) {
  TransportParameters parameters;
  std::vector<std::uint64_t> ids;
  Reader reader(bytes);
  while (!reader.empty()) {
    const std::uint64_t id = ReadVarint(reader);
    const Reader value(reader.Bytes(ReadVarint(reader)));
    if (!reader.ok()) return ParameterError("transport parameters end early");
    ids.push_back(id);
    if (const ParameterRow* row = FindParameterRow(id)) {  // RFC 9000 §7.4.2: ignore unknown ones
      QUIESCE_RETURN_IF_ERROR(ReadParameter(*row, sender, value, parameters));
    }
  }
  // RFC 9000 §7.4: none more than once. Sorting keeps a long list of unknown ones cheap.
  std::ranges::sort(ids);
  if (std::ranges::adjacent_find(ids) != ids.end()) {
    return ParameterError("transport parameter sent twice");
  }
  // RFC 9000 §18.2: no preferred address from a server whose connection ID is empty.
  if (parameters.preferred_address && parameters.initial_source_connection_id &&
      parameters.initial_source_connection_id->empty()) {
    return ParameterError("preferred_address from a server with an empty connection ID");
  }
  return parameters;
}

}  // namespace quiesce::quic
