#include "test/support/server/server_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <variant>

#include "crypto/self_signed.h"
#include "crypto/tls_handshake.h"

namespace quiesce::test {
namespace {

using quic::SocketAddress;

constexpr std::array<std::uint8_t, 4> kClientIp{192, 0, 2, 1};
constexpr std::array<std::uint8_t, 4> kServerIp{192, 0, 2, 2};
constexpr std::array<std::uint8_t, 16> kCidKey{1, 2, 3};
constexpr std::array<std::uint8_t, 32> kResetKey{4, 5, 6};

std::unique_ptr<quic::Endpoint> MakeEndpoint(const quic::EndpointConfig& config,
                                             quic::HandshakeFactory accept,
                                             crypto::Random& random) {
  const quic::StatelessResetter resetter{crypto::Secret(kResetKey)};
  return std::make_unique<quic::Endpoint>(
      config, quic::CidGenerator({}, crypto::Secret(kCidKey), resetter, random), resetter,
      std::move(accept), random);
}

std::shared_ptr<const crypto::ServerTlsConfig> MakeServerTls() {
  crypto::SelfSignedCertificate certificate;
  std::string error;
  EXPECT_TRUE(crypto::MakeSelfSigned({.names = {"localhost"}, .now_unix_s = 1'800'000'000},
                                     &certificate, &error));
  return crypto::ServerTlsConfig::Create(
      {.certificate_chain = crypto::PemSource::Text(certificate.certificate_pem, "certificate"),
       .private_key = crypto::PemSource::Text(certificate.private_key_pem, "key"),
       .alpn = {"h3"}},
      &error);
}

std::shared_ptr<const crypto::ClientTlsConfig> MakeClientTls() {
  std::string error;
  return crypto::ClientTlsConfig::Create(
      {.verification = crypto::PeerVerification::kInsecure, .alpn = {"h3"}}, &error);
}

std::span<const std::uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string_view Answer::field(std::string_view name) const {
  for (const auto& [each, value] : fields)
    if (each == name) return value;
  return {};
}

ServerWorld::ServerWorld(http3::RequestHandler& handler, const Options& options)
    : options_(options),
      random_(options.seed),
      server_tls_(MakeServerTls()),
      client_tls_(MakeClientTls()),
      server_(std::make_unique<http3::ServerCore>(
          options_.server,
          MakeEndpoint(
              options_.endpoint, [this] { return crypto::NewServerHandshake(server_tls_); },
              random_),
          handler, random_)),
      client_(std::make_unique<http3::ClientCore>(
          options_.client, MakeEndpoint(options_.endpoint, nullptr, random_), random_)) {}

ServerWorld::~ServerWorld() = default;

http3::SessionId ServerWorld::Connect() {
  return client_->Connect(now_,
                          {.local = SocketAddress::Ipv4(kClientIp, next_port_++),
                           .peer = SocketAddress::Ipv4(kServerIp, 443)},
                          quic::Version::kV1, crypto::NewClientHandshake(client_tls_, "localhost"));
}

http3::SessionId ServerWorld::Open() {
  const http3::SessionId session = Connect();
  EXPECT_TRUE(RunUntil([&] { return ready(session); }));
  // The handshake is confirmed and SETTINGS are exchanged.
  RunFor(4 * options_.one_way_delay);
  return session;
}

const http3::Closed* ServerWorld::closed(http3::SessionId session) const {
  const auto it = closed_.find(session);
  return it == closed_.end() ? nullptr : &it->second;
}

std::uint64_t ServerWorld::goaways_received(http3::SessionId session) { return goaways_[session]; }

ServerWorld::Request ServerWorld::Send(http3::SessionId session, std::string_view path,
                                       std::string_view method, bool end) {
  http3::Connection* connection = client_->Find(session);
  if (!connection) {
    ADD_FAILURE() << "no such session";
    return {};
  }
  const http3::RequestResult sent = connection->SendRequest(
      now_, {.method = method, .authority = "localhost", .path = path}, {}, end);
  EXPECT_TRUE(sent.stream_id) << ToString(sent.refusal);
  return {session, sent.stream_id.value_or(quic::StreamId())};
}

void ServerWorld::SendBody(const Request& request, std::string_view bytes, bool end) {
  http3::Connection* connection = client_->Find(request.session);
  ASSERT_NE(connection, nullptr);
  const auto result = connection->WriteBody(now_, request.stream_id, BytesOf(bytes), end);
  EXPECT_EQ(result.accepted, bytes.size());
}

void ServerWorld::Cancel(const Request& request) {
  if (http3::Connection* connection = client_->Find(request.session))
    connection->Abort(now_, request.stream_id, http3::ErrorCode::kRequestCancelled);
}

bool ServerWorld::RunUntil(const std::function<bool()>& done, quic::Duration limit) {
  const quic::Instant end = now_ + limit;
  Settle();
  while (!done()) {
    if (!Step(end)) return false;
    Settle();
  }
  return true;
}

void ServerWorld::RunFor(quic::Duration duration) {
  const quic::Instant end = now_ + duration;
  RunUntil([] { return false; }, duration);
  now_ = std::max(now_, end);
}

// Moves to the next thing that happens. False when that lies beyond `limit` or there is none.
bool ServerWorld::Step(quic::Instant limit) {
  std::optional<quic::Instant> next;
  const auto consider = [&next](std::optional<quic::Instant> time) {
    if (time && (!next || *time < *next)) next = time;
  };
  if (!wire_.empty()) consider(wire_.front().arrival);
  consider(client_->NextTimeout());
  consider(server_->NextTimeout());
  if (coordinator_) consider(coordinator_->NextTimeout());
  if (!next || *next > limit) return false;
  now_ = std::max(now_, *next);
  while (!wire_.empty() && wire_.front().arrival <= now_) {
    InFlight datagram = std::move(wire_.front());
    wire_.pop_front();
    if (datagram.from_client)
      server_->HandleDatagram(now_, {.path = datagram.path}, datagram.bytes);
    else
      client_->HandleDatagram(now_, {.path = datagram.path}, datagram.bytes);
  }
  client_->HandleTimeout(now_);
  server_->HandleTimeout(now_);
  if (coordinator_) coordinator_->HandleTimeout(now_);
  return true;
}

void ServerWorld::Settle() {
  for (bool progress = true; progress;) {
    progress = TransmitServer();
    if (coordinator_) progress = coordinator_->Advance(now_, server_batch_.empty()) || progress;
    TakeClientEvents();
    progress = TransmitClient() || progress;
  }
}

bool ServerWorld::TransmitServer() {
  if (held_) {
    // One batch is stuck in the socket, and nothing more is asked for.
    if (server_batch_.empty()) server_->PollTransmit(now_, server_batch_);
    return false;
  }
  bool sent = !server_batch_.empty();
  Launch(server_batch_, /*from_client=*/false);
  while (server_->PollTransmit(now_, server_batch_) > 0) {
    sent = true;
    Launch(server_batch_, /*from_client=*/false);
  }
  return sent;
}

bool ServerWorld::TransmitClient() {
  bool sent = false;
  while (client_->PollTransmit(now_, client_batch_) > 0) {
    sent = true;
    Launch(client_batch_, /*from_client=*/true);
  }
  return sent;
}

void ServerWorld::Launch(quic::TransmitBatch& batch, bool from_client) {
  for (const auto& datagram : batch.datagrams()) {
    if (!from_client) ++server_datagrams_;
    std::vector<std::uint8_t> bytes(datagram.bytes.begin(), datagram.bytes.end());
    if (filter_ && !filter_(from_client, bytes)) continue;
    const quic::NetworkPath& path = datagram.info.path;
    wire_.push_back({now_ + options_.one_way_delay,
                     from_client,
                     {.local = path.peer, .peer = path.local},
                     std::move(bytes)});
  }
  batch.Clear();
}

void ServerWorld::TakeClientEvents() {
  while (auto event = client_->PollEvent(now_)) {
    if (std::holds_alternative<http3::SessionReady>(event->event))
      ready_[event->session] = true;
    else
      Take(event->session, std::get<http3::Event>(event->event));
  }
}

void ServerWorld::Take(http3::SessionId session, http3::Event& event) {
  if (auto* head = std::get_if<http3::ResponseHeaders>(&event)) {
    Answer& answer = answers_[{session, head->stream_id}];
    if (head->head.is_interim()) return answer.interim.push_back(head->head.status);
    answer.status = head->head.status;
    for (const qpack::Field& field : head->head.fields())
      answer.fields.emplace_back(field.name, field.value);
  } else if (const auto* body = std::get_if<http3::BodyReadable>(&event)) {
    if (reading_) ReadBody({session, body->stream_id});
  } else if (const auto* finished = std::get_if<http3::MessageFinished>(&event)) {
    answers_[{session, finished->stream_id}].finished = true;
  } else if (const auto* failed = std::get_if<http3::RequestFailed>(&event)) {
    answers_[{session, failed->stream_id}].failed = *failed;
  } else if (std::holds_alternative<http3::GoawayReceived>(event)) {
    ++goaways_[session];
  } else if (const auto* closed = std::get_if<http3::Closed>(&event)) {
    closed_[session] = *closed;
  }
}

void ServerWorld::ReadBody(const Request& request) {
  http3::Connection* connection = client_->Find(request.session);
  if (!connection) return;
  for (;;) {
    const auto bytes = connection->ReadBody(request.stream_id);
    if (bytes.empty()) return;
    answers_[request].body.append(bytes.begin(), bytes.end());
    connection->ConsumeBody(now_, request.stream_id, bytes.size());
  }
}

}  // namespace quiesce::test
