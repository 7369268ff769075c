// A value or an error, in place of exceptions; std::expected arrives only with C++23. The error is
// the transport's unless another is named, as http3 does.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "quic/base/check.h"
#include "quic/base/error.h"

namespace quiesce::quic {

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, error) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() { return value(); }
  const T& operator*() const { return const_cast<Result*>(this)->value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->value(); }
  const E& error() const {
    QUIESCE_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  T& value() {
    QUIESCE_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  std::variant<T, E> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : error_(error) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const E& error() const {
    QUIESCE_CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<E> error_;
};

}  // namespace quiesce::quic

// Returns the error of an expression that yields a Result, or goes on.
#define QUIESCE_RETURN_IF_ERROR(expression)                                                 \
  do {                                                                                      \
    if (auto quiesce_result = (expression); !quiesce_result) return quiesce_result.error(); \
  } while (false)
