// A parameter of tests that do the same in each role and in each kind of packet.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "quic/base/types.h"
#include "quic/wire/packet_type.h"

namespace quiesce::test {

struct PacketCase {
  quic::Perspective tested;
  quic::PacketType packet;
};

inline constexpr PacketCase kPacketCases[] = {
    {quic::Perspective::kServer, quic::PacketType::kInitial},
    {quic::Perspective::kServer, quic::PacketType::kHandshake},
    {quic::Perspective::kServer, quic::PacketType::kOneRtt},
    {quic::Perspective::kClient, quic::PacketType::kInitial},
    {quic::Perspective::kClient, quic::PacketType::kHandshake},
    {quic::Perspective::kClient, quic::PacketType::kOneRtt},
};

inline std::string NameOfCase(const testing::TestParamInfo<PacketCase>& info) {
  return std::string(info.param.tested == quic::Perspective::kServer ? "Server" : "Client") +
         (info.param.packet == quic::PacketType::kInitial     ? "Initial"
          : info.param.packet == quic::PacketType::kHandshake ? "Handshake"
                                                              : "OneRtt");
}

}  // namespace quiesce::test
