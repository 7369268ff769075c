#include "http3/client/session_cache.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "quic/wire/cursor.h"

namespace quiesce::http3 {
namespace {

constexpr std::string_view kMagic = "quiesce-sessions-1\n";

std::span<const std::uint8_t> ViewOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void Append(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void AppendU64(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void AppendSized(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes) {
  AppendU64(out, bytes.size());
  Append(out, bytes);
}

std::vector<std::uint8_t> ReadSized(quic::Reader& in) {
  const auto bytes = in.Bytes(in.U64());
  return {bytes.begin(), bytes.end()};
}

void AppendSession(std::vector<std::uint8_t>& out, const std::string& origin,
                   const ResumableSession& session) {
  AppendSized(out, ViewOf(origin));
  AppendU64(out, static_cast<std::uint32_t>(session.transport.version));
  AppendSized(out, session.transport.tls);
  AppendSized(out, session.transport.parameters);
  out.push_back(session.settings ? 1 : 0);
  if (!session.settings) return;
  for (const SettingRow& row : SettingTable()) AppendU64(out, (*session.settings).*row.field);
}

}  // namespace

void SessionCache::Put(const std::string& origin, ResumableSession session) {
  auto it = origins_.find(origin);
  if (it == origins_.end()) {
    it = origins_.try_emplace(origin).first;
    it->second.age = ages_.insert(ages_.end(), origin);
  } else {
    ages_.splice(ages_.end(), ages_, it->second.age);
  }
  auto& sessions = it->second.sessions;
  sessions.push_back(std::move(session));
  if (sessions.size() > kPerOrigin) sessions.pop_front();
  if (origins_.size() <= origins_max_) return;
  origins_.erase(ages_.front());
  ages_.pop_front();
}

std::optional<ResumableSession> SessionCache::Take(const std::string& origin,
                                                   quic::Version version) {
  const auto it = origins_.find(origin);
  if (it == origins_.end()) return std::nullopt;
  auto& sessions = it->second.sessions;
  // RFC 9369 §5: a session of one version is none for another.
  const auto newest = std::find_if(sessions.rbegin(), sessions.rend(), [&](const auto& session) {
    return session.transport.version == version;
  });
  if (newest == sessions.rend()) return std::nullopt;
  std::optional<ResumableSession> taken(std::move(*newest));
  sessions.erase(std::next(newest).base());
  if (sessions.empty()) {
    ages_.erase(it->second.age);
    origins_.erase(it);
  }
  return taken;
}

std::size_t SessionCache::size() const {
  std::size_t size = 0;
  for (const auto& [name, origin] : origins_) size += origin.sessions.size();
  return size;
}

std::vector<std::uint8_t> SessionCache::Encode() const {
  std::vector<std::uint8_t> out;
  Append(out, ViewOf(kMagic));
  for (const std::string& name : ages_)
    for (const ResumableSession& session : origins_.at(name).sessions)
      AppendSession(out, name, session);
  return out;
}

bool SessionCache::Decode(std::span<const std::uint8_t> bytes) {
  quic::Reader in(bytes);
  if (!std::ranges::equal(in.Bytes(kMagic.size()), ViewOf(kMagic))) return false;
  while (!in.empty()) {
    const std::vector<std::uint8_t> name = ReadSized(in);
    ResumableSession session;
    session.transport.version = static_cast<quic::Version>(in.U64());
    session.transport.tls = ReadSized(in);
    session.transport.parameters = ReadSized(in);
    if (in.U8() != 0) {
      session.settings.emplace();
      for (const SettingRow& row : SettingTable()) (*session.settings).*row.field = in.U64();
    }
    if (!in.ok()) return false;
    Put({name.begin(), name.end()}, std::move(session));
  }
  return in.ok();
}

}  // namespace quiesce::http3
