#include "examples/server/test_endpoints.h"

#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "examples/server/streamed_body.h"

namespace quiesce::examples {
namespace {

constexpr qpack::Field kText[] = {{"content-type", "text/plain; charset=utf-8"}};
constexpr qpack::Field kBinary[] = {{"content-type", "application/octet-stream"}};

// Waits for its moment; a client that gives up takes the timer with it.
class SlowAnswer final : public http3::ExchangeListener {
 public:
  SlowAnswer(http3::Server& server, http3::ExchangeId id, std::uint64_t ms)
      : server_(server),
        timer_(server.Schedule(
            server.now() + std::chrono::milliseconds(ms), [id, ms](http3::ServerCore& core) {
              http3::Exchange* exchange = core.Find(id);
              if (!exchange) return;
              (void)exchange->Respond(200, kText, "waited " + std::to_string(ms) + " ms\n");
            })) {}
  void OnEnd(http3::Exchange&, http3::Outcome) override { server_.Cancel(timer_); }

 private:
  http3::Server& server_;
  const http3::TimerId timer_;
};

class Upload final : public http3::ExchangeListener {
 public:
  Upload() { SHA256_Init(&digest_); }
  void OnBodyReadable(http3::Exchange& exchange) override {
    for (auto bytes = exchange.ReadBody(); !bytes.empty(); bytes = exchange.ReadBody()) {
      SHA256_Update(&digest_, bytes.data(), bytes.size());
      exchange.ConsumeBody(bytes.size());
    }
  }
  void OnRequestComplete(http3::Exchange& exchange) override {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> hash;
    SHA256_Final(hash.data(), &digest_);
    std::string text = "bytes=" + std::to_string(exchange.request_bytes()) + " sha256=";
    for (const std::uint8_t byte : hash) {
      char hex[3];
      std::snprintf(hex, sizeof hex, "%02x", byte);
      text += hex;
    }
    (void)exchange.Respond(200, kText, text + "\n");
  }

 private:
  SHA256_CTX digest_;
};

void RefuseNumber(http3::Exchange& exchange, std::string_view name, std::uint64_t limit) {
  (void)exchange.Respond(400, kText,
                         "the query must be " + std::string(name) + "=NUMBER, at most " +
                             std::to_string(limit) + "\n");
}

}  // namespace

std::optional<std::uint64_t> QueryNumber(std::string_view target, std::string_view name) {
  std::size_t start = target.find('?');
  while (start != std::string_view::npos) {
    const std::size_t end = target.find('&', start + 1);
    std::string_view pair = target.substr(start + 1, end - start - 1);
    start = end;
    if (!pair.starts_with(name) || !pair.substr(name.size()).starts_with('=')) continue;
    pair.remove_prefix(name.size() + 1);
    std::uint64_t value = 0;
    const auto [rest, fault] = std::from_chars(pair.data(), pair.data() + pair.size(), value);
    if (fault != std::errc() || rest != pair.data() + pair.size()) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

bool TestEndpoints::Handle(http3::Exchange& exchange) {
  const std::string_view target = exchange.request().path;
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/slow") {
    HandleSlow(exchange);
  } else if (path == "/bytes") {
    HandleBytes(exchange);
  } else if (path == "/upload") {
    exchange.SetListener(std::make_unique<Upload>());
  } else {
    return false;
  }
  return true;
}

void TestEndpoints::HandleSlow(http3::Exchange& exchange) {
  const auto ms = QueryNumber(exchange.request().path, "ms");
  if (!ms || *ms > kSlowMsMax) return RefuseNumber(exchange, "ms", kSlowMsMax);
  exchange.SetListener(std::make_unique<SlowAnswer>(server_, exchange.id(), *ms));
}

void TestEndpoints::HandleBytes(http3::Exchange& exchange) {
  const auto size = QueryNumber(exchange.request().path, "n");
  if (!size || *size > kBytesMax) return RefuseNumber(exchange, "n", kBytesMax);
  StreamedBody::Send(exchange, kBinary, *size,
                     [](std::uint64_t offset, std::span<std::uint8_t> out) {
                       for (std::uint8_t& byte : out)
                         byte = static_cast<std::uint8_t>(offset++ % 251);
                       return out.size();
                     });
}

}  // namespace quiesce::examples
