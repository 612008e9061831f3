#include "sink/http_uploader.h"

#include <chrono>
#include <future>
#include <string>

#include <catch2/catch.hpp>

#include "loopback_server.h"

namespace micromegas::sink {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Upload block(const std::string& text, std::int32_t nb_events = 10) {
  const ByteView bytes = as_bytes(text);
  return {Priority::kTraces, "/ingestion/insert_block", Bytes(bytes.begin(), bytes.end()),
          nb_events};
}

Upload process() { return {Priority::kMetadata, "/ingestion/insert_process", Bytes(3)}; }

TEST_CASE("requests arrive with their body and key, over connections that are kept",
          "[http_uploader]") {
  LoopbackServer server;
  HttpUploader uploader({.url = server.url() + "/", .api_key = "secret"});
  for (int i = 0; i < 100; ++i) uploader.post(block("body " + std::to_string(i)));
  uploader.drain(Clock::now() + 5s);

  const auto requests = server.requests_to("/ingestion/insert_block");
  REQUIRE(requests.size() == 100);
  CHECK(as_text(requests[0].body).starts_with("body "));
  CHECK(requests[0].authorization == "Bearer secret");
  CHECK(server.nb_connections() <= 3);
  const UploadStatistics statistics = uploader.statistics();
  CHECK(statistics.sent == 100);
  CHECK(statistics.sent_blocks == 100);
  CHECK(statistics.dropped == 0);
}

TEST_CASE("a body larger than a socket's buffer arrives whole", "[http_uploader]") {
  LoopbackServer server;
  HttpUploader uploader({.url = server.url()});
  const std::string large(std::size_t{8} << 20, 'x');
  uploader.post(block(large));
  uploader.drain(Clock::now() + 5s);
  REQUIRE(server.requests().size() == 1);
  CHECK(as_text(server.requests()[0].body) == large);
}

TEST_CASE("a server error is tried again with the same body", "[http_uploader]") {
  LoopbackServer server(
      [](const ReceivedRequest&, int number) { return number == 0 ? 500u : 200u; });
  HttpUploader uploader({.url = server.url()});
  uploader.post(block("the body"));
  uploader.drain(Clock::now() + 5s);

  REQUIRE(server.requests().size() == 2);
  CHECK(as_text(server.requests()[1].body) == "the body");
  const UploadStatistics statistics = uploader.statistics();
  CHECK(statistics.sent == 1);
  CHECK(statistics.failed_attempts == 1);
  CHECK(statistics.dropped == 0);
  CHECK(statistics.last_error == "HTTP status 500");
}

TEST_CASE("a server error that stays costs a block after its second attempt", "[http_uploader]") {
  LoopbackServer server([](const ReceivedRequest&, int) { return 503u; });
  HttpUploader uploader({.url = server.url()});
  uploader.post(block("unwanted", 7));
  uploader.drain(Clock::now() + 5s);
  CHECK(server.requests().size() == 2);
  CHECK(uploader.statistics().dropped_failed == 1);
  CHECK(uploader.statistics().dropped_events == 7);
}

TEST_CASE("what the server refuses is dropped at once", "[http_uploader]") {
  for (const unsigned status : {400u, 401u, 403u, 404u, 413u, 302u}) {
    LoopbackServer server([status](const ReceivedRequest&, int) { return status; });
    HttpUploader uploader({.url = server.url()});
    uploader.post(block("bad"));
    uploader.drain(Clock::now() + 5s);
    CHECK(server.requests().size() == 1);
    CHECK(uploader.statistics().dropped_refused == 1);
    CHECK(uploader.statistics().dropped == 1);
  }
}

TEST_CASE("a refusal is told in the server's words, as far as they are fit to be printed",
          "[http_uploader]") {
  const auto error_of = [](unsigned status, const std::string& text) {
    LoopbackServer server([status](const ReceivedRequest&, int) { return status; });
    server.set_text("/ingestion/insert_block", text);
    HttpUploader uploader({.url = server.url()});
    uploader.post(block("refused"));
    uploader.drain(Clock::now() + 5s);
    return uploader.statistics().last_error;
  };
  CHECK(error_of(401, "no key: send 'Authorization: Bearer <key>'\n") ==
        "HTTP status 401 (MICROMEGAS_INGESTION_API_KEY): "
        "no key: send 'Authorization: Bearer <key>'");
  CHECK(error_of(400, "not \x1b[2Jours\r\nsecond line") == "HTTP status 400: not ?[2Jours");
  CHECK(error_of(403, "").ends_with("403"));
  const std::string endless = error_of(400, std::string(100'000, 'x'));
  CHECK(endless.size() < 250);
  CHECK(endless.ends_with("xxx..."));
}

TEST_CASE("what fails keeps nothing else back", "[http_uploader]") {
  LoopbackServer server([](const ReceivedRequest& request, int) {
    return request.path == "/ingestion/insert_process" ? 500u : 200u;
  });
  HttpUploader uploader({.url = server.url()});
  uploader.post(process());
  for (int i = 0; i < 20; ++i) uploader.post(block("good"));
  for (int i = 0; i < 500 && uploader.statistics().sent < 20; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  CHECK(uploader.statistics().sent == 20);
  CHECK(uploader.statistics().dropped == 0);  // The process is still being tried.
}

TEST_CASE("a server that is away costs blocks, and no time worth mentioning", "[http_uploader]") {
  HttpUploader uploader({.url = url_of_nobody()});
  const auto before = Clock::now();
  uploader.post(process());
  for (int i = 0; i < 20; ++i) uploader.post(block("lost"));
  CHECK(Clock::now() - before < 1s);
  // The process would be tried for a long time; the end of the program is not the time for it.
  uploader.drain(Clock::now() + 5s);
  CHECK(Clock::now() - before < 5s);
  const UploadStatistics statistics = uploader.statistics();
  CHECK(statistics.sent == 0);
  CHECK(statistics.dropped == 21);
  CHECK(statistics.dropped_events == 200);
  CHECK_FALSE(statistics.last_error.empty());
}

TEST_CASE("a server that never answers holds the end of the program up to the deadline",
          "[http_uploader]") {
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  LoopbackServer server([may_go_on](const ReceivedRequest&, int) {
    may_go_on.wait();
    return 200u;
  });
  HttpUploader uploader({.url = server.url()});
  for (int i = 0; i < 5; ++i) uploader.post(block("waiting"));
  const auto before = Clock::now();
  uploader.drain(before + 200ms);
  const auto took = Clock::now() - before;
  CHECK(took >= 200ms);
  CHECK(took < 2s);
  CHECK(uploader.statistics().dropped_late == 5);
  go_on.set_value();
}

TEST_CASE("an answer that takes too long is a failed attempt", "[http_uploader]") {
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  LoopbackServer server([may_go_on](const ReceivedRequest&, int number) {
    if (number == 0) may_go_on.wait();
    return 200u;
  });
  HttpUploader uploader({.url = server.url(), .attempt_timeout = 100ms});
  uploader.post(block("patience"));
  uploader.drain(Clock::now() + 5s);
  CHECK(uploader.statistics().sent == 1);
  CHECK(uploader.statistics().failed_attempts == 1);
  go_on.set_value();
}

TEST_CASE("a full queue refuses blocks and counts them", "[http_uploader]") {
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  LoopbackServer server([may_go_on](const ReceivedRequest&, int) {
    may_go_on.wait();
    return 200u;
  });
  HttpUploader uploader({.url = server.url(), .limits = {1000, 2000}, .max_in_flight = 1});
  constexpr int kPosted = 100;
  for (int i = 0; i < kPosted; ++i) uploader.post(block(std::string(100, 'x'), 1));
  CHECK_FALSE(uploader.has_room(Priority::kTraces));
  CHECK(uploader.has_room(Priority::kMetadata));
  go_on.set_value();
  uploader.drain(Clock::now() + 5s);
  const UploadStatistics statistics = uploader.statistics();
  CHECK(statistics.dropped_full > 80);
  CHECK(statistics.dropped_full == statistics.dropped_events);
  CHECK(statistics.sent + statistics.dropped == kPosted);
}

TEST_CASE("an uploader without a server to speak to drops what it is given", "[http_uploader]") {
  for (const char* url : {"", "not a url", "ftp://127.0.0.1/", "http://"}) {
    HttpUploader uploader({.url = url});
    uploader.post(block("lost"));
    uploader.drain(Clock::now() + 2s);
    CHECK(uploader.statistics().sent == 0);
    CHECK(uploader.statistics().dropped == 1);
  }
}

}  // namespace
}  // namespace micromegas::sink
