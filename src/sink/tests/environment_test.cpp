#include "sink/environment.h"

#include <cstdlib>

#include <catch2/catch.hpp>

namespace micromegas::sink {
namespace {

using namespace std::chrono_literals;

/// Sets a variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST_CASE("what the application leaves out comes from the environment", "[environment]") {
  const Variable url("MICROMEGAS_TELEMETRY_URL", "http://from-environment:9000");
  const Variable key("MICROMEGAS_INGESTION_API_KEY", "key");
  const Variable period("MICROMEGAS_FLUSH_PERIOD", "2.5");
  const Variable tracing("MICROMEGAS_ENABLE_CPU_TRACING", "true");
  const Variable properties("MICROMEGAS_PROCESS_PROPERTIES", "version=1,branch=main");

  const ResolvedOptions all = resolve({});
  CHECK(all.url == "http://from-environment:9000");
  CHECK(all.http.api_key == "key");
  CHECK(all.recorder.flush_period == 2500ms);
  CHECK(all.recorder.cpu_tracing);
  CHECK(all.recorder.process_properties ==
        tracing::Properties{{"version", "1"}, {"branch", "main"}});

  const ResolvedOptions own = resolve({.url = "http://own",
                                       .api_key = "",
                                       .cpu_tracing = false,
                                       .flush_period = 1ms,
                                       .properties = {{"version", "2"}}});
  CHECK(own.url == "http://own");
  CHECK(own.http.api_key.empty());
  CHECK_FALSE(own.recorder.cpu_tracing);
  CHECK(own.recorder.flush_period == 1ms);
  REQUIRE(own.recorder.process_properties.size() == 3);
  CHECK(own.recorder.process_properties[0].second == "2");  // The first of a name counts.
}

TEST_CASE("without application and environment the defaults hold", "[environment]") {
  ::unsetenv("MICROMEGAS_TELEMETRY_PARENT_PROCESS");  // By a guard of another test.
  const ResolvedOptions resolved = resolve({});
  CHECK(resolved.url.empty());
  CHECK(resolved.http.api_key.empty());
  CHECK_FALSE(resolved.recorder.cpu_tracing);
  CHECK(resolved.recorder.flush_period == 60s);
  CHECK_FALSE(resolved.recorder.parent_process_id);
}

TEST_CASE("a variable that makes no sense is as none", "[environment]") {
  for (const char* text : {"", "soon", "-1", "0", "5s", "nan"}) {
    const Variable period("MICROMEGAS_FLUSH_PERIOD", text);
    CHECK(resolve({}).recorder.flush_period == 60s);
  }
  const Variable parent("MICROMEGAS_TELEMETRY_PARENT_PROCESS", "nobody");
  CHECK_FALSE(resolve({}).recorder.parent_process_id);
}

TEST_CASE("which logs are printed is a level", "[environment]") {
  CHECK(resolve({}).console == LogLevel::kOff);
  const Variable console("MICROMEGAS_CONSOLE", "warn");
  CHECK(resolve({}).console == LogLevel::kWarn);
  CHECK(resolve({.console = LogLevel::kOff}).console == LogLevel::kOff);
  const Variable nonsense("MICROMEGAS_CONSOLE", "loud");
  CHECK(resolve({}).console == LogLevel::kOff);
}

using Complaints = std::vector<std::string>;

TEST_CASE("words are taken in any case, and in each usual spelling", "[environment]") {
  for (const char* text : {"true", "TRUE", "on", "On", "1"}) {
    const Variable tracing("MICROMEGAS_ENABLE_CPU_TRACING", text);
    CHECK(resolve({}).recorder.cpu_tracing);
  }
  for (const char* text : {"false", "False", "off", "0"}) {
    const Variable tracing("MICROMEGAS_ENABLE_CPU_TRACING", text);
    CHECK_FALSE(resolve({}).recorder.cpu_tracing);
    CHECK(resolve({}).complaints.empty());
  }
  for (const char* text : {"WARN", "warning"}) {
    const Variable console("MICROMEGAS_CONSOLE", text);
    CHECK(resolve({}).console == LogLevel::kWarn);
    CHECK(resolve({}).complaints.empty());
  }
  const Variable console("MICROMEGAS_CONSOLE", "off");
  CHECK(resolve({}).complaints.empty());
}

TEST_CASE("a variable that makes no sense is named, unless the program decides itself",
          "[environment]") {
  const Variable console("MICROMEGAS_CONSOLE", "1");
  const Variable tracing("MICROMEGAS_ENABLE_CPU_TRACING", "perhaps\x1b[2J");
  const Variable period("MICROMEGAS_FLUSH_PERIOD", "-5");
  const Variable properties("MICROMEGAS_PROCESS_PROPERTIES", "nokey,a=1,=b,");
  const ResolvedOptions resolved = resolve({});
  CHECK(resolved.complaints ==
        Complaints{
            "MICROMEGAS_CONSOLE: '1' is no level: fatal, error, warn, info, debug, trace, off",
            "MICROMEGAS_ENABLE_CPU_TRACING: 'perhaps?[2J' is no switch: true, 1, on, false, 0, off",
            "MICROMEGAS_FLUSH_PERIOD: '-5' is no number of seconds above 0",
            "MICROMEGAS_PROCESS_PROPERTIES: 'nokey' (and 1 more) is not name=value"});
  CHECK(resolved.recorder.process_properties == tracing::Properties{{"a", "1"}});
  CHECK(resolve({.cpu_tracing = true, .flush_period = 1s, .console = LogLevel::kInfo})
            .complaints.size() == 1);
}

TEST_CASE("a crash folder without a URL is told to need one", "[environment]") {
  CHECK(resolve({.crash_dir = "/crash"}).complaints.empty());
  const Variable folder("MICROMEGAS_CRASH_DIR", "/crash");
  CHECK(resolve({}).complaints ==
        Complaints{"MICROMEGAS_CRASH_DIR: nothing is kept without a URL: set "
                   "MICROMEGAS_TELEMETRY_URL as well"});
  CHECK(resolve({.url = "http://host"}).complaints.empty());
}

TEST_CASE("the identity provider comes from the environment", "[environment]") {
  const Variable endpoint("MICROMEGAS_OIDC_TOKEN_ENDPOINT", "https://identity.example/token");
  const Variable id("MICROMEGAS_OIDC_CLIENT_ID", "program");
  const Variable secret("MICROMEGAS_OIDC_CLIENT_SECRET", "hush");
  CHECK(resolve({}).http.oidc.token_buffer == 180s);
  CHECK(resolve({}).http.oidc.audience.empty());

  const Variable audience("MICROMEGAS_OIDC_AUDIENCE", "lake");
  const Variable buffer("MICROMEGAS_OIDC_TOKEN_BUFFER_SECONDS", "20");
  const ResolvedOptions resolved = resolve({});
  CHECK(resolved.fault.empty());
  CHECK(resolved.http.oidc.token_endpoint == "https://identity.example/token");
  CHECK(resolved.http.oidc.client_id == "program");
  CHECK(resolved.http.oidc.client_secret == "hush");
  CHECK(resolved.http.oidc.audience == "lake");
  CHECK(resolved.http.oidc.token_buffer == 20s);
}

TEST_CASE("what secrecy depends on is followed or nothing is recorded", "[environment]") {
  {
    const Variable key("MICROMEGAS_INGESTION_API_KEY", "two words");
    CHECK(resolve({}).fault == "MICROMEGAS_INGESTION_API_KEY holds a blank or a control character");
    CHECK(resolve({.api_key = "one"}).fault.empty());
    CHECK_FALSE(resolve({.api_key = "line\r\nX-Other: header"}).fault.empty());
  }
  const Variable id("MICROMEGAS_OIDC_CLIENT_ID", "program");
  CHECK(resolve({}).fault.starts_with("MICROMEGAS_OIDC_TOKEN_ENDPOINT is missing"));
  CHECK(resolve({.api_key = "key"}).fault.empty());  // It wins over the provider.
  const Variable endpoint("MICROMEGAS_OIDC_TOKEN_ENDPOINT", "ftp://identity.example/token");
  CHECK(resolve({}).fault.starts_with("MICROMEGAS_OIDC_CLIENT_SECRET is missing"));
  const Variable secret("MICROMEGAS_OIDC_CLIENT_SECRET", "hush");
  CHECK(resolve({}).fault == "MICROMEGAS_OIDC_TOKEN_ENDPOINT is neither http: nor https:");
}

TEST_CASE("process properties are read leniently", "[environment]") {
  CHECK(parse_properties("").empty());
  CHECK(parse_properties("a=1,b=2") == tracing::Properties{{"a", "1"}, {"b", "2"}});
  CHECK(parse_properties("a=1,a=2") == tracing::Properties{{"a", "1"}});
  CHECK(parse_properties("a=x=y,=z,nothing,,b=") == tracing::Properties{{"a", "x=y"}, {"b", ""}});
}

}  // namespace
}  // namespace micromegas::sink
