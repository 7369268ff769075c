// Prints everything that happens in a world, one line each, for whoever looks for the reason.
#pragma once

#include <cstdio>
#include <optional>
#include <string_view>

#include "test/sim/world.h"

namespace quiesce::sim {

class Timeline final : public WorldObserver {
 public:
  explicit Timeline(std::FILE* out) : out_(out) {}

  void OnSent(Instant now, const Transfer& transfer) override;
  void OnDelivered(Instant now, const Transfer& transfer) override;
  void OnNote(Instant now, std::string_view node, std::string_view text) override;

 private:
  void Line(Instant now, std::string_view node, std::string_view text);

  std::FILE* const out_;
  std::optional<Instant> start_;
};

}  // namespace quiesce::sim
