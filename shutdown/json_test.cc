#include "shutdown/json.h"

#include <gtest/gtest.h>

#include <string>

#include "shutdown/json_check_for_test.h"

namespace quiesce::shutdown {
namespace {

TEST(Json, WritesObjectsArraysNumbersAndText) {
  Json json;
  json.BeginObject();
  json.Number("a", std::uint64_t{18'446'744'073'709'551'615u});
  json.BeginArray("b");
  json.BeginObject();
  json.EndObject();
  json.BeginObject();
  json.Number("c", 0.5);
  json.EndObject();
  json.EndArray();
  json.String("d", "e");
  json.EndObject();
  EXPECT_EQ(json.Take(), R"({"a":18446744073709551615,"b":[{},{"c":0.500}],"d":"e"})");
}

TEST(Json, AnyBytesBecomeValidText) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  Json json;
  json.BeginObject();
  json.String("all", bytes);
  json.EndObject();
  const std::string text = json.Take();
  EXPECT_TRUE(JsonCheck::IsValid(text)) << text;
  EXPECT_NE(text.find(R"(\u0000)"), std::string::npos);
  EXPECT_NE(text.find(R"(\"#)"), std::string::npos);
  EXPECT_NE(text.find(R"(\\])"), std::string::npos);
  EXPECT_NE(text.find(R"(\u00ff)"), std::string::npos);
}

// The judge of the tests above must be able to say no.
TEST(JsonCheck, RefusesWhatIsNotJson) {
  for (const char* text :
       {"", "{", "{}x", "{\"a\"}", "{\"a\":1,}", "[1,]", "\"\n\"", "1.", "{a:1}"})
    EXPECT_FALSE(JsonCheck::IsValid(text)) << text;
}

}  // namespace
}  // namespace quiesce::shutdown
