#include <thread>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "ingestion/tests/sample_bodies.h"
#include "ingestion/tests/server_under_test.h"

namespace micromegas::ingestion {
namespace {

using std::chrono::milliseconds;

bool is_stored(ServerUnderTest& test, const wire::BlockMessage& block) {
  return !test.lake().metadata().known_blocks({block.info.block_id}).empty();
}

/// Asks again and again, for ten seconds at most.
template <typename Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

}  // namespace

TEST_CASE("one connection carries many requests, also sent at once", "[ingestion]") {
  ServerUnderTest test;
  HttpClient client(test.port());
  std::string all;
  std::vector<wire::BlockMessage> blocks;
  for (int i = 0; i < 20; ++i) {
    blocks.push_back(some_block());
    const auto body = block_body(blocks.back());
    all += post_head(kInsertBlock, body.size()) + body;
  }
  client.send(all);
  for (const auto& block : blocks) {
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(is_stored(test, block));
  }
  // A refused body leaves the connection in order.
  CHECK(client.post(kInsertBlock, "nonsense")->status == 400);
  CHECK(client.post(kInsertBlock, block_body(some_block()))->status == 200);
}

TEST_CASE("a body may come in chunks, or wait to be asked for", "[ingestion]") {
  ServerUnderTest test;
  const auto block = some_block();
  const auto body = block_body(block);
  HttpClient client(test.port());
  client.send(std::string("POST ") + kInsertBlock +
              " HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n");
  for (const char c : body) client.send("1\r\n" + std::string(1, c) + "\r\n");
  client.send("0\r\n\r\n");
  CHECK(client.read_answer()->status == 200);
  CHECK(is_stored(test, block));

  const auto second = some_block();
  client.send(post_head(kInsertBlock, block_body(second).size(), "expect: 100-continue\r\n"));
  CHECK(client.read_answer()->status == 100);
  client.send(block_body(second));
  CHECK(client.read_answer()->status == 200);
  CHECK(is_stored(test, second));
}

TEST_CASE("large bodies come through whole, many at a time", "[ingestion]") {
  ServerUnderTest test;
  std::vector<int> statuses(4, 0);
  std::vector<std::thread> clients;
  clients.reserve(statuses.size());
  std::vector<wire::BlockMessage> blocks;
  blocks.reserve(statuses.size());
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    blocks.push_back(some_block(ProcessId::random(), StreamId::random(), 3'000'000 + i));
  }
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    clients.emplace_back([&, i] { statuses[i] = test.post(kInsertBlock, block_body(blocks[i])); });
  }
  for (auto& client : clients) client.join();
  CHECK(statuses == std::vector<int>(4, 200));
  for (const auto& block : blocks) {
    const auto rows = test.lake().metadata().blocks_of_process(block.info.process_id, 0);
    REQUIRE(rows.size() == 1);
    const auto payload = wire::decode_payload(test.lake().blobs().read(rows[0].payload));
    CHECK(payload.objects == block.payload.objects);
  }
}

