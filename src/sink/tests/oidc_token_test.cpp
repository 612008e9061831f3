#include "sink/oidc_token.h"

#include <chrono>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "loopback_server.h"
#include "sink/http_uploader.h"

namespace micromegas::sink {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST_CASE("a request for a token escapes what a form must not hold", "[oidc]") {
  CHECK(token_request({.client_id = "a b", .client_secret = "x&y=z+%\xc3\xa9"}) ==
        "grant_type=client_credentials&client_id=a%20b&client_secret=x%26y%3Dz%2B%25%C3%A9");
  CHECK(token_request({.client_id = "a", .client_secret = "s", .audience = "lake"}) ==
        "grant_type=client_credentials&client_id=a&client_secret=s&audience=lake");
}

TEST_CASE("an answer's token and lifetime are found among the rest", "[oidc]") {
  const auto token = read_token_answer(
      R"( { "scope" : ["a", {"expires_in": 1}], "token_type":"Bearer",
            "expires_in": 3600 , "access_token":"ab\/c\u002d\"d" , "n": null } )");
  REQUIRE(token);
  CHECK(token->access_token == "ab/c-\"d");
  CHECK(token->lifetime == 3600s);
  CHECK(read_token_answer(R"({"access_token":"t"})")->lifetime == 0s);
  CHECK(read_token_answer(R"({"access_token":"t","expires_in":"60"})")->lifetime == 60s);
  CHECK(read_token_answer(R"({"access_token":"t","expires_in":-5})")->lifetime == 0s);
}

TEST_CASE("an answer without a usable token is none", "[oidc]") {
  for (const char* json :
       {"", "no", "{}", "[]", R"({"access_token":""})", R"({"access_token":7})",
        R"({"access_token":"a b"})", R"({"access_token":"a\nb"})", R"({"access_token":"a)",
        R"({"other":{"access_token":"a"}})", R"({"access_token")", R"({"access_token":"\u00e9"})",
        R"({"access_token":"\u00)", R"({"access_token":"\)"}) {
    CAPTURE(json);
    CHECK_FALSE(read_token_answer(json));
  }
}

HttpOptions options_for(const LoopbackServer& server) {
  return {.url = server.url(),
          .oidc = {.token_endpoint = server.url() + "/token",
                   .client_id = "program",
                   .client_secret = "hush"}};
}

Upload block() { return {Priority::kTraces, "/ingestion/insert_block", Bytes(3), 10}; }

TEST_CASE("uploads carry the token that the provider gave, asked for once", "[oidc]") {
  LoopbackServer server;
  server.set_text("/token", R"({"access_token":"abc","expires_in":3600})");
  HttpUploader uploader(options_for(server));
  for (int i = 0; i < 10; ++i) uploader.post(block());
  uploader.drain(Clock::now() + 5s);

  CHECK(uploader.statistics().sent == 10);
  const auto asked = server.requests_to("/token");
  REQUIRE(asked.size() == 1);
  CHECK(as_text(asked[0].body) ==
        "grant_type=client_credentials&client_id=program&client_secret=hush");
  CHECK(asked[0].authorization.empty());
  for (const ReceivedRequest& request : server.requests_to("/ingestion/insert_block")) {
    CHECK(request.authorization == "Bearer abc");
  }
}

TEST_CASE("a token is replaced before it expires", "[oidc]") {
  LoopbackServer server;
  server.set_text("/token", R"({"access_token":"first","expires_in":2})");
  HttpUploader uploader(options_for(server));
  uploader.post(block());
  while (uploader.statistics().sent < 1) std::this_thread::sleep_for(1ms);
  server.set_text("/token", R"({"access_token":"second","expires_in":3600})");
  while (server.requests_to("/token").size() < 2) std::this_thread::sleep_for(1ms);
  // The answer may be on its way still; until it is here the first one is good.
  for (int i = 0; i < 500; ++i) {
    uploader.post(block());
    std::this_thread::sleep_for(2ms);
    if (server.requests().back().authorization == "Bearer second") break;
  }
  uploader.drain(Clock::now() + 5s);
  CHECK(server.requests().back().authorization == "Bearer second");
  CHECK(uploader.statistics().dropped == 0);
}

TEST_CASE("without a token nothing is sent; uploads wait, and the end of the program does not",
          "[oidc]") {
  LoopbackServer server(
      [](const ReceivedRequest& request, int) { return request.path == "/token" ? 403u : 200u; });
  HttpUploader uploader(options_for(server));
  uploader.post(block());
  const auto before = Clock::now();
  uploader.drain(before + 100ms);
  CHECK(Clock::now() - before < 2s);
  CHECK(server.requests_to("/ingestion/insert_block").empty());
  CHECK(uploader.statistics().dropped_late == 1);
  CHECK(uploader.statistics().last_error == server.url() + "/token: HTTP status 403");
}

TEST_CASE("a provider that recovers is asked again", "[oidc]") {
  LoopbackServer server(
      [](const ReceivedRequest&, int number) { return number == 0 ? 500u : 200u; });
  server.set_text("/token", R"({"access_token":"abc"})");
  HttpUploader uploader(options_for(server));
  uploader.post(block());
  uploader.drain(Clock::now() + 5s);
  CHECK(uploader.statistics().sent == 1);
  CHECK(uploader.statistics().failed_attempts == 1);
}

TEST_CASE("a key wins over a provider", "[oidc]") {
  LoopbackServer server;
  HttpOptions options = options_for(server);
  options.api_key = "key";
  HttpUploader uploader(options);
  uploader.post(block());
  uploader.drain(Clock::now() + 5s);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].authorization == "Bearer key");
}

}  // namespace
}  // namespace micromegas::sink
