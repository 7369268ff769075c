// A value or an Error, in place of exceptions; std::expected arrives only with C++23.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "quic/base/check.h"
#include "quic/base/error.h"

namespace quiesce::quic {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, error) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& operator*() { return value(); }
  const T& operator*() const { return const_cast<Result*>(this)->value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &const_cast<Result*>(this)->value(); }
  const Error& error() const {
    QUIESCE_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  T& value() {
    QUIESCE_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(error) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    QUIESCE_CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace quiesce::quic

// Returns the error of an expression that yields a Result, or goes on.
#define QUIESCE_RETURN_IF_ERROR(expression)                  \
  do {                                                       \
    if (auto quiesce_result = (expression); !quiesce_result) \
      return quiesce_result.error();                         \
  } while (false)
