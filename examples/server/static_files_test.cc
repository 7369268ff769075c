#include "examples/server/static_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "test/support/server/server_world.h"

namespace quiesce::examples {
namespace {

using Names = std::vector<std::string>;

TEST(SplitPath, NamesAreDecoded) {
  EXPECT_EQ(SplitPath("/"), Names{""});
  EXPECT_EQ(SplitPath("/a"), Names{"a"});
  EXPECT_EQ(SplitPath("/a/b.txt"), (Names{"a", "b.txt"}));
  EXPECT_EQ(SplitPath("/a/"), (Names{"a", ""}));
  EXPECT_EQ(SplitPath("/%61%20b%C3%a4"), Names{"a b\xc3\xa4"});
  EXPECT_EQ(SplitPath("/a%"), std::nullopt);
}

TEST(SplitPath, WhatNoFileCanHaveIsRefused) {
  for (const std::string_view path : {"",
                                      "a",
                                      "*",
                                      "//",
                                      "//etc/passwd",
                                      "/a//b",
                                      "/.",
                                      "/..",
                                      "/../a",
                                      "/a/../b",
                                      "/a/..",
                                      "/%2e",
                                      "/%2e%2e",
                                      "/%2E%2e/a",
                                      "/.%2e/a",
                                      "/a/%2e%2e/b",
                                      "/..%2fa",
                                      "/a%2fb",
                                      "/%2fetc",
                                      "/a%00",
                                      "/a%00.txt",
                                      "/a\\b",
                                      "/..\\a",
                                      "/%5c..%5ca",
                                      "/.git/config",
                                      "/a/.hidden",
                                      "/a%0ab",
                                      "/a%7f",
                                      "/%",
                                      "/%4",
                                      "/%zz",
                                      "/%4g",
                                      "/a%2"}) {
    EXPECT_EQ(SplitPath(path), std::nullopt) << path;
  }
  EXPECT_EQ(SplitPath(std::string_view("/a\0b", 4)), std::nullopt);
}

TEST(MimeType, IsByExtension) {
  EXPECT_EQ(MimeType("a.html"), "text/html; charset=utf-8");
  EXPECT_EQ(MimeType("a.min.JS"), "text/javascript; charset=utf-8");
  EXPECT_EQ(MimeType("a.unknown"), "application/octet-stream");
  EXPECT_EQ(MimeType("html"), "application/octet-stream");
  EXPECT_EQ(MimeType("a."), "application/octet-stream");
}

class StaticFilesTest : public testing::Test {
 protected:
  struct Handler final : http3::RequestHandler {
    void HandleRequest(http3::Exchange& exchange) override { files->Handle(exchange); }
    std::optional<StaticFiles> files;
  };

  StaticFilesTest() {
    std::string pattern = testing::TempDir() + "/static_files.XXXXXX";
    outside = mkdtemp(pattern.data());
    root = outside + "/root";
    mkdir(root.c_str(), 0755);
    mkdir((root + "/folder").c_str(), 0755);
    Write("../secret.txt", "secret");
    Write("index.html", "<p>index</p>");
    Write("folder/index.html", "<p>folder</p>");
    Write("folder/a b.txt", "spaced");
    Write("empty.txt", "");
    Write(".hidden", "hidden");
    std::string error;
    handler.files = StaticFiles::Open(root, error);
    EXPECT_TRUE(handler.files) << error;
    session = world.Open();
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(root + "/" + name, std::ios::binary) << text;
  }
  void Link(const std::string& target, const std::string& name) {
    ASSERT_EQ(symlink(target.c_str(), (root + "/" + name).c_str()), 0);
  }
  const test::Answer& Get(std::string_view path, std::string_view method = "GET") {
    request = world.Send(session, path, method);
    EXPECT_TRUE(world.RunUntil([&] { return world.answer(request).finished; })) << path;
    return world.answer(request);
  }

