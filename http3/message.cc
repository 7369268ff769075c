#include "http3/message.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "http3/field_syntax.h"

namespace quiesce::http3 {
namespace {

using qpack::Field;
using qpack::FieldSection;

// RFC 9114 §4.1.2.
Error Malformed(const char* reason) { return StreamError(ErrorCode::kMessageError, reason); }

enum class SectionKind : std::uint8_t { kRequest, kResponse, kTrailers };

// Regular fields that the protocol itself has something to say about.
enum class KnownField : std::uint8_t {
  kOther,
  kConnectionSpecific,
  kTe,
  kHost,
  kCookie,
  kContentLength,
};

KnownField Classify(std::string_view name) {
  switch (name.size()) {
    case 2:
      return name == "te" ? KnownField::kTe : KnownField::kOther;
    case 4:
      return name == "host" ? KnownField::kHost : KnownField::kOther;
    case 6:
      return name == "cookie" ? KnownField::kCookie : KnownField::kOther;
    case 14:
      return name == "content-length" ? KnownField::kContentLength : KnownField::kOther;
    case 7:
    case 10:
    case 16:
    case 17:  // RFC 9114 §4.2, RFC 9110 §7.6.1
      return name == "upgrade" || name == "connection" || name == "keep-alive" ||
                     name == "proxy-connection" || name == "transfer-encoding"
                 ? KnownField::kConnectionSpecific
                 : KnownField::kOther;
    default:
      return KnownField::kOther;
  }
}

// What the regular fields of a section say together.
struct RegularFields {
  std::optional<std::string_view> host;
  std::optional<std::uint64_t> content_length;
  std::size_t cookies = 0;
};

// Checks one regular field and takes note of it.
Result<void> HandleRegular(const Field& field, SectionKind kind, RegularFields& seen) {
  if (!IsFieldName(field.name)) {  // RFC 9114 §4.2, §10.3
    return Malformed("field name is empty, has uppercase letters or is not a token");
  }
  if (!IsFieldValue(field.value)) {  // RFC 9114 §10.3, RFC 9110 §5.5
    return Malformed("field value has control characters or surrounding whitespace");
  }
  switch (Classify(field.name)) {
    case KnownField::kConnectionSpecific:
      return Malformed("connection-specific field");
    case KnownField::kTe:  // RFC 9114 §4.2: in a request header, and there only this
      if (kind != SectionKind::kRequest || field.value != "trailers") {
        return Malformed("te is not \"trailers\" in a request");
      }
      return {};
    case KnownField::kHost:
      if (kind == SectionKind::kRequest) {
        if (seen.host) return Malformed("host given twice");
        seen.host = field.value;
      }
      return {};
    case KnownField::kCookie:
      ++seen.cookies;
      return {};
    case KnownField::kContentLength:
      if (kind == SectionKind::kTrailers) return {};  // RFC 9110 §6.5.1: no meaning there
      // RFC 9110 §8.6: even equal duplicates may be rejected, and hide disagreement elsewhere.
      if (seen.content_length) return Malformed("content-length given twice");
      seen.content_length = ParseDecimal(field.value);
      if (!seen.content_length) return Malformed("content-length is not a number below 2^62");
      return {};
    case KnownField::kOther:
      return {};
  }
  return {};
}

struct PseudoField {
  std::string_view name;
  std::optional<std::string_view> value;
};

// Walks a section: pseudo-header fields first, each at most once and only those in `pseudo`, then
// regular ones. Returns how many pseudo-header fields there are.
Result<std::size_t> ReadSection(const FieldSection& section, SectionKind kind,
                                std::span<PseudoField> pseudo, RegularFields& regular) {
  std::size_t pseudo_fields = 0;
  for (std::size_t i = 0; i < section.size(); ++i) {
    const Field& field = section[i];
    if (!field.name.starts_with(':')) {
      QUIESCE_RETURN_IF_ERROR(HandleRegular(field, kind, regular));
      continue;
    }
    // RFC 9114 §4.3.
    if (kind == SectionKind::kTrailers) return Malformed("pseudo-header field in trailers");
    if (i != pseudo_fields) return Malformed("pseudo-header field after a regular field");
    const auto known = std::ranges::find(pseudo, field.name, &PseudoField::name);
    if (known == pseudo.end()) return Malformed("undefined pseudo-header field");
    if (known->value) return Malformed("pseudo-header field given twice");
    known->value = field.value;
    ++pseudo_fields;
  }
  return pseudo_fields;
}

// In the order in which ParseRequestHead names them.
enum RequestPseudo : std::size_t { kMethod, kScheme, kAuthority, kPath, kProtocol };

// RFC 3986 §3.1: schemes are case-insensitive.
bool IsHttpScheme(std::string_view scheme) {
  const auto is = [scheme](std::string_view wanted) {
    return std::ranges::equal(scheme, wanted, [](char a, char b) { return (a | 0x20) == b; });
  };
  return is("https") || is("http");
}

// RFC 9114 §4.4.
Result<void> CheckConnect(std::span<const PseudoField> pseudo) {
  if (pseudo[kScheme].value || pseudo[kPath].value) {
    return Malformed("CONNECT with :scheme or :path");
  }
  if (!pseudo[kAuthority].value) return Malformed("CONNECT without :authority");
  if (!IsTunnelTarget(*pseudo[kAuthority].value)) {
    return Malformed(":authority of CONNECT is not host and port");
  }
  return {};
}

// RFC 9114 §4.3.1, for every scheme that has a mandatory authority.
Result<void> CheckHttpTarget(std::span<const PseudoField> pseudo,
                             std::optional<std::string_view> host) {
  const std::optional<std::string_view> authority = pseudo[kAuthority].value;
  const std::string_view path = *pseudo[kPath].value;
  if (!authority && !host) return Malformed("neither :authority nor host");
  if (authority && !IsHostAndPort(*authority)) return Malformed(":authority is not host and port");
  if (host && !IsHostAndPort(*host)) return Malformed("host is not host and port");
  if (authority && host && *authority != *host) return Malformed(":authority and host differ");
  if (path == "*" && pseudo[kMethod].value == "OPTIONS") return {};
  if (!path.starts_with('/')) return Malformed(":path does not begin with a slash");
  return {};
}

Result<void> CheckTarget(std::span<const PseudoField> pseudo,
                         std::optional<std::string_view> host) {
  if (!pseudo[kScheme].value) return Malformed(":scheme missing");
  if (!pseudo[kPath].value) return Malformed(":path missing");
  if (!IsScheme(*pseudo[kScheme].value)) return Malformed(":scheme is not a scheme");
  if (!IsPathText(*pseudo[kPath].value)) return Malformed(":path has invalid characters");
  if (IsHttpScheme(*pseudo[kScheme].value)) return CheckHttpTarget(pseudo, host);
  // Other schemes have rules of their own; what stays is that it can be passed on safely (§10.3).
  if (!IsPathText(pseudo[kAuthority].value.value_or(""))) {
    return Malformed(":authority has invalid characters");
  }
  return {};
}

Result<void> CheckControlData(std::span<const PseudoField> pseudo,
                              std::optional<std::string_view> host) {
  if (!pseudo[kMethod].value) return Malformed(":method missing");
  if (!IsToken(*pseudo[kMethod].value)) return Malformed(":method is not a token");
  const bool connect = *pseudo[kMethod].value == "CONNECT";
  if (!pseudo[kProtocol].value) return connect ? CheckConnect(pseudo) : CheckTarget(pseudo, host);
  // RFC 8441 §4, RFC 9220 §3.
  if (!connect) return Malformed(":protocol without CONNECT");
  if (!IsToken(*pseudo[kProtocol].value)) return Malformed(":protocol is not a token");
  return CheckTarget(pseudo, host);
}

// RFC 9114 §4.2.1: cookie crumbs become one line before they reach an application.
void JoinCookies(FieldSection& section) {
  const auto is_cookie = [](const Field& field) { return field.name == "cookie"; };
  std::vector<Field>& lines = section.lines();
  const auto first = std::ranges::find_if(lines, is_cookie);
  std::string joined;
  for (auto line = first; line != lines.end(); ++line) {
    if (!is_cookie(*line)) continue;
    if (!joined.empty()) joined += "; ";
    joined += line->value;
    first->never_indexed |= line->never_indexed;
  }
  first->value = section.Copy(joined);
  lines.erase(std::remove_if(first + 1, lines.end(), is_cookie), lines.end());
}

// RFC 9110 §15: three digits, the first of which is not 0. nullopt otherwise.
std::optional<int> ParseStatus(std::string_view text) {
  if (text.size() != 3 || text[0] == '0') return std::nullopt;
  const std::optional<std::uint64_t> status = ParseDecimal(text);
  if (!status) return std::nullopt;
  return static_cast<int>(*status);
}

}  // namespace

Result<RequestHead> ParseRequestHead(FieldSection section, const MessageRules& rules) {
  PseudoField pseudo[] = {
      {":method", {}}, {":scheme", {}}, {":authority", {}}, {":path", {}}, {":protocol", {}}};
  const std::span<PseudoField> allowed =
      rules.extended_connect ? std::span(pseudo) : std::span(pseudo).first(kProtocol);
  RegularFields regular;
  const Result<std::size_t> pseudo_fields =
      ReadSection(section, SectionKind::kRequest, allowed, regular);
  if (!pseudo_fields) return pseudo_fields.error();
  QUIESCE_RETURN_IF_ERROR(CheckControlData(pseudo, regular.host));
  if (regular.cookies > 1) JoinCookies(section);

  RequestHead head;
  head.method = *pseudo[kMethod].value;
  head.scheme = pseudo[kScheme].value.value_or("");
  head.authority = pseudo[kAuthority].value.value_or(regular.host.value_or(""));
  head.path = pseudo[kPath].value.value_or("");
  head.protocol = pseudo[kProtocol].value.value_or("");
  head.content_length = regular.content_length;
  head.pseudo_fields = *pseudo_fields;
  head.section = std::move(section);
  return head;
}

Result<ResponseHead> ParseResponseHead(FieldSection section) {
  PseudoField status{":status", {}};
  RegularFields regular;
  const Result<std::size_t> pseudo_fields =
      ReadSection(section, SectionKind::kResponse, std::span(&status, 1), regular);
  if (!pseudo_fields) return pseudo_fields.error();
  if (!status.value) return Malformed(":status missing");  // RFC 9114 §4.3.2
  const std::optional<int> code = ParseStatus(*status.value);
  if (!code) return Malformed(":status is not three digits");
  if (*code == 101) return Malformed("status 101");  // RFC 9114 §4.5

  ResponseHead head;
  head.status = *code;
  head.content_length = regular.content_length;
  head.pseudo_fields = *pseudo_fields;
  head.section = std::move(section);
  return head;
}

Result<void> CheckTrailers(const FieldSection& section) {
  RegularFields regular;
  const Result<std::size_t> pseudo_fields =
      ReadSection(section, SectionKind::kTrailers, {}, regular);
  if (!pseudo_fields) return pseudo_fields.error();
  return {};
}

BodyLength BodyLength::OfRequest(const RequestHead& head) {
  return BodyLength(head.is_connect() ? std::nullopt : head.content_length);
}

BodyLength BodyLength::OfResponse(const ResponseHead& head, std::string_view request_method) {
  const bool success = head.status >= 200 && head.status < 300;
  if (request_method == "CONNECT" && success) return BodyLength(std::nullopt);
  if (request_method == "HEAD" || head.status == 204 || head.status == 304) return BodyLength(0);
  return BodyLength(head.content_length);
}

Result<void> BodyLength::OnData(std::uint64_t bytes) {
  if (expected_ && bytes > *expected_ - received_) {
    return Malformed("more DATA than content-length, or any where there is no content");
  }
  received_ += bytes;
  return {};
}

Result<void> BodyLength::OnEnd() const {
  if (expected_ && received_ != *expected_) return Malformed("less DATA than content-length");
  return {};
}

}  // namespace quiesce::http3
