// What to transfer, and how.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace quiesce::bench {

inline constexpr const char* kTransferHelp =
    "loopback_transfer: a server and a client process, one core each, over 127.0.0.1\n"
    "  --bytes N         body bytes in all, after a warm-up of an eighth (default 1 GiB)\n"
    "  --connections N   that share them (default 1)\n"
    "  --datagram N      bytes of a full datagram (default 1444: what an MTU of 1500 leaves)\n"
    "  --mtu N           make a network of this MTU for it (default: the machine's loopback)\n"
    "  --no-offload      one datagram per message, without GSO and GRO\n"
    "  --server-cpu N, --client-cpu N   where they run (defaults 0 and 1)\n";

struct TransferOptions {
  std::uint64_t bytes = std::uint64_t{1} << 30;
  std::uint64_t connections = 1;
  std::uint64_t datagram = 1444;
  std::uint64_t mtu = 0;  // 0 = as it is
  std::uint64_t server_cpu = 0;
  std::uint64_t client_cpu = 1;
  bool offload = true;
};

// nullopt, and one line in `error`, when the arguments (without the program's name) are wrong.
std::optional<TransferOptions> ParseTransferOptions(std::span<char* const> arguments,
                                                    std::string& error);

}  // namespace quiesce::bench
