// Properties of async spans, and that what happens inside is handed them.
#include <string>

#include <catch2/catch.hpp>

#include <micromegas/micromegas.h>

#include "recorded_program.h"
#include "run_task.h"
#include "tracing/property_table.h"
#include "worker.h"

namespace micromegas::tracing {
namespace {

/// The properties that a log would bear here: `user=ann;`, by name downwards.
std::string properties_here() {
  PropertyText text;
  std::string all;
  if (!PropertyTable::instance().read(current_context().properties, text)) return all;
  for (const Property& property : text.properties()) {
    all += std::string(property.name) + '=' + std::string(property.value) + ';';
  }
  return all;
}

TEST_CASE("a span without properties says nothing of any", "[span_properties]") {
  RecordedProgram program;
  {
    const AsyncSpan span(MM_SITE("plain"));
  }
  program.stop();
  CHECK(program.story_of("plain").empty());
}

TEST_CASE("a span hands its properties to what happens inside", "[span_properties]") {
  RecordedProgram program;
  {
    AsyncSpan span(MM_SITE("request"), PropertySet{{"user", "ann"}, {"tenant", "7"}});
    const ContextScope inside(span.context());
    CHECK(properties_here() == "user=ann;tenant=7;");
    AsyncSpan child(MM_SITE("child"), PropertySet{{"user", "bob"}});
    const ContextScope deeper(child.context());
    CHECK(properties_here() == "user=bob;tenant=7;");
    const AsyncSpan grandchild(MM_SITE("grandchild"));
    CHECK(grandchild.context().properties == child.context().properties);
  }
  CHECK(properties_here().empty());
  program.stop();
  CHECK(program.story_of("request") == "properties user=ann;tenant=7;");
  CHECK(program.story_of("child") == "properties user=bob;tenant=7;");
  CHECK(program.story_of("grandchild").empty());
}

TEST_CASE("a span learns of its properties while it is open", "[span_properties]") {
  RecordedProgram program;
  AsyncSpan span(MM_SITE("request"));
  span.add_properties({{"user", "ann"}});
  span.add_properties({{"rows", "12"}});
  span.end();
  program.stop();
  CHECK(program.story_of("request") == "properties user=ann;, properties user=ann;rows=12;");
}

Task<> inner(Worker* worker) {
  CHECK(properties_here() == "user=ann;");
  MM_CO_SPAN("inner", {"step", "1"});
  CHECK(properties_here() == "user=ann;step=1;");
  co_await worker->hop();
  CHECK(properties_here() == "user=ann;step=1;");
}

Task<> outer(Worker* worker, std::string user) {
  {
    MM_CO_SPAN("outer", {"user", user});
    co_await inner(worker);
    CHECK(properties_here() == "user=ann;");
    {
      MM_CO_PROPERTIES({"rows", "12"}, {"user", "bob"});
      CHECK(properties_here() == "user=bob;rows=12;");
    }
    CHECK(properties_here() == "user=ann;");
  }
  CHECK(properties_here().empty());
  const std::string name = "named";
  MM_CO_NAMED_SPAN(name, {"a", "b"});
  CHECK(properties_here() == "a=b;");
}

TEST_CASE("a coroutine keeps its properties over hops, and loses them with the scope",
          "[span_properties]") {
  RecordedProgram program;
  Worker worker("worker");
  run(outer(&worker, "ann"));
  program.stop();
  CHECK(program.story_of("inner") == "properties user=ann;step=1;");
  CHECK(program.story_of("outer") == "properties user=ann;, properties user=bob;rows=12;");
  CHECK(program.story_of("named") == "properties a=b;");
}

TEST_CASE("properties are handed down although nothing is recorded", "[span_properties]") {
  const AsyncSpan span(MM_SITE("not recorded"), PropertySet{{"user", "ann"}});
  const ContextScope inside(span.context());
  CHECK(properties_here() == "user=ann;");
}

}  // namespace
}  // namespace micromegas::tracing
