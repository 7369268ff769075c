// The program itself: started, asked, stopped by signals, and judged by what it leaves behind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "http3/client/client.h"
#include "quic/io/clock.h"
#include "quic/io/file_descriptor.h"
#include "quic/io/socket_address.h"

namespace quiesce::examples {
namespace {

// Only there to end a test that hangs.
constexpr auto kPatience = std::chrono::seconds(30);

class ProcessTest : public testing::Test {
 protected:
  ProcessTest() {
    std::string pattern = testing::TempDir() + "/server_process.XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~ProcessTest() override {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  void Start(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"examples/server/server", "--access-log",
                                       folder + "/access.log"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<char*> raw;
    for (std::string& each : arguments) raw.push_back(each.data());
    raw.push_back(nullptr);
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    stderr_end = quic::FileDescriptor(ends[0]);
    const quic::FileDescriptor child_end(ends[1]);
    errors.clear();
    pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      dup2(child_end.get(), STDERR_FILENO);
      setenv("SSLKEYLOGFILE", (folder + "/keys").c_str(), 1);
      execv(raw[0], raw.data());
      _exit(127);
    }
  }
  // Takes what the program says next; false when it says nothing more.
  bool ReadErrors() {
    char buffer[4096];
    const ssize_t count = read(stderr_end.get(), buffer, sizeof buffer);
    if (count > 0) errors.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }
  // Until the program says so; the address it then has.
  void StartAndListen(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--listen", "127.0.0.1:0", "--test-endpoints", "--report",
                             folder + "/report.json"});
    Start(more);
    const std::string marker = "listening on ";
    std::size_t at = std::string::npos;
    while (at == std::string::npos || errors.find('\n', at) == std::string::npos) {
      ASSERT_TRUE(ReadErrors()) << errors;
      at = errors.find(marker);
    }
    at += marker.size();
    std::string error;
    const auto addresses = quic::ResolveAddress(errors.substr(at, errors.find('\n', at) - at),
                                                quic::ResolveFor::kConnect, error);
    ASSERT_TRUE(addresses) << error;
    client = http3::Client::Create({.verification = crypto::PeerVerification::kInsecure}, error);
    ASSERT_NE(client, nullptr) << error;
    session = client->Connect((*addresses)[0], "localhost");
    ASSERT_TRUE(TurnUntil([&] { return ready; }));
  }

  std::string Read(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(folder + "/" + name).rdbuf();
    return text.str();
  }
  bool TurnUntil(const std::function<bool()>& done) {
    const quic::Instant patience = quic::MonotonicNow() + kPatience;
    while (!done()) {
      if (quic::MonotonicNow() > patience) return false;
      client->RunOnce(quic::MonotonicNow() + std::chrono::milliseconds(1));
      while (auto event = client->PollEvent()) {
        if (std::holds_alternative<http3::SessionReady>(event->event)) ready = true;
        if (auto* h3 = std::get_if<http3::Event>(&event->event)) Take(*h3);
      }
    }
    return true;
  }
  void Take(const http3::Event& event) {
    if (const auto* head = std::get_if<http3::ResponseHeaders>(&event)) status = head->head.status;
    if (const auto* readable = std::get_if<http3::BodyReadable>(&event)) {
      http3::Connection* connection = client->Find(session);
      for (auto bytes = connection->ReadBody(readable->stream_id); !bytes.empty();
           bytes = connection->ReadBody(readable->stream_id)) {
        body.append(bytes.begin(), bytes.end());
        connection->ConsumeBody(client->now(), readable->stream_id, bytes.size());
      }
    }
    if (std::holds_alternative<http3::MessageFinished>(event)) finished = true;
    if (std::holds_alternative<http3::RequestFailed>(event)) failed = true;
    if (std::holds_alternative<http3::GoawayReceived>(event)) goaway = true;
  }
  void Send(std::string_view path, std::string_view method = "GET", std::string_view content = {}) {
    status = 0;
    finished = failed = false;
    body.clear();
    http3::Connection* connection = client->Find(session);
    ASSERT_NE(connection, nullptr);
    const auto sent = connection->SendRequest(
        client->now(), {.method = method, .authority = "localhost", .path = path}, {},
        content.empty());
    ASSERT_TRUE(sent.stream_id);
    if (content.empty()) return;
    const auto written = connection->WriteBody(
        client->now(), *sent.stream_id,
        {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()}, true);
    ASSERT_EQ(written.accepted, content.size());
  }
  void Ask(std::string_view path, std::string_view method = "GET", std::string_view content = {}) {
    Send(path, method, content);
    ASSERT_TRUE(TurnUntil([&] { return finished; }));
  }
  // Its exit code, while the client goes on; -1 when a signal killed it.
  int Exit() {
    int how = 0;
    if (client) {
      EXPECT_TRUE(TurnUntil([&] { return waitpid(pid, &how, WNOHANG) == pid; }));
    } else {
      EXPECT_EQ(waitpid(pid, &how, 0), pid);
    }
    pid = -1;
    while (ReadErrors()) continue;
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
  }
  bool LogHas(const std::string& part) {
    return Read("access.log").find(part) != std::string::npos;
  }

  std::string folder;
  pid_t pid = -1;
  quic::FileDescriptor stderr_end;
  std::string errors;  // what the program has written there
  std::unique_ptr<http3::Client> client;
  http3::SessionId session;
  bool ready = false;
  bool finished = false;
  bool failed = false;
  bool goaway = false;
  int status = 0;
  std::string body;
};

