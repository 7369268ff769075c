// Two connections of which the server leaves, step by step.
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "http3/connection.h"
#include "http3/testing/h3_pair.h"

namespace quiesce::http3 {

class DrainTest : public ::testing::Test {
 protected:
  DrainTest() { pair.Establish(); }

  void Shutdown(ShutdownPolicy policy = ShutdownPolicy::kTwoPhase) {
    server.connection.Shutdown(pair.now, policy, pair.now + std::chrono::seconds(10));
    server.Pump(pair.now);
  }
  SessionState state() const { return server.connection.server_state(); }
  DrainRecord record() const { return server.connection.drain_record(); }
  std::vector<std::uint64_t> goaways() const { return GoawaysWritten(server.transport); }
  // One kind of move of the server's arrives.
  void Deliver(FakeTransport& from, Move::Kind kind, quic::StreamId id) {
    for (const Move& move : from.moves())
      if (move.kind == kind && move.stream_id == id) from.Make(move);
    client.Pump(pair.now);
    server.Pump(pair.now);
  }
  static quic::StreamId Control(quic::Perspective of) {
    return quic::StreamId::Make(of, quic::StreamDirection::kUnidirectional, 0);
  }
  // The client opens a request stream and sends these bytes, whatever it was told.
  quic::StreamId Force(std::string_view bytes, bool fin = false) {
    const auto id = client.transport.OpenStream(quic::StreamDirection::kBidirectional);
    (void)client.transport.Write(*id, Bytes(bytes), fin);
    return *id;
  }
  // Leaves the client out of it: its transport delivers, nobody reads.
  void ToServerOnly() {
    for (const Move& move : client.transport.moves()) client.transport.Make(move);
    server.Pump(pair.now);
  }
  void ToClientTransportOnly() {
    for (const Move& move : server.transport.moves()) server.transport.Make(move);
    while (client.transport.PollEvent()) {
    }
  }

  H3Pair pair;
  H3End& client = pair.client;
  H3End& server = pair.server;
};

}  // namespace quiesce::http3