  std::string outside;
  std::string root;
  Handler handler;
  test::ServerWorld world{handler};
  http3::SessionId session;
  test::ServerWorld::Request request;
};

TEST_F(StaticFilesTest, FilesHaveLengthAndType) {
  const test::Answer& answer = Get("/folder/a%20b.txt?query");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "spaced");
  EXPECT_EQ(answer.field("content-length"), "6");
  EXPECT_EQ(answer.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(Get("/empty.txt").field("content-length"), "0");
  EXPECT_EQ(Get("/empty.txt").status, 200);
}

TEST_F(StaticFilesTest, HeadHasTheFieldsOnly) {
  const test::Answer& answer = Get("/index.html", "HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-length"), "12");
  EXPECT_EQ(answer.body, "");
}

TEST_F(StaticFilesTest, FoldersShowTheirIndex) {
  EXPECT_EQ(Get("/").body, "<p>index</p>");
  EXPECT_EQ(Get("/folder/").body, "<p>folder</p>");
  EXPECT_EQ(Get("/folder/").field("content-type"), "text/html; charset=utf-8");
  const test::Answer& redirect = Get("/folder?x=1");
  EXPECT_EQ(redirect.status, 301);
  EXPECT_EQ(redirect.field("location"), "/folder/?x=1");
  mkdir((root + "/bare").c_str(), 0755);
  EXPECT_EQ(Get("/bare/").status, 404);
}

TEST_F(StaticFilesTest, OtherMethodsAreNotAllowed) {
  const test::Answer& answer = Get("/index.html", "DELETE");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.field("allow"), "GET, HEAD");
}

TEST_F(StaticFilesTest, NothingOutsideTheRootIsReached) {
  Link("../secret.txt", "link.txt");
  Link("/etc/passwd", "absolute.txt");
  Link("..", "up");
  Link("index.html", "inside.html");
  ASSERT_EQ(mkfifo((root + "/pipe").c_str(), 0644), 0);
  for (const std::string_view path :
       {"/../secret.txt", "/folder/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/link.txt", "/absolute.txt", "/up/secret.txt", "/up/", "/inside.html", "/.hidden",
        "/secret.txt", "/index.html/", "/index.html/x", "/pipe", "/folder/pipe", "//index.html"}) {
    const test::Answer& answer = Get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body, "there is no such file\n") << path;
  }
  EXPECT_EQ(Get("/" + std::string(5000, 'a')).status, 404);
}

TEST_F(StaticFilesTest, LargeFilesArriveWhole) {
  std::string content;
  for (int i = 0; i < 700'001; ++i) content += static_cast<char>(i * 7 + i / 251);
  Write("large.bin", content);
  EXPECT_EQ(Get("/large.bin").body, content);
}

// The client was told a length; it must not take what is there for all of it.
TEST_F(StaticFilesTest, AFileThatShrinksWhileItIsSentEndsInAReset) {
  Write("large.bin", std::string(8'000'000, 'x'));
  world.SetReading(false);
  request = world.Send(session, "/large.bin");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(request).status == 200; }));
  ASSERT_EQ(truncate((root + "/large.bin").c_str(), 1000), 0);
  world.ReadAll(request);
  EXPECT_TRUE(world.RunUntil([&] { return world.answer(request).failed.has_value(); }));
  EXPECT_EQ(world.answer(request).failed->code,
            static_cast<std::uint64_t>(http3::ErrorCode::kInternalError));
}

TEST_F(StaticFilesTest, AFileThatGrowsIsSentAsLongAsItWas) {
  Write("large.bin", std::string(8'000'000, 'x'));
  world.SetReading(false);
  request = world.Send(session, "/large.bin");
  ASSERT_TRUE(world.RunUntil([&] { return world.answer(request).status == 200; }));
  std::ofstream(root + "/large.bin", std::ios::app) << "more";
  world.ReadAll(request);
  EXPECT_TRUE(world.RunUntil([&] { return world.answer(request).finished; }));
  EXPECT_EQ(world.answer(request).body, std::string(8'000'000, 'x'));
}

TEST(StaticFiles, ARootThatIsNoFolderIsRefused) {
  std::string error;
  EXPECT_FALSE(StaticFiles::Open("/nowhere/at/all", error));
  EXPECT_EQ(error, "cannot serve files from '/nowhere/at/all': No such file or directory");
}

}  // namespace
}  // namespace quiesce::examples