TEST_F(ProcessTest, AnswersAndLeavesCleanly) {
  std::ofstream(folder + "/hello.txt") << "hello\n";
  StartAndListen({"--root", folder});
  Ask("/hello.txt?x=1");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(body, "hello\n");
  Ask("/bytes?n=600");
  ASSERT_EQ(body.size(), 600u);
  for (std::size_t i = 0; i < body.size(); ++i)
    ASSERT_EQ(static_cast<std::uint8_t>(body[i]), i % 251);
  Ask("/bytes?n=0");
  EXPECT_EQ(status, 200);
  Ask("/bytes");
  EXPECT_EQ(status, 400);
  // SHA-256 of "abc": FIPS 180-4's example.
  Ask("/upload", "POST", "abc");
  EXPECT_EQ(body,
            "bytes=3 sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
  Ask("/slow?ms=1");
  EXPECT_EQ(body, "waited 1 ms\n");
  Ask("/slow?ms=99999999");
  EXPECT_EQ(status, 400);
  kill(pid, SIGTERM);
  EXPECT_EQ(Exit(), 0);
  EXPECT_TRUE(goaway);
  EXPECT_TRUE(LogHas("start 0.1 0 GET /hello.txt?x=1 127.0.0.1:"));
  EXPECT_TRUE(LogHas("end 0.1 0 GET /hello.txt?x=1 200 6 completed "));
  EXPECT_NE(errors.find("SHA-256 fingerprint: "), std::string::npos);
  EXPECT_NE(errors.find("public key pin: sha256//"), std::string::npos);
  EXPECT_NE(errors.find("drain: drained in "), std::string::npos);
  EXPECT_TRUE(Read("report.json").starts_with("{\"result\":\"drained\",")) << Read("report.json");
  EXPECT_NE(Read("report.json").find("\"lost\":0"), std::string::npos);
  EXPECT_NE(Read("keys").find("CLIENT_HANDSHAKE_TRAFFIC_SECRET "), std::string::npos);
}

TEST_F(ProcessTest, WhatRunsIsFinishedBeforeItLeaves) {
  StartAndListen();
  Send("/slow?ms=300");
  ASSERT_TRUE(TurnUntil([&] { return LogHas("start 0.1 0 GET /slow"); }));
  kill(pid, SIGTERM);
  EXPECT_EQ(Exit(), 0);
  EXPECT_TRUE(finished);
  EXPECT_EQ(body, "waited 300 ms\n");
  EXPECT_NE(errors.find("draining: 1 of 1 sessions left, 1 requests running"), std::string::npos);
}

TEST_F(ProcessTest, ASecondSignalForcesAndTheExitCodeSaysSo) {
  StartAndListen({"--drain-timeout", "600"});
  Send("/slow?ms=600000");
  ASSERT_TRUE(TurnUntil([&] { return LogHas("start 0.1 0 GET /slow"); }));
  kill(pid, SIGINT);
  ASSERT_TRUE(TurnUntil([&] { return goaway; }));
  kill(pid, SIGINT);
  EXPECT_EQ(Exit(), 3);
  ASSERT_TRUE(TurnUntil([&] { return failed; }));
  EXPECT_NE(errors.find("unfinished: 127.0.0.1:"), std::string::npos);
  EXPECT_TRUE(Read("report.json").starts_with("{\"result\":\"forced\","));
  EXPECT_TRUE(LogHas("0 aborted_by_deadline"));
}

TEST_F(ProcessTest, TheDeadlineCutsOffAndTheExitCodeSaysSo) {
  StartAndListen({"--drain-timeout", "0.05"});
  Send("/slow?ms=600000");
  ASSERT_TRUE(TurnUntil([&] { return LogHas("start 0.1 0 GET /slow"); }));
  kill(pid, SIGQUIT);
  EXPECT_EQ(Exit(), 3);
  EXPECT_TRUE(Read("report.json").starts_with("{\"result\":\"deadline\","));
}

TEST_F(ProcessTest, WrongArgumentsAndFailuresAreToldInOneLine) {
  Start({"--nonsense"});
  EXPECT_EQ(Exit(), 2);
  EXPECT_EQ(errors, "server: unknown argument '--nonsense'; --help lists what there is\n");
  Start({"--root", folder + "/missing"});
  EXPECT_EQ(Exit(), 1);
  EXPECT_EQ(errors, "server: cannot serve files from '" + folder +
                        "/missing': No such file or directory\n");
  Start({"--listen", "127.0.0.1:99999"});
  EXPECT_EQ(Exit(), 1);
  EXPECT_TRUE(errors.starts_with("server: '127.0.0.1:99999' is not an address"));
  Start({"--report", folder + "/missing/report.json"});
  EXPECT_EQ(Exit(), 1);
}

}  // namespace
}  // namespace quiesce::examples
