// Field sections that other QPACK implementations encoded, against the lists that they encoded: the
// offline interop files of github.com/qpackers/qifs. They are not part of this repository;
// QUIESCE_QIFS names a directory that has them as qifs/NAME.qif and
// encoded/IMPLEMENTATION/NAME.out.PARAMETERS:
//
//   bazel test //test/vectors:qpack_qifs_test --test_env=QUIESCE_QIFS=/directory
//
// QP-26, for the files encoded without a dynamic table.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "qpack/decoder.h"
#include "qpack/encoder.h"

namespace quiesce::qpack {
namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<std::uint8_t>;
using FieldList = std::vector<std::pair<std::string, std::string>>;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// One "name<TAB>value" per line, an empty line after each list, "#" before comments.
std::vector<FieldList> ReadQif(const fs::path& path) {
  std::vector<FieldList> lists;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  FieldList list;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      if (!list.empty()) lists.push_back(std::exchange(list, {}));
      continue;
    }
    const std::size_t tab = line.find('\t');
    list.emplace_back(line.substr(0, tab), tab == line.npos ? "" : line.substr(tab + 1));
  }
  if (!list.empty()) lists.push_back(list);
  return lists;
}

struct Piece {
  std::uint64_t stream_id;  // 0 is the encoder stream
  Bytes bytes;
};

// Repeated { 8-byte stream ID, 4-byte length, bytes }, both big-endian.
std::vector<Piece> ReadEncoded(const fs::path& path) {
  const std::string text = ReadFile(path);
  const auto number = [&text](std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(text[at + i]);
    }
    return value;
  };
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at + 12 <= text.size();) {
    const std::size_t length = static_cast<std::size_t>(number(at + 8, 4));
    pieces.push_back({number(at, 8), {}});
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at + 12);
    pieces.back().bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(length));
    at += 12 + length;
  }
  return pieces;
}

FieldList ToList(const FieldSection& section) {
  FieldList list;
  for (const Field& field : section) list.emplace_back(field.name, field.value);
  return list;
}

std::vector<FieldList> Decode(const std::vector<Piece>& pieces) {
  Decoder decoder({.max_field_section_size = 1 << 20});
  std::map<std::uint64_t, FieldList> by_stream;  // files may reorder streams, lists are in ID order
  FieldSection section;
  for (const Piece& piece : pieces) {
    if (piece.stream_id == 0) {
      EXPECT_FALSE(decoder.HandleEncoderStream(piece.bytes).has_value());
      continue;
    }
    const DecodeResult result = decoder.Decode(piece.stream_id, piece.bytes, section);
    EXPECT_EQ(result.status, DecodeStatus::kDecoded) << result.error.reason;
    by_stream[piece.stream_id] = ToList(section);
  }
  std::vector<FieldList> lists;
  for (auto& [id, list] : by_stream) lists.push_back(std::move(list));
  return lists;
}

std::vector<fs::path> FilesUnder(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

class Qifs : public testing::Test {
 protected:
  void SetUp() override {
    const char* directory = std::getenv("QUIESCE_QIFS");
    if (directory == nullptr) GTEST_SKIP() << "NOT RUN: QUIESCE_QIFS names no directory";
    root_ = directory;
  }
  fs::path root_;
};

// NAME.out.<capacity>.<blocked streams>.<acknowledgment mode>
TEST_F(Qifs, FilesEncodedWithoutATableDecodeExactly) {
  int files = 0;
  for (const fs::path& path : FilesUnder(root_ / "encoded")) {
    const std::string name = path.filename();
    const std::size_t parameters = name.find(".out.0.");
    if (parameters == name.npos) continue;
    SCOPED_TRACE(path);
    const fs::path source = root_ / "qifs" / (name.substr(0, parameters) + ".qif");
    EXPECT_EQ(Decode(ReadEncoded(path)), ReadQif(source));
    ++files;
  }
  EXPECT_GT(files, 0);
  RecordProperty("files", files);
}

TEST_F(Qifs, OurOwnEncodingDecodesExactly) {
  for (const fs::path& path : FilesUnder(root_ / "qifs")) {
    SCOPED_TRACE(path);
    const std::vector<FieldList> lists = ReadQif(path);
    EXPECT_FALSE(lists.empty());
    Encoder encoder;
    std::vector<Piece> pieces;
    for (const FieldList& list : lists) {
      std::vector<Field> fields;
      for (const auto& [name, value] : list) fields.push_back({name, value});
      pieces.push_back({4 * pieces.size() + 4, {}});
      encoder.Encode(pieces.back().stream_id, fields, pieces.back().bytes);
    }
    EXPECT_EQ(Decode(pieces), lists);
  }
}

}  // namespace
}  // namespace quiesce::qpack
