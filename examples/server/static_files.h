// Files below one folder, and nothing outside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http3/server/exchange.h"
#include "quic/io/file_descriptor.h"

namespace quiesce::examples {

// A request's path as names of folders and a file, percent-decoded; the last one is empty for a
// folder ("/a/" is "a", ""). nullopt for a path that no file can have here: names that are empty or
// begin with a dot ("..", ".git"), that hold a slash, a backslash or a control byte, and escapes
// that are none.
std::optional<std::vector<std::string>> SplitPath(std::string_view path);

// By the name's extension; "application/octet-stream" for an unknown one.
std::string_view MimeType(std::string_view name);

class StaticFiles {
 public:
  // On failure nullopt, and one line in `error`.
  static std::optional<StaticFiles> Open(const std::string& root, std::string& error);

  // Answers GET and HEAD: 200 with the file, 301 for a folder without its slash, index.html for a
  // folder, 404 for all else. Symbolic links are not followed. A file that shrinks while it is sent
  // ends in a reset; one that grows is sent as long as it was.
  void Handle(http3::Exchange& exchange) const;

 private:
  explicit StaticFiles(quic::FileDescriptor root) : root_(std::move(root)) {}

  struct Found {
    quic::FileDescriptor file;  // valid for a file
    std::uint64_t size = 0;
    bool is_folder = false;
  };
  Found Find(const std::vector<std::string>& names) const;

  quic::FileDescriptor root_;
};

}  // namespace quiesce::examples
