#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ingestion/envelope.h"
#include "ingestion/tests/sample_bodies.h"
#include "ingestion/tests/server_under_test.h"

namespace micromegas::ingestion {
namespace {

std::string golden(const std::string& name) {
  std::ifstream file(std::string(MICROMEGAS_GOLDEN_DIR) + '/' + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

nlohmann::json manifest() { return nlohmann::json::parse(golden("vectors.json")); }

std::string path_of(const std::string& kind) { return "/ingestion/insert_" + kind; }

/// "status: text" of a POST that is refused.
std::string refusal(ServerUnderTest& test, const std::string& path, const std::string& body) {
  HttpClient client(test.port());
  const auto answer = client.post(path, body);
  REQUIRE(answer);
  return std::to_string(answer->status) + ": " + answer->body;
}

}  // namespace

TEST_CASE("the requests that the original's producer sent are stored", "[ingestion]") {
  ServerUnderTest test;
  HttpClient client(test.port());
  const auto recorded = manifest();
  std::size_t blocks = 0;
  for (const auto& request : recorded["requests"]) {
    INFO(request["body_file"]);
    const auto answer = client.post(request["path"].get<std::string>(),
                                    golden(request["body_file"].get<std::string>()));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body.empty());
    blocks += request["path"] == kInsertBlock;
  }
  std::size_t stored = 0;
  test.lake().metadata().scan_blocks(
      std::nullopt,
      [&](const lake::BlockRow& block, const lake::StreamRow&, const lake::ProcessRow&) {
        ++stored;
        const Bytes blob = test.lake().blobs().read(block.payload);
        CHECK(static_cast<std::int64_t>(blob.size()) == block.payload_size);
        CHECK_FALSE(wire::decode_payload(blob).objects.empty());
        return true;
      });
  CHECK(stored == blocks);
}

TEST_CASE("every hostile envelope gets the original's status", "[ingestion]") {
  ServerUnderTest test;
  const auto recorded = manifest();
  REQUIRE(recorded["hostile"].size() > 80);
  for (const auto& hostile : recorded["hostile"]) {
    const std::string file =
        hostile.contains("file") ? hostile["file"].get<std::string>() : std::string();
    INFO(hostile["name"]);
    REQUIRE_FALSE(file.empty());
    CHECK(test.post(path_of(hostile["kind"].get<std::string>()), golden(file)) ==
          hostile["http_status"].get<int>());
  }
}

TEST_CASE("a malformed body is refused by the name of the field", "[ingestion]") {
  ServerUnderTest test;
  CHECK_THAT(refusal(test, kInsertBlock, golden("hostile-envelope-float-ticks.cbor")),
             Catch::StartsWith("400: ") && Catch::Contains("begin_ticks"));
  CHECK_THAT(refusal(test, kInsertBlock, golden("hostile-envelope-missing-key.cbor")),
             Catch::StartsWith("400: ") && Catch::Contains("object_offset"));
  CHECK_THAT(refusal(test, kInsertProcess, "\x1f\x8b gzip"), Catch::StartsWith("400: "));
  CHECK_THAT(refusal(test, kInsertStream, ""), Catch::StartsWith("400: "));
  const auto wrong_place = block_body(some_block());
  CHECK_THAT(refusal(test, kInsertProcess, wrong_place), Catch::StartsWith("400: "));
}

TEST_CASE("counts below zero are refused, ends before begins are not", "[ingestion]") {
  ServerUnderTest test;
  auto block = some_block();
  block.info.nb_objects = -1;
  CHECK(refusal(test, kInsertBlock, block_body(block)) ==
        "400: insert_block: nb_objects: -1 is negative\n");
  block = some_block();
  block.info.object_offset = -7;
  CHECK(refusal(test, kInsertBlock, block_body(block)) ==
        "400: insert_block: object_offset: -7 is negative\n");

  // A wall clock may be set back while a block is filled.
  block = some_block();
  block.info.begin_time = {2'000};
  block.info.end_time = {1'000};
  block.info.begin_ticks = {5};
  block.info.end_ticks = {-5};
  CHECK(test.post(kInsertBlock, block_body(block)) == 200);
}

TEST_CASE("text that no store holds is refused by the name of the field", "[ingestion]") {
  ServerUnderTest test;
  const auto process_refusal = [&](auto change) {
    auto process = some_process();
    change(process);
    auto text = refusal(test, kInsertProcess, text_of(wire::encode_process(process)));
    CHECK_FALSE(test.lake().metadata().find_process(process.process_id));
    return text;
  };
  CHECK(process_refusal([](auto& p) { p.exe = std::string("a\0", 2); }) ==
        "400: insert_process: exe: holds a NUL at byte 1\n");
  CHECK(process_refusal([](auto& p) { p.cpu_brand.assign(300, 'x'); }) ==
        "400: insert_process: cpu_brand: 300 characters, at most 255\n");
  CHECK(process_refusal([](auto& p) { p.properties = {{"a\r\nb", std::string("\0", 1)}}; }) ==
        "400: insert_process: properties.a??b: holds a NUL at byte 0\n");
  auto stream = some_stream(ProcessId::random());
  stream.tags = {std::string("c\0", 2)};
  CHECK(refusal(test, kInsertStream, text_of(wire::encode_stream(stream))) ==
        "400: insert_stream: tags: holds a NUL at byte 1\n");
}

TEST_CASE("a server that takes no telemetry says which role it lacks, and how it is",
          "[ingestion]") {
  HttpServerOptions options;
  options.take_telemetry = false;
  ServerUnderTest test(options);
  CHECK(refusal(test, kInsertBlock, block_body(some_block())) ==
        "404: not found: this process does not have the role 'ingestion'\n");
  CHECK(test.post("/ready", "") == 405);
  for (const char* path : {"/health", "/ready", "/metrics"}) {
    INFO(path);
    const auto answer = HttpClient(test.port()).get(path);
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
}

TEST_CASE("other paths are not found, other methods are told which would do", "[ingestion]") {
  ServerUnderTest test;
  CHECK(test.post("/ingestion/insert_blocks", "") == 404);
  CHECK(test.post("/", "") == 404);
  CHECK(test.post("/ingestion/insert_block/", "") == 404);
  {
    HttpClient client(test.port());
    const auto answer = client.get(kInsertBlock);
    REQUIRE(answer);
    CHECK(answer->status == 405);
    CHECK(answer->headers.at("allow") == "POST");
  }
  HttpClient client(test.port());
  const auto answer = client.post("/health", "body");
  REQUIRE(answer);
  CHECK(answer->status == 405);
  CHECK(answer->headers.at("allow") == "GET, HEAD");
}

TEST_CASE("health, readiness and metrics are there to be looked at", "[ingestion]") {
  ServerUnderTest test;
  HttpClient client(test.port());
  CHECK(client.get("/health")->status == 200);
  CHECK(client.get("/ready?verbose")->status == 200);
  CHECK(client.post(kInsertBlock, block_body(some_block()))->status == 200);
  const auto metrics = client.get("/metrics");
  REQUIRE(metrics);
  CHECK(metrics->status == 200);
  CHECK_THAT(metrics->body, Catch::Contains("# TYPE micromegas_ingestion_blocks_total counter\n"));
  CHECK_THAT(metrics->body, Catch::Contains("\nmicromegas_ingestion_connections 1\n"));
  CHECK_THAT(metrics->body, Catch::Contains("\nmicromegas_ingestion_queued_bytes 0\n"));

  client.send("HEAD /health HTTP/1.1\r\nhost: test\r\n\r\n");
  const auto head = client.read_answer(true);
  REQUIRE(head);
  CHECK(head->status == 200);
  CHECK(client.get("/health")->status == 200);
}

TEST_CASE("processes and streams are smaller than blocks may be", "[ingestion]") {
  ServerUnderTest test;
  const std::string most(kMaxInfoBodyBytes, 'x');
  for (const char* path : {kInsertProcess, kInsertStream}) {
    CHECK(test.post(path, most) == 400);  // Nonsense, but read.
    CHECK(test.post(path, most + 'x') == 413);
    HttpClient client(test.port());
    client.send(std::string("POST ") + path +
                " HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n800001\r\n" + most +
                "x\r\n0\r\n\r\n");
    const auto answer = client.read_answer();
    REQUIRE(answer);
    CHECK(answer->status == 413);
    CHECK(answer->body == "the body is larger than 8388608 bytes\n");
  }
}

TEST_CASE("a body above the limit gets 413, one at the limit is read", "[ingestion]") {
  const std::string body = block_body(some_block(ProcessId::random(), StreamId::random(), 20'000));
  HttpServerOptions options;
  options.max_body_bytes = body.size();
  ServerUnderTest test(options);
  CHECK(test.post(kInsertBlock, body) == 200);
  CHECK(test.post(kInsertBlock, body + 'x') == 413);

  HttpClient chunked(test.port());
  chunked.send(std::string("POST ") + kInsertBlock +
               " HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n");
  chunked.send("fffff\r\n" + std::string(0xfffff, 'x') + "\r\n0\r\n\r\n");
  const auto answer = chunked.read_answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
  CHECK(chunked.is_closed());
}

TEST_CASE("the limit is 100 MiB when nothing else was said", "[ingestion]") {
  ServerUnderTest test;
  HttpClient client(test.port());
  client.send(post_head(kInsertBlock, (std::size_t{100} << 20) + 1));
  const auto answer = client.read_answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
}

TEST_CASE("with keys, nothing is stored or told without one", "[ingestion]") {
  HttpServerOptions options;
  options.keys = auth::ApiKeys::parse(R"([{"name": "ci", "key": "secret"}])");
  ServerUnderTest test(options);
  const std::string right = "authorization: Bearer secret\r\n";
  const auto block = some_block();
  for (const char* headers : {"", "authorization: Bearer wrong\r\n", "authorization: secret\r\n"}) {
    INFO(headers);
    HttpClient client(test.port());
    const auto answer = client.post(kInsertBlock, block_body(block), headers);
    REQUIRE(answer);
    CHECK(answer->status == 401);
    CHECK(answer->headers.at("www-authenticate") == "Bearer");
    HttpClient other(test.port());
    CHECK(other.get("/metrics", headers)->status == 401);
    CHECK(other.get("/health", headers)->status == 200);
    CHECK(other.get("/ready", headers)->status == 200);
  }
  CHECK(test.lake().metadata().known_blocks({block.info.block_id}).empty());
  CHECK(test.post(kInsertBlock, block_body(block), right) == 200);
  HttpClient client(test.port());
  CHECK(client.get("/metrics", right)->status == 200);
}

}  // namespace micromegas::ingestion
