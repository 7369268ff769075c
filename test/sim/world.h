// A simulated world: hosts at addresses, paths between them, virtual time. It moves from one thing
// that happens to the next, carries datagrams, and hashes every one of them with its time: two runs
// of one seed are the same run exactly when their hashes are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quic/base/address.h"
#include "quic/base/datagram.h"
#include "test/sim/node.h"

namespace quiesce::sim {

// A datagram that leaves a host, or arrives at one. Views, for the call.
struct Transfer {
  std::string_view from;  // names of hosts; `to` is empty when no such host exists
  std::string_view to;
  const quic::DatagramInfo& info;  // local = where it leaves, or arrives
  std::span<const std::uint8_t> bytes;
};

// Who must know of every datagram, or reads the nodes' notes.
class WorldObserver {
 public:
  virtual ~WorldObserver() = default;
  virtual void OnSent(Instant, const Transfer&) {}
  virtual void OnDelivered(Instant, const Transfer&) {}
  virtual void OnNote(Instant, std::string_view /*node*/, std::string_view /*text*/) {}
};

class World {
 public:
  struct Options {
    Instant start = Instant() + std::chrono::hours(1);
    // More steps than this are a world that never comes to rest.
    std::uint64_t steps_max = 1'000'000;
    // Whether nodes are asked for notes.
    bool notes = false;
  };

  explicit World(const Options& options) : options_(options), now_(options.start) {}

  // References outlive the world. Everything is added before the first step.
  void AddObserver(WorldObserver& observer) { observers_.push_back(&observer); }
  void AddHost(const std::string& name, const quic::SocketAddress& address, Node& host);
  // What happens to datagrams from one host to another, first stage first. Without a path they are
  // lost.
  void AddPath(const quic::SocketAddress& from, const quic::SocketAddress& to,
               std::vector<std::unique_ptr<Node>> stages);

  // Goes on to the next moment at which something is due: datagrams arrive, then timers run, and
  // after each of these everybody sends what there is to send. False when nothing is due any more,
  // or a fault was found.
  bool Step();

  Instant now() const { return now_; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t trace_hash() const { return trace_hash_; }
  // What a host or the world itself did wrong; empty while all is well.
  const std::string& fault() const { return fault_; }

 private:
  struct Host {
    std::string name;
    quic::SocketAddress address;
    Node* node;
    bool touched = true;  // may have something to send
  };
  struct Stage {
    std::string name;
    std::unique_ptr<Node> node;
  };
  struct Path {
    std::size_t from;
    std::size_t to;
    std::vector<Stage> stages;
  };

  std::optional<std::size_t> FindHost(const quic::SocketAddress& address) const;
  std::optional<Instant> NextTimeout() const;
  void Settle();
  void Transmit(std::size_t host);
  void Send(std::size_t from, const quic::TransmitBatch::Datagram& datagram);
  void Carry(Path& path);
  // Hands one datagram to the stage at `index`, or to the host at the end.
  void Enter(Path& path, std::size_t index, const quic::DatagramInfo& info,
             std::span<const std::uint8_t> bytes);
  void Deliver(const Path& path, quic::DatagramInfo info, std::span<std::uint8_t> bytes);
  void TakeNotes(const std::string& name, Node& node);
  void CheckDeadlines();

  const Options options_;
  std::vector<WorldObserver*> observers_;
  std::vector<Host> hosts_;
  std::vector<Path> paths_;
  Instant now_;
  std::uint64_t steps_ = 0;
  std::uint64_t trace_hash_ = 0;
  std::string fault_;
  quic::TransmitBatch sent_{64 * 1024};
  quic::TransmitBatch carried_{64 * 1024};
  std::vector<std::uint8_t> scratch_;
};

}  // namespace quiesce::sim
