#include <csignal>
#include <cstdlib>
#include <future>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "ingestion/tests/fake_lake.h"
#include "ingestion/tests/sample_bodies.h"
#include "ingestion/tests/server_under_test.h"

namespace micromegas::ingestion {
namespace {

/// Files of this process may not grow beyond a size, as if the disk were full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &previous_);
    rlimit limit = previous_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &previous_);
    std::signal(SIGXFSZ, previous_handler_);
  }

 private:
  rlimit previous_{};
  void (*previous_handler_)(int);
};

Bytes stored_objects(lake::Lake& lake, const wire::BlockMessage& block) {
  for (const auto& row : lake.metadata().blocks_of_process(block.info.process_id, 0)) {
    if (row.info.block_id == block.info.block_id) {
      return wire::decode_payload(lake.blobs().read(row.payload)).objects;
    }
  }
  return {};
}

constexpr const char* kChildFolder = "MICROMEGAS_TEST_LAKE";

/// A server in a process of its own, that a test can kill.
class ServerProcess {
 public:
  ServerProcess(const std::filesystem::path& lake, const std::string& failpoint) {
    int pipe_ends[2];
    REQUIRE(pipe(pipe_ends) == 0);
    child_ = fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      dup2(pipe_ends[1], STDOUT_FILENO);
      setenv(kChildFolder, lake.c_str(), 1);
      setenv("MICROMEGAS_FAILPOINT", failpoint.c_str(), 1);
      execl("/proc/self/exe", "ingestion_tests", "a server in a process of its own", nullptr);
      _exit(127);
    }
    close(pipe_ends[1]);
    const std::unique_ptr<FILE, int (*)(FILE*)> output(fdopen(pipe_ends[0], "r"), fclose);
    char line[256];
    while (port_ == 0 && fgets(line, sizeof line, output.get()) != nullptr) {
      std::sscanf(line, "port %d", &port_);
    }
    REQUIRE(port_ > 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
  }

  int port() const { return port_; }

  /// Waits for its end; gives the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

 private:
  pid_t child_ = 0;
  int port_ = 0;
};

}  // namespace

// Not a test: what ServerProcess runs.
TEST_CASE("a server in a process of its own", "[.][child]") {
  const char* folder = std::getenv(kChildFolder);
  REQUIRE(folder != nullptr);
  HttpServerOptions options;
  options.port = 0;
  const auto server = HttpServer::start(lake::Lake::open({.folder = folder}), options);
  std::printf("port %d\n", server->port());
  std::fflush(stdout);
  for (;;) pause();
}

TEST_CASE("a repeated message is answered 200 and stored once", "[ingestion]") {
  ServerUnderTest test;
  const auto process = some_process();
  const auto stream = some_stream(process.process_id);
  const auto block = some_block(process.process_id, stream.stream_id);
  for (int i = 0; i < 3; ++i) {
    CHECK(test.post(kInsertProcess, text_of(wire::encode_process(process))) == 200);
    CHECK(test.post(kInsertStream, text_of(wire::encode_stream(stream))) == 200);
    CHECK(test.post(kInsertBlock, block_body(block)) == 200);
  }
  const auto totals = test.lake().metadata().totals_of_process(process.process_id);
  REQUIRE(totals);
  CHECK(totals->nb_blocks == 1);
  CHECK(totals->nb_events == 3);
}

TEST_CASE("blocks may come before their stream, and that before its process", "[ingestion]") {
  ServerUnderTest test;
  const auto process = some_process();
  const auto stream = some_stream(process.process_id);
  const auto block = some_block(process.process_id, stream.stream_id);
  CHECK(test.post(kInsertBlock, block_body(block)) == 200);
  CHECK(test.post(kInsertStream, text_of(wire::encode_stream(stream))) == 200);
  CHECK(test.post(kInsertProcess, text_of(wire::encode_process(process))) == 200);
  int blocks = 0;
  test.lake().metadata().scan_blocks(std::nullopt, [&](auto&&...) { return ++blocks > 0; });
  CHECK(blocks == 1);
  CHECK(stored_objects(test.lake(), block) == block.payload.objects);
}

