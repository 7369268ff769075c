#include "http3/config.h"

namespace quiesce::http3 {

const char* Config::Validate() const {
  if (field_section_bytes_max < 1024) return "field_section_bytes_max";
  if (partial_sections_bytes_max < field_section_bytes_max) return "partial_sections_bytes_max";
  if (open_requests_max == 0) return "open_requests_max";
  if (data_frame_bytes_max == 0) return "data_frame_bytes_max";
  if (ignored_bytes_max < 1024) return "ignored_bytes_max";
  if (unanswered_requests_max == 0) return "unanswered_requests_max";
  if (goaway_ack_ptos < 1 || goaway_ack_ptos > 3) return "goaway_ack_ptos";
  if (partial_headers_ptos < 1) return "partial_headers_ptos";
  if (linger_ptos > 3) return "linger_ptos";
  if (peer_gone_ptos < 3) return "peer_gone_ptos";
  return nullptr;
}

}  // namespace quiesce::http3
