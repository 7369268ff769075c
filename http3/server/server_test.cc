// What a server refuses to start with, and its loop without clients. With clients: shutdown's
// service_test.
#include "http3/server/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "crypto/self_signed.h"
#include "quic/io/clock.h"
#include "quic/io/wakeup.h"

namespace quiesce::http3 {
namespace {

using std::chrono::milliseconds;

struct NoHandler final : RequestHandler {
  void HandleRequest(Exchange&) override {}
};

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    std::string pattern = testing::TempDir() + "/server_test.XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  std::unique_ptr<Server> Listen(const ServerOptions& options) {
    return Server::Listen(options, handler, error);
  }
  std::unique_ptr<Server> ListenAnywhere() {
    auto server = Listen({.listen = "127.0.0.1:0", .self_signed_names = {"localhost"}});
    EXPECT_NE(server, nullptr) << error;
    return server;
  }
  std::string File(const std::string& name, const std::string& text) {
    const std::string path = folder + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  // The fault is told in one line.
  std::string Refusal(const ServerOptions& options) {
    error = "left over";
    EXPECT_EQ(Listen(options), nullptr);
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    return error;
  }
  bool RefusalHas(const ServerOptions& options, const std::string& part) {
    const std::string text = Refusal(options);
    EXPECT_NE(text.find(part), std::string::npos) << text;
    return text.find(part) != std::string::npos;
  }
  crypto::SelfSignedCertificate Certificate() {
    crypto::SelfSignedCertificate made;
    EXPECT_TRUE(crypto::MakeSelfSigned({.names = {"localhost"}, .now_unix_s = 1'800'000'000}, &made,
                                       &error));
    return made;
  }

  NoHandler handler;
  std::string folder;
  std::string error;
};

TEST_F(ServerTest, ListensWithTheSystemsPortAndACertificateOfItsOwn) {
  const auto server = ListenAnywhere();
  EXPECT_NE(server->local_address().port(), 0);
  ASSERT_NE(server->self_signed(), nullptr);
  EXPECT_EQ(server->self_signed()->spki_sha256_base64.size(), 44u);
  EXPECT_TRUE(server->self_signed()->private_key_pem.empty()) << "nobody needs it any more";
  EXPECT_EQ(error, "");
}

TEST_F(ServerTest, ListensWithFiles) {
  const auto made = Certificate();
  const auto server = Listen({.listen = "127.0.0.1:0",
                              .certificate_file = File("cert.pem", made.certificate_pem),
                              .key_file = File("key.pem", made.private_key_pem)});
  ASSERT_NE(server, nullptr) << error;
  EXPECT_EQ(server->self_signed(), nullptr);
}

TEST_F(ServerTest, APortInUseIsNamedWithWhatToDo) {
  const auto server = ListenAnywhere();
  const std::string listen = server->local_address().ToString();
  EXPECT_TRUE(RefusalHas({.listen = listen, .self_signed_names = {"localhost"}}, listen));
  EXPECT_NE(error.find("choose another port"), std::string::npos) << error;
}

TEST_F(ServerTest, ABadAddressIsNamedWithTheFormsThereAre) {
  EXPECT_TRUE(RefusalHas({.listen = "4433", .self_signed_names = {"localhost"}},
                         "'4433' is not an address: write host:port, [IPv6]:port or :port"));
}

TEST_F(ServerTest, CertificatesAreRefusedByName) {
  const auto made = Certificate(), other = Certificate();
  const std::string certificate = File("cert.pem", made.certificate_pem);
  const std::string key = File("key.pem", made.private_key_pem);
  const std::string other_key = File("other.pem", other.private_key_pem);
  const std::string text = File("text.pem", "hello\n");
  const std::string missing = folder + "/missing.pem";
  EXPECT_TRUE(RefusalHas({.certificate_file = missing, .key_file = key}, missing));
  EXPECT_TRUE(RefusalHas({.certificate_file = certificate, .key_file = missing}, missing));
  EXPECT_TRUE(RefusalHas({.certificate_file = text, .key_file = key}, text));
  EXPECT_TRUE(RefusalHas({.certificate_file = certificate, .key_file = other_key}, other_key));
  EXPECT_TRUE(RefusalHas({.certificate_file = certificate}, "without its key"));
  EXPECT_TRUE(RefusalHas({.key_file = key}, "without certificate"));
  EXPECT_TRUE(RefusalHas({}, "no certificate"));
  EXPECT_TRUE(RefusalHas(
      {.certificate_file = certificate, .key_file = key, .self_signed_names = {"localhost"}},
      "one of the two"));
  EXPECT_TRUE(RefusalHas({.self_signed_names = {""}}, ""));
}

TEST_F(ServerTest, ConfigurationsAreRefusedByField) {
  ServerOptions options{.self_signed_names = {"localhost"}};
  options.endpoint.half_open_max = 0;
  EXPECT_TRUE(RefusalHas(options, "endpoint.half_open_max"));
  options = {.self_signed_names = {"localhost"}};
  options.http3.goaway_ack_ptos = 9;
  EXPECT_TRUE(RefusalHas(options, "http3.goaway_ack_ptos"));
  options = {.self_signed_names = {"localhost"}, .mailbox_tasks_max = 0};
  EXPECT_TRUE(RefusalHas(options, "mailbox_tasks_max"));
}

TEST_F(ServerTest, TheSecretFileIsMadeOnceAndItsFaultsAreNamed) {
  const std::string path = folder + "/secret";
  const ServerOptions options{
      .listen = "127.0.0.1:0", .self_signed_names = {"localhost"}, .secret_file = path};
  ASSERT_NE(Listen(options), nullptr) << error;
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 32);
  ASSERT_NE(Listen(options), nullptr) << error;
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_TRUE(RefusalHas(options, path));
}

TEST_F(ServerTest, ScheduledTasksRunAtTheirMomentInOrderUnlessCancelled) {
  const auto server = ListenAnywhere();
  std::string ran;
  const auto note = [&ran](const char* name) { return [&ran, name](ServerCore&) { ran += name; }; };
  const quic::Instant start = server->now();
  server->Schedule(start + milliseconds(2), note("b"));
  server->Schedule(start + milliseconds(1), note("a"));
  const TimerId cancelled = server->Schedule(start + milliseconds(1), note("x"));
  server->Schedule(start + milliseconds(2), note("c"));
  server->Cancel(cancelled);
  while (ran.size() < 3) server->RunOnce();
  EXPECT_EQ(ran, "abc");
  EXPECT_GE(server->now(), start + milliseconds(2));
}

TEST_F(ServerTest, ATaskThatSchedulesItselfLeavesTheOthersTheirTurn) {
  const auto server = ListenAnywhere();
  int runs = 0;
  std::function<void(ServerCore&)> again = [&](ServerCore&) {
    ++runs;
    server->Schedule(server->now(), again);
  };
  server->Schedule(server->now(), again);
  for (int i = 0; i < 3; ++i) server->RunOnce();
  EXPECT_EQ(runs, 3);
}

TEST_F(ServerTest, WaitsForTheCallersDeadlineWhenNothingHappens) {
  const auto server = ListenAnywhere();
  const quic::Instant deadline = quic::MonotonicNow() + milliseconds(3);
  server->RunOnce(deadline);
  EXPECT_GE(server->now(), deadline);
}

TEST_F(ServerTest, PostedTasksRunOnTheServersThread) {
  const auto server = ListenAnywhere();
  std::thread::id ran_on;
  std::thread poster([&] {
    EXPECT_EQ(server->Post([&](ServerCore&) { ran_on = std::this_thread::get_id(); }),
              quic::PostResult::kPosted);
  });
  while (ran_on == std::thread::id()) server->RunOnce();
  poster.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(ServerTest, TheMailboxIsBoundedAndClosesWithTheServer) {
  auto server =
      Listen({.listen = "127.0.0.1:0", .self_signed_names = {"localhost"}, .mailbox_tasks_max = 2});
  ASSERT_NE(server, nullptr) << error;
  const auto mailbox = server->mailbox();
  const auto nothing = [](ServerCore&) {};
  EXPECT_EQ(server->Post(nothing), quic::PostResult::kPosted);
  EXPECT_EQ(mailbox->Post(nothing), quic::PostResult::kPosted);
  EXPECT_EQ(server->Post(nothing), quic::PostResult::kFull);
  server->RunOnce();
  EXPECT_EQ(server->Post(nothing), quic::PostResult::kPosted);
  server.reset();
  EXPECT_EQ(mailbox->Post(nothing), quic::PostResult::kClosed);
}

TEST_F(ServerTest, WatchedDescriptorsAreReportedUntilForgotten) {
  const auto server = ListenAnywhere();
  const quic::Wakeup wakeup;
  int calls = 0;
  server->Watch(wakeup.fd(), [&] {
    ++calls;
    wakeup.Clear();
  });
  wakeup.Signal();
  server->RunOnce();
  EXPECT_EQ(calls, 1);
  server->Forget(wakeup.fd());
  wakeup.Signal();
  server->RunOnce(server->now());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace quiesce::http3
