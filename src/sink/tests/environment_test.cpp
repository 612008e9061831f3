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
  CHECK(all.api_key == "key");
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
  CHECK(own.api_key.empty());
  CHECK_FALSE(own.recorder.cpu_tracing);
  CHECK(own.recorder.flush_period == 1ms);
  REQUIRE(own.recorder.process_properties.size() == 3);
  CHECK(own.recorder.process_properties[0].second == "2");  // The first of a name counts.
}

TEST_CASE("without application and environment the defaults hold", "[environment]") {
  const ResolvedOptions resolved = resolve({});
  CHECK(resolved.url.empty());
  CHECK(resolved.api_key.empty());
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

TEST_CASE("process properties are read leniently", "[environment]") {
  CHECK(parse_properties("").empty());
  CHECK(parse_properties("a=1,b=2") == tracing::Properties{{"a", "1"}, {"b", "2"}});
  CHECK(parse_properties("a=1,a=2") == tracing::Properties{{"a", "1"}});
  CHECK(parse_properties("a=x=y,=z,nothing,,b=") == tracing::Properties{{"a", "x=y"}, {"b", ""}});
}

}  // namespace
}  // namespace micromegas::sink
