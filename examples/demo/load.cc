#include "examples/demo/load.h"

#include <algorithm>
#include <variant>

#include "http3/error.h"

namespace quiesce::examples {

std::unique_ptr<Load> Load::Create(const DemoOptions& options, std::size_t keys_max,
                                   const std::string& certificate_pem, std::string& error) {
  auto client = http3::Client::Create(
      {.verification = crypto::PeerVerification::kGivenRoots,
       .roots = crypto::PemSource::Text(certificate_pem, "the server's certificate")},
      error);
  if (!client) return nullptr;
  return std::unique_ptr<Load>(new Load(options, keys_max, std::move(client)));
}

Load::Load(const DemoOptions& options, std::size_t keys_max, std::unique_ptr<http3::Client> client)
    : options_(options), keys_max_(keys_max), client_(std::move(client)) {}

bool Load::Connect(const quic::SocketAddress& server, quic::Instant deadline, std::string& error) {
  for (int i = 0; i < options_.connections; ++i)
    sessions_[client_->Connect(server, "localhost")] = {};
  open_ = sessions_.size();
  while (ready_ < sessions_.size() && open_ == sessions_.size() && client_->now() < deadline)
    RunOnce(deadline);
  if (ready_ == sessions_.size()) return true;
  error = std::to_string(sessions_.size() - ready_) + " of " + std::to_string(sessions_.size()) +
          " connections did not come to stand: " +
          (first_failure_.empty() ? "no answer in time" : first_failure_);
  return false;
}

void Load::RunOnce(quic::Instant deadline) {
  client_->RunOnce(deadline);
  while (const auto event = client_->PollEvent()) Handle(*event);
  client_->Flush();
}

void Load::Handle(const http3::ConnectionEvent& event) {
  const auto it = sessions_.find(event.session);
  if (it == sessions_.end()) return;
  if (std::holds_alternative<http3::SessionReady>(event.event)) {
    it->second.ready = true;
    ++ready_;
    return SendRequests(it->first, it->second);
  }
  HandleEvent(event.session, std::get<http3::Event>(event.event));
}

void Load::HandleEvent(http3::SessionId id, const http3::Event& event) {
  Session& session = sessions_.at(id);
  if (const auto* closed = std::get_if<http3::Closed>(&event)) {
    session.leaving = true;
    --open_;
    if (!session.ready && first_failure_.empty()) first_failure_ = closed->reason;
    return;
  }
  if (std::holds_alternative<http3::GoawayReceived>(event)) {
    session.leaving = true;
    return;
  }
  if (std::holds_alternative<http3::RequestsAvailable>(event)) return SendRequests(id, session);
  const auto find = [this, id](quic::StreamId stream_id) {
    return waiting_.find(RequestId{id, stream_id});
  };
  if (const auto* head = std::get_if<http3::ResponseHeaders>(&event)) {
    if (const auto it = find(head->stream_id); it != waiting_.end())
      it->second.good = it->second.good && head->head.status == 200;
  } else if (const auto* readable = std::get_if<http3::BodyReadable>(&event)) {
    if (const auto it = find(readable->stream_id); it != waiting_.end())
      ReadBody(it->first, it->second);
  } else if (const auto* finished = std::get_if<http3::MessageFinished>(&event)) {
    const auto it = find(finished->stream_id);
    if (it == waiting_.end()) return;
    const Request& request = it->second;
    const bool right = request.good && request.received == request.work.bytes;
    End(it->first, right ? Fate::kAnswered : Fate::kWrongAnswer);
  } else if (const auto* failed = std::get_if<http3::RequestFailed>(&event)) {
    const auto it = find(failed->stream_id);
    if (it == waiting_.end()) return;
    const bool late = drain_deadline_ && client_->now() >= *drain_deadline_;
    End(it->first, failed->safety == http3::RetrySafety::kNotProcessed ? Fate::kNotProcessed
                   : late                                              ? Fate::kCutOff
                                                                       : Fate::kFailed);
  }
}

// As many as the session may have in flight.
void Load::SendRequests(http3::SessionId id, Session& session) {
  http3::Connection* connection = client_->Find(id);
  while (connection && !session.leaving && session.in_flight < options_.in_flight &&
         fates_.size() < keys_max_) {
    const Work work = Work::Of(static_cast<std::uint32_t>(fates_.size()));
    const std::string path = work.path();
    const http3::RequestResult sent = connection->SendRequest(
        client_->now(), {.authority = "localhost", .path = path}, {}, /*end=*/true);
    if (!sent.stream_id) {
      // Without credit RequestsAvailable follows; for any other reason this session is done.
      session.leaving = sent.refusal != http3::RequestRefusal::kNoStreamCredit;
      return;
    }
    waiting_[{id, *sent.stream_id}] = {.work = work};
    fates_.push_back(Fate::kNone);
    ++session.in_flight;
  }
}

void Load::ReadBody(const RequestId& id, Request& request) {
  http3::Connection* connection = client_->Find(id.first);
  while (connection) {
    const auto bytes = connection->ReadBody(id.second);
    if (bytes.empty()) return;
    request.good = request.good && request.work.Matches(request.received, bytes);
    request.received += bytes.size();
    connection->ConsumeBody(client_->now(), id.second, bytes.size());
  }
}

// A request has its fate, and the next one takes its place.
void Load::End(const RequestId& id, Fate fate) {
  const auto it = waiting_.find(id);
  const http3::SessionId session_id = id.first;
  fates_[it->second.work.key] = fate;
  if (fate == Fate::kAnswered) ++answered_;
  waiting_.erase(it);
  Session& session = sessions_.at(session_id);
  --session.in_flight;
  SendRequests(session_id, session);
}

}  // namespace quiesce::examples
