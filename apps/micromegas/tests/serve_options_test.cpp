#include "apps/micromegas/serve/serve_options.h"

#include <map>

#include <catch2/catch.hpp>

#include "apps/micromegas/command.h"

namespace micromegas::cli {
namespace {

using Variables = std::map<std::string, std::string>;

ServePlan plan(ServeArguments arguments, const Variables& variables = {}) {
  if (arguments.lake.empty()) arguments.lake = "/lake";
  return plan_to_serve(arguments, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  });
}

std::string refusal(const ServeArguments& arguments, const Variables& variables = {}) {
  try {
    plan(arguments, variables);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

const Variables kKeys{{"MICROMEGAS_API_KEYS", R"([{"name": "ci", "key": "sesame"}])"}};

}  // namespace

TEST_CASE("without arguments everything is served on loopback", "[serve]") {
  const ServePlan all = plan({});
  CHECK(all.ingestion);
  CHECK(all.flightsql);
  CHECK(all.maintenance);
  CHECK(all.http.host == "127.0.0.1");
  CHECK(all.http.port == 9000);
  CHECK(all.flight.port == 50051);
  CHECK(all.http.keys.empty());
  CHECK(all.warnings.empty());
}

TEST_CASE("roles are chosen one by one", "[serve]") {
  ServeArguments arguments;
  arguments.roles = {"ingestion", "maintenance"};
  CHECK(plan(arguments).ingestion);
  CHECK(plan(arguments).http.take_telemetry);
  CHECK_FALSE(plan(arguments).flightsql);
  arguments.roles = {"flightsql"};
  CHECK_FALSE(plan(arguments).http.take_telemetry);
  arguments.roles = {"webapp"};
  CHECK_THAT(refusal(arguments), Catch::Contains("'webapp'"));
}

TEST_CASE("without keys only loopback is served, unless told otherwise", "[serve]") {
  ServeArguments arguments;
  arguments.http = "0.0.0.0:9000";
  CHECK_THAT(refusal(arguments),
             Catch::Contains("MICROMEGAS_API_KEYS") && Catch::Contains("--disable-auth"));
  CHECK(refusal(arguments, kKeys).empty());
  CHECK_FALSE(plan(arguments, kKeys).http.keys.empty());
  CHECK(plan(arguments, kKeys).flight.api_keys_json == kKeys.at("MICROMEGAS_API_KEYS"));

  // The HTTP door is there for every role; what is not served needs no key.
  arguments.roles = {"flightsql"};
  CHECK_THAT(refusal(arguments), Catch::StartsWith("--http"));
  arguments.http = "127.0.0.1:9000";
  arguments.flight = "[::]:0";
  CHECK_THAT(refusal(arguments), Catch::StartsWith("--flight"));
  arguments.roles = {"ingestion"};
  CHECK(refusal(arguments).empty());
  arguments.http = "0.0.0.0:9000";

  arguments.disable_auth = true;
  CHECK(plan(arguments).warnings.size() == 1);
  CHECK(plan(arguments, kKeys).warnings.size() == 2);
  CHECK(plan(arguments, kKeys).flight.api_keys_json.empty());
}

TEST_CASE("settings that nothing here obeys stop the start by name, values unshown", "[serve]") {
  for (const char* name : {"MICROMEGAS_OIDC_CONFIG", "MICROMEGAS_ADMINS",
                           "MICROMEGAS_SQL_CONNECTION_STRING", "MICROMEGAS_OBJECT_STORE_URI"}) {
    ServeArguments arguments;
    arguments.disable_auth = true;
    CHECK_THAT(refusal(arguments, {{name, "postgres://u:secret@host"}}),
               Catch::StartsWith(name) && !Catch::Contains("secret"));
    CHECK(refusal(arguments, {{name, ""}}).empty());
  }
  CHECK_THAT(refusal({}, {{"MICROMEGAS_API_KEYS", "sesame"}}),
             Catch::StartsWith("MICROMEGAS_API_KEYS") && !Catch::Contains("sesame"));
}

TEST_CASE("endpoints are host and port", "[serve]") {
  CHECK(parse_endpoint("--http", "localhost:0").host == "localhost");
  CHECK(parse_endpoint("--http", "[::1]:8080").host == "::1");
  CHECK(parse_endpoint("--http", "[::1]:8080").port == 8080);
  for (const char* text :
       {"", "9000", ":9000", "host:", "host:x", "host:70000", "::1:80", "host:-1", "host:80x"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_endpoint("--http", text), UsageError);
  }
}

TEST_CASE("loopback is what only this machine can reach", "[serve]") {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) CHECK(is_loopback(host));
  for (const char* host :
       {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "example.org", "localhost.x"}) {
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("sizes have units", "[serve]") {
  CHECK(parse_size("--memory-limit", "1000") == 1'000);
  CHECK(parse_size("--memory-limit", "512MB") == 512'000'000);
  CHECK(parse_size("--memory-limit", "4GiB") == std::size_t{4} << 30);
  for (const char* text :
       {"", "0", "MB", "-1", "1.5GB", "1 GB", "1TB", "99999999999999999999", "9999999999999GiB"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_size("--memory-limit", text), UsageError);
  }
}

TEST_CASE("a lake has a place of its own when nobody names one", "[serve]") {
  const auto place = [](const Variables& variables) {
    return default_lake([&](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? "" : found->second;
    });
  };
  CHECK(place({{"HOME", "/h/ada"}}) == "/h/ada/.local/share/micromegas/lake");
  CHECK(place({{"HOME", "/h/ada"}, {"XDG_DATA_HOME", "/data"}}) == "/data/micromegas/lake");
  CHECK_THROWS_AS(place({}), UsageError);
}

}  // namespace micromegas::cli
