// Which congestion controllers there are. To add one: its file pair, a value here and a line in the
// factory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "quic/recovery/congestion_controller.h"

namespace quiesce::quic {

enum class CongestionAlgorithm : std::uint8_t {
  kCubic,    // RFC 9438
  kNewReno,  // RFC 9002 §7.3
};

// "cubic" and so on, as flags name them; nullopt for any other text.
std::optional<CongestionAlgorithm> FindCongestionAlgorithm(std::string_view name);

// The controller of one path. `max_datagram_size`: UDP payload bytes, at least 1200.
std::unique_ptr<CongestionController> MakeCongestionController(CongestionAlgorithm algorithm,
                                                               ByteCount max_datagram_size);

}  // namespace quiesce::quic
