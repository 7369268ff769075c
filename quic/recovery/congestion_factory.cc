#include "quic/recovery/congestion_factory.h"

#include "quic/recovery/cubic.h"
#include "quic/recovery/new_reno.h"

namespace quiesce::quic {

std::optional<CongestionAlgorithm> FindCongestionAlgorithm(std::string_view name) {
  if (name == "cubic") return CongestionAlgorithm::kCubic;
  if (name == "newreno") return CongestionAlgorithm::kNewReno;
  return std::nullopt;
}

std::unique_ptr<CongestionController> MakeCongestionController(CongestionAlgorithm algorithm,
                                                               ByteCount max_datagram_size) {
  switch (algorithm) {
    case CongestionAlgorithm::kCubic:
      break;
    case CongestionAlgorithm::kNewReno:
      return std::make_unique<NewReno>(max_datagram_size);
  }
  return std::make_unique<Cubic>(max_datagram_size);
}

}  // namespace quiesce::quic
