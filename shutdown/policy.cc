#include "shutdown/policy.h"

namespace quiesce::shutdown {

std::optional<DrainPolicy::Error> DrainPolicy::Validate() const {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  if (grace_period < milliseconds(1) || grace_period > hours(1))
    return Error{"grace_period", "must be from 1 ms to 1 h"};
  if (unready_delay < Duration::zero() || unready_delay > hours(1))
    return Error{"unready_delay", "must be from 0 to 1 h"};
  if (spread < Duration::zero() || spread > grace_period / 4)
    return Error{"spread", "must be from 0 to a quarter of grace_period"};
  if (flush_timeout <= Duration::zero() || flush_timeout > hours(1))
    return Error{"flush_timeout", "must be above 0 and at most 1 h"};
  return std::nullopt;
}

}  // namespace quiesce::shutdown
