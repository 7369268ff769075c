#include "bench/loopback_transfer/options.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace quiesce::bench {
namespace {

struct Row {
  std::string_view name;
  std::uint64_t TransferOptions::*field;
  std::uint64_t least, most;
};
constexpr Row kRows[] = {
    {"--bytes", &TransferOptions::bytes, 1, std::uint64_t{1} << 40},
    {"--connections", &TransferOptions::connections, 1, 10'000},
    {"--datagram", &TransferOptions::datagram, 1200, 65'507},
    {"--mtu", &TransferOptions::mtu, 1280, 65'536},
    {"--server-cpu", &TransferOptions::server_cpu, 0, 1023},
    {"--client-cpu", &TransferOptions::client_cpu, 0, 1023},
};

}  // namespace

std::optional<TransferOptions> ParseTransferOptions(std::span<char* const> arguments,
                                                    std::string& error) {
  TransferOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    if (name == "--no-offload") {
      options.offload = false;
      continue;
    }
    const auto* row = std::ranges::find(kRows, name, &Row::name);
    if (row == std::end(kRows)) {
      error = "unknown option " + std::string(name);
      return std::nullopt;
    }
    const std::string_view text = ++i < arguments.size() ? arguments[i] : "";
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size() || value < row->least ||
        value > row->most) {
      error = std::string(name) + " needs a number from " + std::to_string(row->least) + " to " +
              std::to_string(row->most);
      return std::nullopt;
    }
    options.*row->field = value;
  }
  return options;
}

}  // namespace quiesce::bench
