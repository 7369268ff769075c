// A whole connection, fed datagrams, time and calls. The input is a program: its first byte chooses
// the side under test, the version and the size of the server's flight; then come steps, each a
// byte and its arguments. A raw peer protects whatever frames the input holds, so that they reach
// what stands behind the packet protection, and checks that what comes back can be read.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quic/base/check.h"
#include "quic/base/types.h"
#include "quic/wire/packet_type.h"
#include "test/support/raw_pair.h"

namespace quiesce::quic {
namespace {

using std::chrono::milliseconds;
using test::Bytes;
using test::RawPair;

class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t Byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_[0];
    rest_ = rest_.subspan(1);
    return byte;
  }
  Bytes Take(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }

 private:
  std::span<const std::uint8_t> rest_;
};

class World {
 public:
  explicit World(std::span<const std::uint8_t> bytes)
      : input_(bytes), pair_(Choose(input_.Byte())) {}

  void Run() {
    pair_.Exchange();
    for (int steps = 0; steps < kStepsMax && !input_.empty(); ++steps) {
      Step();
      CheckInvariants();
    }
    // Whatever happened, everything ends by itself.
    pair_.peer_is_deaf = true;
    pair_.RunFor(std::chrono::minutes(10));
    QUIESCE_CHECK(pair_.endpoint().connection_count() == 0);
    QUIESCE_CHECK(pair_.endpoint().memory_bytes() == 0);
  }

 private:
  static constexpr int kStepsMax = 200;

  static RawPair::Options Choose(std::uint8_t bits) {
    return {.tested = (bits & 1) != 0 ? Perspective::kClient : Perspective::kServer,
            .version = (bits & 2) != 0 ? Version::kV2 : Version::kV1,
            .tls = {.certificate_bytes = (bits & 8) != 0 ? std::size_t{10'000} : 2'500}};
  }

  void Step() {
    switch (input_.Byte() % 12) {
      case 0:
        return pair_.SendDatagram(input_.Take(std::size_t{8} * input_.Byte()));
      case 1: {
        const auto id = pair_.peer().peer_cid().bytes();
        Bytes datagram{0x40};
        datagram.insert(datagram.end(), id.begin(), id.end());
        const Bytes rest = input_.Take(std::size_t{8} * input_.Byte());
        datagram.insert(datagram.end(), rest.begin(), rest.end());
        return pair_.SendDatagram(datagram);
      }
      case 2:
        return SendPacket(PacketType::kInitial);
      case 3:
        return SendPacket(PacketType::kHandshake);
      case 4:
        return SendPacket(PacketType::kOneRtt);
      case 5:
        validated_ = true;  // there may be a Handshake packet in it
        return pair_.SendHandshake();
      case 6:
        if (Has(PacketType::kOneRtt)) pair_.Acknowledge();
        return;
      case 7:
        return pair_.RunFor(milliseconds(10) * input_.Byte());
      case 8:
        return Call();
      case 9:
        pair_.peer_is_deaf = !pair_.peer_is_deaf;
        return;
      case 10:
        return SendDamaged();
      default:
        return pair_.endpoint().StopAccepting();
    }
  }

  bool Has(PacketType type) { return pair_.peer().has_keys(SpaceOf(type)); }

  void SendPacket(PacketType type) {
    const Bytes payload = input_.Take(input_.Byte());
    if (!Has(type)) return;
    validated_ = validated_ || type == PacketType::kHandshake;
    pair_.Send(type, payload);
  }

  // A good packet in which one bit is not.
  void SendDamaged() {
    const PacketType type = Has(PacketType::kOneRtt) ? PacketType::kOneRtt : PacketType::kInitial;
    const std::size_t where = input_.Byte();
    if (!Has(type)) return;
    Bytes datagram =
        pair_.peer().Datagram(type, test::Encode(PingFrame{}, PaddingFrame{.count = 20}));
    datagram[where % datagram.size()] ^= static_cast<std::uint8_t>(1 << (where % 8));
    pair_.SendDatagram(datagram);
  }

  void Call() {
    const std::uint8_t what = input_.Byte(), argument = input_.Byte();
    Connection* connection = pair_.connection();
    if (connection == nullptr) return;
    const StreamId id(argument % 16);
    switch (what % 8) {
      case 0:
        connection->OpenStream(argument % 2 == 0 ? StreamDirection::kBidirectional
                                                 : StreamDirection::kUnidirectional);
        break;
      case 1:
        connection->Write(id, Bytes(std::size_t{100} * argument), argument % 5 == 0);
        break;
      case 2:
        connection->Consume(id, ByteCount(connection->Peek(id).bytes.size()));
        break;
      case 3:
        connection->ResetStream(id, argument);
        break;
      case 4:
        connection->StopSending(id, argument);
        break;
      case 5:
        connection->Close(argument, "closed");
        break;
      case 6:
        connection->WatchAcked(id, ByteCount(argument));
        break;
      default:
        connection->StopStreamCredit(StreamDirection::kBidirectional);
    }
    pair_.Exchange();
  }

  void CheckInvariants() {
    // RFC 9000 §8.1, while nobody can know that the client is at its address.
    QUIESCE_CHECK(pair_.endpoint().stats().connections_opened > 0 || validated_ ||
                  pair_.bytes_sent() <= 3 * pair_.bytes_received());
    // What one peer can make this side hold: windows, buffers and their blocks.
    QUIESCE_CHECK(pair_.endpoint().memory_bytes() < (std::size_t{8} << 20));
  }

  Input input_;
  RawPair pair_;
  bool validated_ = false;
};

}  // namespace
}  // namespace quiesce::quic

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  quiesce::quic::World(std::span(data, size)).Run();
  return 0;
}