TEST_CASE("a full queue is answered 503 with the advice to come back", "[ingestion]") {
  const lake::TemporaryFolder folder;
  const auto lake = std::make_shared<FakeLake>(lake::Lake::open({.folder = folder.path()}));
  std::promise<void> may_go_on;
  std::promise<void> is_held_up;
  std::atomic<bool> first{true};
  lake->blobs().before_write = [&, go = may_go_on.get_future().share()] {
    if (first.exchange(false)) is_held_up.set_value();
    go.wait();
  };
  HttpServerOptions options;
  options.port = 0;
  options.max_queued_requests = 1;
  const auto server = HttpServer::start(lake, options);
  HttpClient under_way(server->port());
  HttpClient queued(server->port());
  HttpClient refused(server->port());
  const auto body = block_body(some_block());
  under_way.send(post_head(kInsertBlock, body.size()) + body);
  is_held_up.get_future().wait();
  const auto second = block_body(some_block());
  queued.send(post_head(kInsertBlock, second.size()) + second);

  // It travels through another thread: wait until it has arrived.
  while (refused.get("/metrics")->body.find("queued_requests 1\n") == std::string::npos) {
  }

  const auto answer = refused.post(kInsertBlock, block_body(some_block()));
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->headers.at("retry-after") == "1");
  CHECK(refused.get("/health")->status == 200);
  CHECK(refused.get("/ready")->status == 503);
  may_go_on.set_value();
  CHECK(under_way.read_answer()->status == 200);
  CHECK(queued.read_answer()->status == 200);
  CHECK(refused.get("/ready")->status == 200);
}

TEST_CASE("a store that fails is answered 5xx; the next request works", "[ingestion]") {
  const lake::TemporaryFolder folder;
  const auto lake = std::make_shared<FakeLake>(lake::Lake::open({.folder = folder.path()}));
  std::atomic<bool> full{true};
  lake->blobs().before_write = [&] {
    if (full) throw unavailable("cannot write packs/x: No space left on device");
  };
  HttpServerOptions options;
  options.port = 0;
  const auto server = HttpServer::start(lake, options);
  HttpClient client(server->port());
  const auto block = some_block();
  const auto refused = client.post(kInsertBlock, block_body(block));
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(refused->headers.at("retry-after") == "1");
  CHECK(refused->body == "cannot write packs/x: No space left on device\n");
  CHECK(lake->metadata().known_blocks({block.info.block_id}).empty());
  full = false;
  CHECK(client.post(kInsertBlock, block_body(block))->status == 200);
  CHECK(stored_objects(*lake, block) == block.payload.objects);
}

TEST_CASE("a disk without room for payloads or rows harms nothing that was stored", "[ingestion]") {
  ServerUnderTest test;
  std::vector<wire::BlockMessage> acknowledged;
  std::vector<wire::BlockMessage> refused;
  HttpClient client(test.port());
  const auto post = [&] {
    const auto block = some_block(ProcessId::random(), StreamId::random(), 3'000);
    const auto answer = client.post(kInsertBlock, block_body(block));
    REQUIRE(answer);
    (answer->status == 200 ? acknowledged : refused).push_back(block);
    return answer->status;
  };
  CHECK(post() == 200);
  {
    const FileSizeLimit limit(300'000);  // The log of the database reaches it before a pack does.
    for (int i = 0; i < 200 && refused.size() < 5; ++i) post();
    REQUIRE(refused.size() == 5);
  }
  for (const auto& block : refused) {
    CHECK(client.post(kInsertBlock, block_body(block))->status == 200);
  }
  CHECK(post() == 200);
  for (const auto& block : acknowledged) {
    CHECK(stored_objects(test.lake(), block) == block.payload.objects);
  }
}

TEST_CASE("what was acknowledged survives a kill at any point", "[ingestion]") {
  // The third passage: two blocks are acknowledged before.
  for (const std::string point : {"lake.blob_written:3", "lake.row_committed:3"}) {
    INFO(point);
    const lake::TemporaryFolder folder;
    std::vector<wire::BlockMessage> blocks{some_block(), some_block(), some_block()};
    {
      ServerProcess server(folder.path(), point);
      HttpClient client(server.port());
      CHECK(client.post(kInsertBlock, block_body(blocks[0]))->status == 200);
      CHECK(client.post(kInsertBlock, block_body(blocks[1]))->status == 200);
      CHECK_FALSE(client.post(kInsertBlock, block_body(blocks[2])));
      CHECK(server.wait() == SIGKILL);
    }
    const auto lake = lake::Lake::open({.folder = folder.path(), .must_exist = true});
    CHECK(stored_objects(*lake, blocks[0]) == blocks[0].payload.objects);
    CHECK(stored_objects(*lake, blocks[1]) == blocks[1].payload.objects);
    const bool row_was_written = point.starts_with("lake.row");
    CHECK(stored_objects(*lake, blocks[2]).empty() != row_was_written);

    // Nobody heard the third's answer, so its producer sends it again.
    HttpServerOptions options;
    options.port = 0;
    const auto server = HttpServer::start(lake, options);
    HttpClient client(server->port());
    CHECK(client.post(kInsertBlock, block_body(blocks[2]))->status == 200);
    CHECK(stored_objects(*lake, blocks[2]) == blocks[2].payload.objects);
    CHECK(lake->metadata().blocks_of_process(blocks[2].info.process_id, 0).size() == 1);
  }
}

}  // namespace micromegas::ingestion
