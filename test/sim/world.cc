#include "test/sim/world.h"

#include <algorithm>
#include <utility>

#include "quic/base/check.h"
#include "xxhash.h"

namespace quiesce::sim {

void World::AddHost(const std::string& name, const quic::SocketAddress& address, Node& host) {
  QUIESCE_CHECK(!FindHost(address));
  if (options_.notes) host.EnableNotes();
  hosts_.push_back({name, address, &host});
}

void World::AddPath(const quic::SocketAddress& from, const quic::SocketAddress& to,
                    std::vector<std::unique_ptr<Node>> stages) {
  const auto source = FindHost(from), target = FindHost(to);
  QUIESCE_CHECK(source && target);
  Path path{*source, *target, {}};
  for (std::unique_ptr<Node>& stage : stages) {
    if (options_.notes) stage->EnableNotes();
    path.stages.push_back({hosts_[*source].name + " -> " + hosts_[*target].name, std::move(stage)});
  }
  paths_.push_back(std::move(path));
}

std::optional<std::size_t> World::FindHost(const quic::SocketAddress& address) const {
  for (std::size_t i = 0; i < hosts_.size(); ++i)
    if (hosts_[i].address == address) return i;
  return std::nullopt;
}

bool World::Step() {
  if (!fault_.empty()) return false;
  if (steps_ == 0) Settle();  // what the hosts want to send before anything has happened
  const std::optional<Instant> next = NextTimeout();
  if (!next) return false;
  if (steps_ == options_.steps_max) {
    fault_ = "the world does not come to rest";
    return false;
  }
  ++steps_;
  now_ = std::max(now_, *next);
  for (Path& path : paths_) Carry(path);
  Settle();
  for (Host& host : hosts_) {
    const std::optional<Instant> due = host.node->NextTimeout();
    if (!due || *due > now_) continue;
    host.node->HandleTimeout(now_);
    host.touched = true;
  }
  Settle();
  CheckDeadlines();
  return fault_.empty();
}

std::optional<Instant> World::NextTimeout() const {
  std::optional<Instant> next;
  const auto consider = [&next](std::optional<Instant> time) {
    if (time && (!next || *time < *next)) next = time;
  };
  for (const Host& host : hosts_) consider(host.node->NextTimeout());
  for (const Path& path : paths_)
    for (const Stage& stage : path.stages) consider(stage.node->NextTimeout());
  return next;
}

// Until nobody has anything to send.
void World::Settle() {
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (!std::exchange(hosts_[i].touched, false)) continue;
      Transmit(i);
      again = true;
    }
  }
}

void World::Transmit(std::size_t host) {
  Node& node = *hosts_[host].node;
  while (node.PollTransmit(now_, sent_) > 0) {
    for (const auto& datagram : sent_.datagrams()) Send(host, datagram);
    sent_.Clear();
  }
  TakeNotes(hosts_[host].name, node);
  for (Path& path : paths_)
    if (path.from == host) Carry(path);
}

void World::Send(std::size_t from, const quic::TransmitBatch::Datagram& datagram) {
  trace_hash_ = XXH3_64bits_withSeed(
      datagram.bytes.data(), datagram.bytes.size(),
      trace_hash_ ^ static_cast<std::uint64_t>(now_.time_since_epoch().count()) ^ from << 56);
  const auto to = FindHost(datagram.info.path.peer);
  const Transfer transfer{hosts_[from].name, to ? std::string_view(hosts_[*to].name) : "",
                          datagram.info, datagram.bytes};
  for (WorldObserver* observer : observers_) observer->OnSent(now_, transfer);
  const auto path = std::ranges::find_if(
      paths_, [&](const Path& each) { return each.from == from && each.to == to; });
  if (path != paths_.end()) Enter(*path, 0, datagram.info, datagram.bytes);
}

// What is due at a stage goes on to the next one.
void World::Carry(Path& path) {
  for (std::size_t i = 0; i < path.stages.size(); ++i) {
    Stage& stage = path.stages[i];
    while (stage.node->PollTransmit(now_, carried_) > 0) {
      for (const auto& datagram : carried_.datagrams())
        Enter(path, i + 1, datagram.info, datagram.bytes);
      carried_.Clear();
    }
    TakeNotes(stage.name, *stage.node);
  }
}

void World::Enter(Path& path, std::size_t index, const quic::DatagramInfo& info,
                  std::span<const std::uint8_t> bytes) {
  scratch_.assign(bytes.begin(), bytes.end());
  if (index < path.stages.size())
    path.stages[index].node->HandleDatagram(now_, info, scratch_);
  else
    Deliver(path, info, scratch_);
}

void World::Deliver(const Path& path, quic::DatagramInfo info, std::span<std::uint8_t> bytes) {
  // What was sent from here to there has arrived there from here.
  std::swap(info.path.local, info.path.peer);
  Host& host = hosts_[path.to];
  const Transfer transfer{hosts_[path.from].name, host.name, info, bytes};
  for (WorldObserver* observer : observers_) observer->OnDelivered(now_, transfer);
  host.node->HandleDatagram(now_, info, bytes);
  host.touched = true;
}

void World::TakeNotes(const std::string& name, Node& node) {
  if (!options_.notes) return;
  while (const auto note = node.PollEvent())
    for (WorldObserver* observer : observers_) observer->OnNote(now_, name, *note);
}

// A deadline that is still due after its timer ran and everything was sent would never let time go
// on.
void World::CheckDeadlines() {
  for (const Host& host : hosts_) {
    const std::optional<Instant> due = host.node->NextTimeout();
    if (due && *due <= now_) fault_ = host.name + " has a deadline that is not in the future";
  }
}

}  // namespace quiesce::sim
