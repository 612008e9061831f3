#include <string>

#include <catch2/catch.hpp>

#include <micromegas/c.h>

#include "recorded_program.h"

namespace micromegas::tracing {
namespace {

TEST_CASE("logs of C say where they are and how urgent", "[c][log]") {
  static micromegas_log_site ready = MICROMEGAS_LOG_SITE(MICROMEGAS_LOG_INFO, "ready");
  static micromegas_log_site slow = MICROMEGAS_LOG_SITE(MICROMEGAS_LOG_WARN, "");
  static micromegas_log_site chatty = MICROMEGAS_LOG_SITE(MICROMEGAS_LOG_TRACE, "step");
  RecordedProgram program;
  const char* const pairs[] = {"user", "ann", "tenant", "7"};
  const micromegas_properties properties = micromegas_make_properties(pairs, 2);

  CHECK(micromegas_log_enabled(&ready) == 1);
  CHECK(micromegas_log_enabled(&chatty) == 0);
  micromegas_log(&ready, nullptr, nullptr);
  micromegas_log(&slow, "took 7 s", &properties);
  micromegas_log(&chatty, nullptr, nullptr);
  program.stop();

  const auto logs = program.logs();
  REQUIRE(logs.size() == 2);
  CHECK(logs[0].text == "ready");
  CHECK(logs[0].level == MICROMEGAS_LOG_INFO);
  CHECK(logs[0].target == MICROMEGAS_TARGET);
  CHECK(logs[0].line == ready.line);
  CHECK(logs[1].text == "took 7 s");
  CHECK(logs[1].level == MICROMEGAS_LOG_WARN);
  CHECK(logs[1].properties.find("user=ann") != std::string::npos);
  CHECK(logs[1].properties.find("tenant=7") != std::string::npos);
}

TEST_CASE("metrics of C keep their kind, and the properties of their span", "[c][metric]") {
  static micromegas_site work = MICROMEGAS_SITE("work");
  static micromegas_metric_site length = MICROMEGAS_METRIC_SITE("queue_length", "count");
  static micromegas_metric_site load = MICROMEGAS_METRIC_SITE("load", "ratio");
  RecordedProgram program;
  const char* const pair[] = {"user", "ann"};
  const micromegas_properties properties = micromegas_make_properties(pair, 1);

  micromegas_async_span span;
  micromegas_begin_async_span(&span, &work);
  micromegas_add_properties(&span, &properties);
  const micromegas_context context = micromegas_async_span_context(&span);
  micromegas_context_scope scope;
  micromegas_enter_context(&scope, &context);
  micromegas_integer_metric(&length, 12, nullptr);
  micromegas_leave_context(&scope);
  micromegas_float_metric(&load, 0.5, nullptr);
  micromegas_fail_async_span(&span, "out of tea");
  program.stop();

  const auto metrics = program.metrics();
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].type == "TaggedIntegerMetricEvent");
  CHECK(metrics[0].name == "queue_length");
  CHECK(metrics[0].unit == "count");
  CHECK(metrics[0].value == 12);
  CHECK(metrics[0].properties == "user=ann");
  CHECK(metrics[1].type == "FloatMetricEvent");
  CHECK(metrics[1].value == 0.5);
  CHECK(program.end_of("work").outcome == MICROMEGAS_ERROR);
  CHECK(program.story_of("work").find("error out of tea") != std::string::npos);
}

}  // namespace
}  // namespace micromegas::tracing
