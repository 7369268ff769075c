#include "examples/client/fetch.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "examples/client/session_file.h"
#include "http3/error.h"
#include "quic/base/error.h"
#include "quic/io/clock.h"
#include "quic/io/socket_address.h"

namespace quiesce::examples {

struct Fetch::Transfer {
  const ClientCommand::Transfer* wanted = nullptr;
  std::optional<quic::StreamId> stream_id;
  std::FILE* file = nullptr;  // null until the first byte
  std::size_t sent = 0;       // of the request's body
  int status = 0;
  std::uint64_t size = 0;
  quic::Instant first_byte{};
  quic::Instant finished{};
  int exit_code = -1;  // -1 = running
};

struct Fetch::Session {
  std::string server;  // host:port
  std::string host;
  std::unique_ptr<http3::Client> client;
  http3::SessionId id;
  std::vector<Transfer*> transfers;
  quic::Instant connected{};
  bool ready = false;
  bool closed = false;
};

namespace {

// TLS alerts that speak of the certificate. RFC 8446 §6.2.
bool IsCertificateAlert(std::uint64_t code) {
  switch (code - 0x100) {
    case 42:  // bad_certificate
    case 43:  // unsupported_certificate
    case 44:  // certificate_revoked
    case 45:  // certificate_expired
    case 46:  // certificate_unknown
    case 48:  // unknown_ca
      return true;
    default:
      return false;
  }
}

int ExitCodeOf(const http3::Closed& closed, bool was_ready) {
  if (closed.is_application) return kHttp3Failed;
  if (closed.code >= 0x100 && closed.code <= 0x1ff)
    return IsCertificateAlert(closed.code) ? kBadCertificate : kTlsFailed;
  return was_ready ? kHttp3Failed : kNoConnection;
}

std::string Why(const http3::Closed& closed) {
  if (!closed.reason.empty()) return closed.reason;
  if (closed.is_application)
    return std::string(ToString(static_cast<http3::ErrorCode>(closed.code)));
  return std::string(ToString(static_cast<quic::TransportErrorCode>(closed.code)));
}

}  // namespace

Fetch::Fetch(const ClientCommand& command, crypto::KeyLog* key_log)
    : command_(command), key_log_(key_log) {}

Fetch::~Fetch() {
  for (const auto& transfer : transfers_)
    if (transfer->file && transfer->file != stdout) std::fclose(transfer->file);
}

int Fetch::Run() {
  started_ = quic::MonotonicNow();
  for (const auto& wanted : command_.transfers) {
    transfers_.push_back(std::make_unique<Transfer>());
    transfers_.back()->wanted = &wanted;
    auto& session = sessions_[wanted.url.endpoint()];
    if (!session) {
      session = std::make_unique<Session>();
      session->server = wanted.url.endpoint();
      session->host = wanted.url.host;
    }
    session->transfers.push_back(transfers_.back().get());
  }
  for (auto& [server, session] : sessions_) {
    // One after the other: each has a socket and a loop of its own.
    if (!Connect(*session)) continue;
    const auto connect_deadline =
        started_ + std::chrono::duration_cast<quic::Duration>(
                       std::chrono::duration<double>(command_.connect_timeout_s));
    const auto end =
        command_.max_time_s > 0
            ? std::optional(started_ + std::chrono::duration_cast<quic::Duration>(
                                           std::chrono::duration<double>(command_.max_time_s)))
            : std::nullopt;
    while (!session->closed && std::ranges::any_of(session->transfers, [](const Transfer* t) {
      return t->exit_code < 0;
    })) {
      const auto deadline =
          session->ready ? end : std::min(end.value_or(connect_deadline), connect_deadline);
      session->client->RunOnce(deadline);
      while (auto event = session->client->PollEvent()) Handle(*event);
      if (deadline && session->client->now() >= *deadline)
        FailSession(*session, kTimeIsOver, session->ready ? "time is over" : "no answer in time");
    }
    if (http3::Connection* connection = session->client->Find(session->id)) {
      connection->Shutdown(session->client->now(), http3::ShutdownPolicy::kCloseAtOnce,
                           session->client->now());
    }
    SaveSession(*session);
    session->client->Flush();  // the close, also one that answered GOAWAY: the server waits for it
  }
  int exit_code = kDone;
  for (const auto& transfer : transfers_) {
    WriteOut(*transfer);
    if (exit_code == kDone) exit_code = transfer->exit_code;
  }
  return exit_code;
}

bool Fetch::Connect(Session& session) {
  std::string error;
  std::string address = session.server;
  for (const auto& [name, replacement] : command_.resolve) {
    if (name != session.server) continue;
    const bool v6 = replacement.find(':') != std::string::npos;
    address = (v6 ? "[" + replacement + "]" : replacement) +
              session.server.substr(session.server.rfind(':'));
  }
  const auto addresses = quic::ResolveAddress(address, quic::ResolveFor::kConnect, error);
  if (!addresses) {
    FailSession(session, kUnknownHost, error);
    return false;
  }
  http3::ClientOptions options;
  options.family = addresses->front().family();
  options.key_log = key_log_;
  options.endpoint.connection.congestion = command_.congestion;
  if (command_.insecure) options.verification = crypto::PeerVerification::kInsecure;
  if (!command_.ca_file.empty()) {
    options.verification = crypto::PeerVerification::kGivenRoots;
    options.roots = crypto::PemSource::File(command_.ca_file);
  }
  session.client = http3::Client::Create(options, error);
  if (!session.client) {
    FailSession(session, command_.ca_file.empty() ? kNoConnection : kBadCertificate, error);
    return false;
  }
  if (!command_.session_file.empty() &&
      !LoadSessions(command_.session_file, session.client->session_cache(), error)) {
    FailSession(session, kCannotWrite, error);
    return false;
  }
  if (command_.verbose) {
    std::fprintf(stderr, "* connecting to %s (%s)\n", session.server.c_str(),
                 addresses->front().ToString().c_str());
  }
  session.id = session.client->Connect(addresses->front(), session.host,
                                       command_.quic_v2 ? quic::Version::kV2 : quic::Version::kV1);
  return true;
}

void Fetch::SaveSession(Session& session) {
  std::string error;
  if (!command_.session_file.empty() &&
      !SaveSessions(command_.session_file, session.client->session_cache(), error) &&
      !command_.silent) {
    std::fprintf(stderr, "client: %s\n", error.c_str());
  }
}

void Fetch::Handle(const http3::ConnectionEvent& event) {
  const auto it = std::ranges::find_if(sessions_, [&](const auto& entry) {
    return entry.second->client && !entry.second->closed && entry.second->id == event.session;
  });
  if (it == sessions_.end()) return;
  Session& session = *it->second;
  if (const auto* ready = std::get_if<http3::SessionReady>(&event.event)) {
    session.ready = true;
    session.connected = session.client->now();
    if (command_.verbose) {
      std::fprintf(stderr, "* connected, ALPN %s%s\n", ready->alpn.c_str(),
                   ready->resumed ? ", session resumed" : "");
    }
    return SendRequests(session);
  }
  HandleSession(session, std::get<http3::Event>(event.event));
}

void Fetch::HandleSession(Session& session, const http3::Event& event) {
  if (const auto* closed = std::get_if<http3::Closed>(&event)) {
    session.closed = true;
    return FailSession(session, ExitCodeOf(*closed, session.ready), Why(*closed));
  }
  if (std::holds_alternative<http3::RequestsAvailable>(event)) return SendRequests(session);
  if (std::holds_alternative<http3::GoawayReceived>(event)) {
    if (command_.verbose) std::fprintf(stderr, "* the server is leaving (GOAWAY)\n");
    return;
  }
  const auto find = [&session](quic::StreamId id) -> Transfer* {
    for (Transfer* transfer : session.transfers)
      if (transfer->stream_id == id && transfer->exit_code < 0) return transfer;
    return nullptr;
  };
  if (const auto* head = std::get_if<http3::ResponseHeaders>(&event)) {
    if (Transfer* transfer = find(head->stream_id)) ShowHead(*transfer, head->head);
  } else if (const auto* readable = std::get_if<http3::BodyReadable>(&event)) {
    if (Transfer* transfer = find(readable->stream_id)) ReadBody(session, *transfer);
  } else if (const auto* writable = std::get_if<http3::BodyWritable>(&event)) {
    if (Transfer* transfer = find(writable->stream_id)) WriteBody(session, *transfer);
  } else if (const auto* finished = std::get_if<http3::MessageFinished>(&event)) {
    Transfer* transfer = find(finished->stream_id);
    if (transfer) {
      const bool bad = command_.fail && transfer->status >= 400;
      Finish(*transfer, bad ? kHttpStatus : kDone,
             bad ? "status " + std::to_string(transfer->status) : "");
    }
  } else if (const auto* failed = std::get_if<http3::RequestFailed>(&event)) {
    if (Transfer* transfer = find(failed->stream_id)) {
      Finish(*transfer, kRequestFailed,
             std::string(ToString(static_cast<http3::ErrorCode>(failed->code))) + ", " +
                 failed->reason + " (" + std::string(ToString(failed->safety)) + ")");
    }
  }
}

void Fetch::SendRequests(Session& session) {
  http3::Connection* connection = session.client->Find(session.id);
  if (!connection) return;
  std::vector<qpack::Field> fields = {{.name = "user-agent", .value = "quiesce"},
                                      {.name = "accept", .value = "*/*"}};
  for (const auto& [name, value] : command_.fields)
    fields.push_back({.name = name, .value = value});
  const std::string length = std::to_string(command_.data ? command_.data->size() : 0);
  if (command_.data) fields.push_back({.name = "content-length", .value = length});
  for (Transfer* transfer : session.transfers) {
    if (transfer->stream_id || transfer->exit_code >= 0) continue;
    const Url& url = transfer->wanted->url;
    const http3::RequestResult sent = connection->SendRequest(
        session.client->now(),
        {.method = command_.method, .authority = url.authority, .path = url.path}, fields,
        /*end=*/!command_.data || command_.data->empty());
    if (sent.refusal == http3::RequestRefusal::kNoStreamCredit)
      return;  // RequestsAvailable follows
    if (!sent.stream_id) {
      Finish(*transfer, kRequestFailed, std::string(ToString(sent.refusal)));
      continue;
    }
    transfer->stream_id = sent.stream_id;
    if (command_.verbose)
      std::fprintf(stderr, "> %s %s\n", command_.method.c_str(), url.path.c_str());
    if (command_.data && !command_.data->empty()) WriteBody(session, *transfer);
  }
}

void Fetch::WriteBody(Session& session, Transfer& transfer) {
  http3::Connection* connection = session.client->Find(session.id);
  if (!connection || !command_.data) return;
  const auto rest = std::string_view(*command_.data).substr(transfer.sent);
  const http3::BodyResult result = connection->WriteBody(
      session.client->now(), *transfer.stream_id,
      {reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size()}, /*end=*/true);
  transfer.sent += result.accepted;
}

void Fetch::ReadBody(Session& session, Transfer& transfer) {
  http3::Connection* connection = session.client->Find(session.id);
  while (connection) {
    const auto bytes = connection->ReadBody(*transfer.stream_id);
    if (bytes.empty()) return;
    if (transfer.size == 0) transfer.first_byte = session.client->now();
    if (!transfer.file) {
      const std::string& output = transfer.wanted->output;
      transfer.file = output.empty() ? stdout : std::fopen(output.c_str(), "wb");
    }
    if (!transfer.file ||
        std::fwrite(bytes.data(), 1, bytes.size(), transfer.file) != bytes.size()) {
      Finish(transfer, kCannotWrite,
             "cannot write " + transfer.wanted->output + ": " + std::strerror(errno));
      return connection->Abort(session.client->now(), *transfer.stream_id,
                               http3::ErrorCode::kRequestCancelled);
    }
    transfer.size += bytes.size();
    connection->ConsumeBody(session.client->now(), *transfer.stream_id, bytes.size());
  }
}

void Fetch::ShowHead(Transfer& transfer, const http3::ResponseHead& head) {
  transfer.status = head.status;
  std::FILE* out = command_.verbose ? stderr : stdout;
  if (!command_.verbose && !command_.include && !command_.head) return;
  const char* prefix = command_.verbose ? "< " : "";
  std::fprintf(out, "%sHTTP/3 %d\r\n", prefix, head.status);
  for (const qpack::Field& field : head.fields()) {
    std::fprintf(out, "%s%.*s: %.*s\r\n", prefix, static_cast<int>(field.name.size()),
                 field.name.data(), static_cast<int>(field.value.size()), field.value.data());
  }
  std::fprintf(out, "%s\r\n", prefix);
}

void Fetch::Finish(Transfer& transfer, int exit_code, const std::string& why) {
  if (transfer.exit_code >= 0) return;
  transfer.exit_code = exit_code;
  transfer.finished = quic::MonotonicNow();
  // A body without bytes makes an empty file, as a body with bytes makes a full one.
  if (exit_code == kDone && !transfer.file && !transfer.wanted->output.empty())
    transfer.file = std::fopen(transfer.wanted->output.c_str(), "wb");
  if (transfer.file && transfer.file != stdout &&
      std::fclose(std::exchange(transfer.file, nullptr)))
    transfer.exit_code = kCannotWrite;
  if (exit_code != kDone && !command_.silent) {
    std::fprintf(stderr, "client: (%d) %s: %s\n", exit_code, transfer.wanted->url.authority.c_str(),
                 why.c_str());
  }
}

void Fetch::FailSession(Session& session, int exit_code, const std::string& why) {
  session.closed = true;
  for (Transfer* transfer : session.transfers) Finish(*transfer, exit_code, why);
}

double Fetch::Seconds(quic::Instant from, quic::Instant to) const {
  return to < from ? 0 : std::chrono::duration<double>(to - from).count();
}

void Fetch::WriteOut(const Transfer& transfer) const {
  if (command_.write_out.empty()) return;
  const auto seconds = [this](quic::Instant to) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", Seconds(started_, to));
    return std::string(text);
  };
  const auto& session = *sessions_.at(transfer.wanted->url.endpoint());
  const std::pair<std::string_view, std::string> variables[] = {
      {"http_code", std::to_string(transfer.status)},
      {"response_code", std::to_string(transfer.status)},
      {"http_version", "3"},
      {"size_download", std::to_string(transfer.size)},
      {"time_appconnect", seconds(session.connected)},
      {"time_starttransfer", seconds(transfer.first_byte)},
      {"time_total", seconds(transfer.finished)},
      {"url", "https://" + transfer.wanted->url.authority + transfer.wanted->url.path},
      {"exitcode", std::to_string(transfer.exit_code)},
  };
  std::string text;
  std::string_view format = command_.write_out;
  while (!format.empty()) {
    if (format.starts_with("\\n")) {
      text += '\n';
      format.remove_prefix(2);
      continue;
    }
    bool replaced = false;
    for (const auto& [name, value] : variables) {
      const std::string pattern = "%{" + std::string(name) + "}";
      if (!format.starts_with(pattern)) continue;
      text += value;
      format.remove_prefix(pattern.size());
      replaced = true;
      break;
    }
    if (replaced) continue;
    text += format[0];
    format.remove_prefix(1);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace quiesce::examples