TEST_CASE("a client that sends slowly is let go, and keeps nobody waiting", "[ingestion]") {
  HttpServerOptions options;
  options.idle_timeout = options.header_timeout = options.body_timeout = milliseconds(200);
  ServerUnderTest test(options);
  HttpClient silent(test.port());
  HttpClient in_head(test.port());
  HttpClient in_body(test.port());
  in_head.send("POST /ingestion/ins");
  in_body.send(post_head(kInsertBlock, 1'000) + "some");
  CHECK(test.post(kInsertBlock, block_body(some_block())) == 200);
  CHECK(silent.is_closed());
  CHECK(in_head.is_closed());
  CHECK(in_body.is_closed());
}

TEST_CASE("a client that goes away in the middle leaves nothing behind", "[ingestion]") {
  ServerUnderTest test;
  const auto block = some_block();
  const auto body = block_body(block);
  for (const std::size_t sent : {std::size_t{0}, std::size_t{1}, body.size() - 1}) {
    HttpClient client(test.port());
    client.send(post_head(kInsertBlock, body.size()) + body.substr(0, sent));
  }
  {
    HttpClient client(test.port());
    client.send("POST /ing");
  }
  CHECK(test.post(kInsertBlock, block_body(some_block())) == 200);
  CHECK_FALSE(is_stored(test, block));
}

TEST_CASE("what is not HTTP is told so", "[ingestion]") {
  ServerUnderTest test;
  {
    HttpClient client(test.port());
    client.send("\x16\x03\x01 tls hello\r\n\r\n");
    CHECK(client.read_answer()->status == 400);
  }
  HttpClient client(test.port());
  client.send("GET /health HTTP/1.1\r\nx: " + std::string(20'000, 'y') + "\r\n\r\n");
  CHECK(client.read_answer()->status == 431);
}

TEST_CASE("a connection too many is told to come back", "[ingestion]") {
  HttpServerOptions options;
  options.max_connections = 2;
  ServerUnderTest test(options);
  auto first = std::make_unique<HttpClient>(test.port());
  HttpClient second(test.port());
  CHECK(first->post(kInsertBlock, block_body(some_block()))->status == 200);
  CHECK(second.get("/metrics")->status == 200);
  {
    HttpClient third(test.port());
    const auto answer = third.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->headers.at("retry-after") == "1");
  }
  first.reset();
  CHECK(comes_true([&] {  // A connection that ended no longer counts.
    const auto answer = HttpClient(test.port()).get("/health");
    return answer && answer->status == 200;
  }));
}

TEST_CASE("those who say nothing take nobody's place", "[ingestion]") {
  HttpServerOptions options;
  options.max_connections = 4;
  ServerUnderTest test(options);
  HttpClient known(test.port());
  CHECK(known.post(kInsertBlock, block_body(some_block()))->status == 200);
  std::vector<std::unique_ptr<HttpClient>> silent;
  for (int i = 0; i < 12; ++i) {
    silent.push_back(std::make_unique<HttpClient>(test.port()));
    if (i % 2 == 0) CHECK(silent.back()->get("/health")->status == 200);
  }
  for (int i = 0; i < 5; ++i) CHECK(test.post(kInsertBlock, block_body(some_block())) == 200);
  CHECK(silent.front()->is_closed());
  CHECK(known.post(kInsertBlock, block_body(some_block()))->status == 200);
}

TEST_CASE("who shows no key is not waited for as long", "[ingestion]") {
  HttpServerOptions options;
  options.header_timeout = milliseconds(200);
  ServerUnderTest test(options);
  HttpClient silent(test.port());
  HttpClient stranger(test.port());
  HttpClient known(test.port());
  CHECK(stranger.get("/health")->status == 200);
  CHECK(known.post(kInsertBlock, block_body(some_block()))->status == 200);
  CHECK(silent.is_closed());
  CHECK(stranger.is_closed());
  CHECK(known.post(kInsertBlock, block_body(some_block()))->status == 200);
}

TEST_CASE("the head of a chunk has an end", "[ingestion]") {
  ServerUnderTest test;
  HttpClient client(test.port());
  client.send(std::string("POST ") + kInsertBlock +
              " HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n1;x=");
  const std::string more(100'000, 'y');
  std::size_t taken = 0;
  while (taken < (std::size_t{64} << 20) && client.send(more)) taken += more.size();
  CHECK(taken < std::size_t{64} << 20);
  CHECK(test.post(kInsertBlock, block_body(some_block())) == 200);
}

TEST_CASE("memory for half-received bodies has a bound", "[ingestion]") {
  HttpServerOptions options;
  options.max_body_memory = 600'000;
  ServerUnderTest test(options);
  HttpClient holder(test.port());
  holder.send(post_head(kInsertBlock, 500'000) + std::string(300'000, 'x'));
  // Before the server has made room for its rest, the holder could be the one that is refused.
  REQUIRE(comes_true([&] {
    const auto metrics = HttpClient(test.port()).get("/metrics");
    return metrics && metrics->body.find("ingestion_body_bytes 500000\n") != std::string::npos;
  }));
  const auto body = block_body(some_block(ProcessId::random(), StreamId::random(), 400'000));
  bool refused = false;
  for (int attempt = 0; attempt < 100 && !refused; ++attempt) {
    HttpClient client(test.port());
    const auto answer = client.post(kInsertBlock, body);
    REQUIRE(answer);
    refused = answer->status == 503;
    if (refused) CHECK(answer->headers.at("retry-after") == "1");
  }
  CHECK(refused);
  CHECK(test.post(kInsertBlock, block_body(some_block())) == 200);
}

TEST_CASE("a server that stops answers what it has begun, then closes", "[ingestion]") {
  ServerUnderTest test;
  HttpClient idle(test.port());
  CHECK(idle.get("/health")->status == 200);
  HttpClient busy(test.port());
  const auto block = some_block();
  const auto body = block_body(block);
  busy.send(post_head(kInsertBlock, body.size(), "expect: 100-continue\r\n"));
  CHECK(busy.read_answer()->status == 100);  // The server is in the middle of this request now.

  std::thread stopper([&] { test.server().stop(); });
  CHECK(idle.is_closed());
  busy.send(body);
  const auto answer = busy.read_answer();
  stopper.join();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->headers.at("connection") == "close");
  CHECK(is_stored(test, block));
  CHECK_THROWS(HttpClient(test.port()));
}

TEST_CASE("a server that stops waits for nobody longer than its grace", "[ingestion]") {
  HttpServerOptions options;
  options.stop_grace = milliseconds(100);
  ServerUnderTest test(options);
  HttpClient busy(test.port());
  busy.send(post_head(kInsertBlock, 1'000, "expect: 100-continue\r\n"));
  CHECK(busy.read_answer()->status == 100);
  test.server().stop();
  CHECK(busy.is_closed());
}

TEST_CASE("an address that is taken is named", "[ingestion]") {
  ServerUnderTest test;
  HttpServerOptions options;
  options.port = test.port();
  const lake::TemporaryFolder folder;
  CHECK_THROWS_WITH(
      HttpServer::start(lake::Lake::open({.folder = folder.path()}), options),
      Catch::Contains("cannot listen on http 127.0.0.1:" + std::to_string(test.port())));
}

}  // namespace micromegas::ingestion
