#include "examples/server/static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "examples/server/streamed_body.h"

namespace quiesce::examples {
namespace {

constexpr std::pair<std::string_view, std::string_view> kMimeTypes[] = {
    {"css", "text/css; charset=utf-8"},
    {"gif", "image/gif"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"ico", "image/x-icon"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"md", "text/markdown; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"mp4", "video/mp4"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"txt", "text/plain; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"webp", "image/webp"},
    {"woff2", "font/woff2"},
    {"xml", "application/xml"},
};

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986 §2.1.
std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

bool IsAllowedName(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::ranges::none_of(name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '/' || c == '\\';
  });
}

// Of the file that answers for a path; a folder's is its index.
std::string FileName(const std::vector<std::string>& names) {
  return names.back().empty() ? "index.html" : names.back();
}

BodySource ReadFrom(quic::FileDescriptor file) {
  // std::function wants to copy what it holds.
  const auto shared = std::make_shared<quic::FileDescriptor>(std::move(file));
  return [shared](std::uint64_t offset, std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = pread(shared->get(), out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  };
}

}  // namespace

std::optional<std::vector<std::string>> SplitPath(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string> names;
  for (;;) {
    path.remove_prefix(1);  // the slash
    const std::size_t slash = std::min(path.find('/'), path.size());
    auto name = PercentDecode(path.substr(0, slash));
    path.remove_prefix(slash);
    const bool last = path.empty();
    if (!name || !((last && name->empty()) || IsAllowedName(*name))) return std::nullopt;
    names.push_back(std::move(*name));
    if (last) return names;
  }
}

std::string_view MimeType(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  std::string extension(dot == std::string_view::npos ? "" : name.substr(dot + 1));
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [each, type] : kMimeTypes)
    if (each == extension) return type;
  return "application/octet-stream";
}

std::optional<StaticFiles> StaticFiles::Open(const std::string& root, std::string& error) {
  quic::FileDescriptor folder(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) {
    error = "cannot serve files from '" + root + "': " + strerror(errno);
    return std::nullopt;
  }
  return StaticFiles(std::move(folder));
}

// One name at a time, none of which may be a link: whatever happens to the tree meanwhile, the way
// never leaves it.
StaticFiles::Found StaticFiles::Find(const std::vector<std::string>& names) const {
  quic::FileDescriptor folder;
  for (auto name = names.begin(); name + 1 != names.end(); ++name) {
    const int from = folder.valid() ? folder.get() : root_.get();
    folder = quic::FileDescriptor(
        openat(from, name->c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.valid()) return {};
  }
  const std::string last = FileName(names);
  // A device or a pipe must not hold the server up before it is known to be one.
  Found found{quic::FileDescriptor(openat(folder.valid() ? folder.get() : root_.get(), last.c_str(),
                                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))};
  struct stat info;
  if (!found.file.valid() || fstat(found.file.get(), &info) != 0) return {};
  if (S_ISDIR(info.st_mode)) return {.is_folder = true};
  if (!S_ISREG(info.st_mode)) return {};
  found.size = static_cast<std::uint64_t>(info.st_size);
  return found;
}

void StaticFiles::Handle(http3::Exchange& exchange) const {
  const http3::RequestHead& request = exchange.request();
  if (request.method != "GET" && request.method != "HEAD") {
    const qpack::Field allow[] = {{"allow", "GET, HEAD"}};
    (void)exchange.Respond(405, allow, "only GET and HEAD are allowed here\n");
    return;
  }
  const std::size_t query = std::min(request.path.find('?'), request.path.size());
  const std::string_view path = request.path.substr(0, query);
  const auto names = SplitPath(path);
  Found found = names ? Find(*names) : Found{};
  if (found.is_folder && !names->back().empty()) {
    // Links in its index are relative to the folder.
    const std::string location = std::string(path) + "/" + std::string(request.path.substr(query));
    const qpack::Field fields[] = {{"location", location}};
    (void)exchange.Respond(301, fields);
    return;
  }
  if (!found.file.valid()) {
    (void)exchange.Respond(404, {}, "there is no such file\n");
    return;
  }
  const qpack::Field fields[] = {{"content-type", MimeType(FileName(*names))}};
  StreamedBody::Send(exchange, fields, found.size, ReadFrom(std::move(found.file)));
}

}  // namespace quiesce::examples
