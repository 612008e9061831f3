// How spans of coroutines end: well, by an exception, or because somebody gave them up.
#include <optional>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

#include <micromegas/micromegas.h>

#include "recorded_program.h"
#include "run_task.h"
#include "worker.h"

namespace micromegas::tracing {
namespace {

constexpr std::uint32_t kOk = 0;
constexpr std::uint32_t kFailed = 1;
constexpr std::uint32_t kGivenUp = 2;

Task<> fails(Worker* worker, std::string why) {
  MM_CO_SPAN("fails");
  co_await worker->hop();
  throw std::runtime_error(why);
}

Task<> passes_on(Worker* worker, std::string why) {
  MM_CO_SPAN("passes on");
  co_await fails(worker, why);
}

Task<> recovers(Worker* worker, std::string why) {
  MM_CO_SPAN("recovers");
  CHECK_THROWS_AS(co_await passes_on(worker, why), std::runtime_error);
}

TEST_CASE("a span that an exception leaves ends with an error and says why", "[outcome]") {
  RecordedProgram program;
  Worker worker("worker");
  run(recovers(&worker, "disk full"));
  program.stop();
  CHECK(program.end_of("fails").outcome == kFailed);
  CHECK(program.end_of("passes on").outcome == kFailed);
  CHECK(program.end_of("recovers").outcome == kOk);
  CHECK(program.story_of("fails") == "error disk full");
  CHECK(program.story_of("passes on") == "error disk full");
  CHECK(program.story_of("recovers").empty());
}

TEST_CASE("why a span failed is cut to a thousand bytes, between two characters", "[outcome]") {
  RecordedProgram program;
  Worker worker("worker");
  std::string why(999, 'x');
  run(recovers(&worker, why + "\xc3\xa9" + why));
  program.stop();
  CHECK(program.story_of("fails") == "error " + why);
}

Task<> throws_a_number() {
  MM_CO_SPAN("number");
  throw 7;
  co_return;
}

Task<> fails_in_part() {
  MM_CO_SPAN("whole");
  try {
    MM_CO_SPAN("part");
    throw std::runtime_error("caught at home");
  } catch (const std::runtime_error&) {
  }
  MM_CO_SPAN("rest");
  CHECK_THROWS(co_await throws_a_number());
  CHECK_THROWS(co_await traced(MM_SITE("traced"), throws_a_number()));
}

TEST_CASE("only the spans that the exception leaves have failed", "[outcome]") {
  RecordedProgram program;
  run(fails_in_part());
  program.stop();
  CHECK(program.end_of("part").outcome == kFailed);
  CHECK(program.end_of("rest").outcome == kOk);
  CHECK(program.end_of("whole").outcome == kOk);
  CHECK(program.end_of("traced").outcome == kFailed);
  CHECK(program.story_of("traced") == "error not a std::exception");
}

Task<> works() {
  MM_CO_SPAN("works");
  co_return;
}

struct WorksWhenDestroyed {
  ~WorksWhenDestroyed() { run(works()); }
};

TEST_CASE("a span that comes and goes while a thread is unwound has not failed", "[outcome]") {
  RecordedProgram program;
  const auto unwind = [] {
    const WorksWhenDestroyed guard;
    throw std::runtime_error("elsewhere");
  };
  CHECK_THROWS(unwind());
  program.stop();
  CHECK(program.end_of("works").outcome == kOk);
}

Task<> enters_another_context() {
  const AsyncSpan other(MM_SITE("other"));
  const ContextScope inside(other.context());
  MM_CO_SPAN("ends inside");
  co_return;
}

TEST_CASE("a span that ends while another context is current is done, not cancelled", "[outcome]") {
  RecordedProgram program;
  run(enters_another_context());
  program.stop();
  CHECK(program.end_of("ends inside").outcome == kOk);
  CHECK(program.end_of("other").outcome == kOk);
}

Task<> waits() {
  MM_CO_SPAN("waits");
  co_await std::suspend_always{};
}

Task<> waits_for_another(Task<>* other) {
  MM_CO_SPAN("waits for another");
  co_await std::move(*other);
}

TEST_CASE("what is given up while it waits is cancelled, with all that it waits for", "[outcome]") {
  RecordedProgram program;
  {
    Task<> inner = waits();
    Task<> outer = waits_for_another(&inner);
    outer.start();
  }
  program.stop();
  CHECK(program.end_of("waits").outcome == kGivenUp);
  CHECK(program.end_of("waits for another").outcome == kGivenUp);
  CHECK(program.tree() ==
        "waits for another\n"
        "waits\n");
}

Task<> wrapper(Task<> inner) {
  MM_CO_SPAN("wrapper");
  co_await std::move(inner);
}

Task<> caller(std::optional<Task<>>* never_awaited) {
  MM_CO_SPAN("caller");
  never_awaited->emplace(works());
  CHECK_THROWS(co_await wrapper(throws_a_number()));
}

TEST_CASE("a child made in the argument list fails beside its wrapper; one never awaited is silent",
          "[outcome]") {
  RecordedProgram program;
  {
    std::optional<Task<>> never_awaited;
    run(caller(&never_awaited));
  }
  program.stop();
  CHECK(program.tree() ==
        "caller\n"
        "  wrapper\n"
        "  number\n");
  CHECK(program.end_of("wrapper").outcome == kFailed);
  CHECK(program.end_of("number").outcome == kFailed);
  CHECK(program.begin_of("number").depth == 1);
  CHECK(program.story_of("number") == "error not a std::exception");
}

TEST_CASE("a handle fails when it is told so, and says why", "[outcome]") {
  RecordedProgram program;
  AsyncSpan span(MM_SITE("upload"));
  span.fail("status 503");
  span.fail("again");
  program.stop();
  CHECK(program.end_of("upload").outcome == kFailed);
  CHECK(program.story_of("upload") == "error status 503");
}

}  // namespace
}  // namespace micromegas::tracing
