// A secret of up to 64 bytes that wipes itself: traffic secrets, keys, IVs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace quiesce::crypto {

class Secret {
 public:
  static constexpr std::size_t kMaxSize = 64;  // the longest hash output

  Secret() = default;
  // `size` zero bytes, to be filled through bytes(). At most kMaxSize, or the process ends.
  explicit Secret(std::size_t size);
  // A copy of `bytes`; at most kMaxSize of them, or the process ends.
  explicit Secret(std::span<const std::uint8_t> bytes);
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  // Leaves `other` wiped and empty.
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  std::span<std::uint8_t> bytes() { return {bytes_.data(), size_}; }
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  void Wipe();

  std::array<std::uint8_t, kMaxSize> bytes_{};
  std::uint8_t size_ = 0;
};

}  // namespace quiesce::crypto
