#include "examples/server/access_log.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

namespace quiesce::examples {
namespace {

// A peer writes what it likes; here it is one word of printable text.
std::string Word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '\\') {
      word += c;
      continue;
    }
    char escaped[5];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
    word += escaped;
  }
  return word.empty() ? "-" : word;
}

std::string Request(const http3::Exchange& exchange) {
  const http3::ExchangeId& id = exchange.id();
  const http3::RequestHead& request = exchange.request();
  return std::to_string(id.connection.slot) + "." + std::to_string(id.connection.generation) + " " +
         std::to_string(id.stream_id.value()) + " " + Word(request.method) + " " +
         Word(request.path.empty() ? request.authority : request.path);
}

}  // namespace

std::unique_ptr<AccessLog> AccessLog::Open(const std::string& path, std::string& error) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "ae");
  if (!file) {
    error = "access log '" + path + "': " + std::strerror(errno);
    return nullptr;
  }
  // Each line leaves whole and at once: nothing is missing from the log of a process that died.
  std::setvbuf(file, nullptr, _IOLBF, BUFSIZ);
  return std::unique_ptr<AccessLog>(new AccessLog(file));
}

AccessLog::~AccessLog() {
  if (file_ != stdout) std::fclose(file_);
}

void AccessLog::OnRequestStarted(quic::Instant, const http3::Exchange& exchange) {
  Write("start " + Request(exchange) + " " + exchange.peer_address().ToString() + "\n");
}

void AccessLog::OnRequestEnded(quic::Instant now, const http3::Exchange& exchange,
                               http3::Outcome outcome) {
  const std::chrono::duration<double, std::milli> taken = now - exchange.started();
  char ms[32];
  std::snprintf(ms, sizeof ms, "%.3f", taken.count());
  Write("end " + Request(exchange) + " " + std::to_string(exchange.status()) + " " +
        std::to_string(exchange.response_bytes()) + " " + std::string(ToString(outcome)) + " " +
        ms + "\n");
}

void AccessLog::Write(const std::string& line) { std::fwrite(line.data(), 1, line.size(), file_); }

}  // namespace quiesce::examples
