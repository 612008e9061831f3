// Spans that also say when and where their coroutine waits.
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <micromegas/micromegas.h>
#include <micromegas/target.h>

#include "recorded_program.h"
#include "run_task.h"
#include "suspensions.h"
#include "worker.h"

namespace micromegas::tracing {
namespace {

Task<> leaf(Worker* worker) {
  MM_CO_SPAN("leaf");
  co_await worker->hop();
}

Task<> root(Worker* worker, int* first_line) {
  MM_CO_SPAN("root");
  *first_line = __LINE__ + 1;
  co_await worker->hop();
  co_await leaf(worker);
}

TEST_CASE("nothing is said of suspensions that nobody asked for", "[suspension]") {
  RecordedProgram program;
  Worker worker("worker");
  int line = 0;
  run(root(&worker, &line));
  program.stop();
  CHECK(program.story_of("root").empty());
  CHECK(program.streams().size() == 2);  // Two threads, one stream each.
}

TEST_CASE("a span tells when its coroutine waited, where, and for what", "[suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  int line = 0;
  {
    Worker worker("worker");
    run(root(&worker, &line));
  }
  program.stop();

  CHECK(program.story_of("root") == "suspend, resume, suspend, resume");
  CHECK(program.story_of("leaf") == "suspend, resume");
  const auto details = program.details_of("root");
  const auto begin = program.begin_of("root");
  const auto leaf = program.begin_of("leaf");
  REQUIRE(details.size() == 4);
  CHECK(begin.time <= details[0].time);
  CHECK(details[0].text.find("root") != std::string::npos);
  CHECK(details[0].line == static_cast<std::uint32_t>(line));
  CHECK(details[2].line == static_cast<std::uint32_t>(line + 1));
  CHECK(details[0].thread == begin.thread);
  CHECK(details[1].thread == "worker");
  CHECK(details[0].awaited_span_id == 0);
  CHECK(details[1].awaited_span_id == 0);
  // The leaf begins once it runs, so its span is known only afterwards.
  CHECK(details[2].awaited_span_id == 0);
  CHECK(details[3].awaited_span_id == leaf.span_id);
  CHECK(details[2].time <= leaf.time);
  CHECK(program.end_of("leaf").time <= details[3].time);
  CHECK(details[3].time <= program.end_of("root").time);

  // Of each thread a second stream, which says of which thread it is.
  int detail_streams = 0;
  for (const StreamDescription& stream : program.streams()) {
    if (stream.kind != StreamKind::kAsyncDetail) continue;
    ++detail_streams;
    CHECK(stream.properties.size() == 2);
  }
  CHECK(detail_streams == 2);
}

Task<> waits_in_a_span(Worker* worker) {
  MM_CO_SPAN("outer");
  {
    MM_CO_SPAN("inner");
    co_await worker->hop();
  }
  co_await traced(MM_SITE("wait"), worker->hop());
}

TEST_CASE("all spans that a coroutine has open are suspended with it", "[suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  Worker worker("worker");
  run(waits_in_a_span(&worker));
  program.stop();
  CHECK(program.story_of("outer") == "suspend, resume, suspend, resume");
  CHECK(program.story_of("inner") == "suspend, resume");
  CHECK(program.details_of("outer")[0].time == program.details_of("inner")[0].time);
  CHECK(program.details_of("outer")[1].time == program.details_of("inner")[1].time);
  // A span around the waiting itself is known from the start.
  const std::uint64_t wait = program.begin_of("wait").span_id;
  CHECK(program.details_of("outer")[2].awaited_span_id == wait);
  CHECK(program.details_of("outer")[3].awaited_span_id == wait);
}

Task<> waits_for_ever() {
  MM_CO_SPAN("stuck");
  co_await std::suspend_always{};
}

TEST_CASE("a coroutine that is destroyed while it waits was suspended and cancelled",
          "[suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  {
    Task<> task = waits_for_ever();
    task.start();
  }
  program.stop();
  CHECK(program.story_of("stuck") == "suspend");
  CHECK(program.end_of("stuck").outcome == 2);
}

struct ThrowsOnSuspend {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) { throw std::runtime_error("cannot wait"); }
  void await_resume() const noexcept {}
};
struct DoesNotSuspend {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  void await_resume() const noexcept {}
};

Task<> hardly_waits() {
  MM_CO_SPAN("hardly waits");
  co_await std::suspend_never{};
  co_await DoesNotSuspend{};
  CHECK_THROWS(co_await ThrowsOnSuspend{});
}

TEST_CASE("every suspension is followed by a resumption, also one that failed", "[suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  run(hardly_waits());
  program.stop();
  CHECK(program.story_of("hardly waits") == "suspend, resume, suspend, resume");
}

#undef MICROMEGAS_TARGET
#define MICROMEGAS_TARGET "db::pool"
Task<> query(Worker* worker) {
  MM_CO_SPAN("query");
  co_await worker->hop();
}
#undef MICROMEGAS_TARGET
#define MICROMEGAS_TARGET "app"

Task<> request(Worker* worker) {
  MM_CO_SPAN("request");
  co_await query(worker);
}

TEST_CASE("suspensions are asked for by target", "[suspension]") {
  const Suspensions of_databases("db=1");
  RecordedProgram program;
  Worker worker("worker");
  run(request(&worker));
  program.stop();
  CHECK(program.story_of("request").empty());
  CHECK(program.story_of("query") == "suspend, resume");
}

Task<> numbered_query(int number) {
  MM_CO_NAMED_SPAN("query " + std::to_string(number));
  co_await DoesNotSuspend{};
}

Task<> numbered_request(int number) {
  MM_CO_NAMED_SPAN("request " + std::to_string(number));
  co_await numbered_query(number);
  co_await numbered_query(number + 1000);
}

TEST_CASE("a root is drawn once, for all that happens in it", "[suspension]") {
  const Suspensions some("0.3");
  RecordedProgram program;
  constexpr int kRoots = 400;
  for (int i = 0; i < kRoots; ++i) run(numbered_request(i));
  program.stop();
  std::set<std::uint64_t> suspended;
  for (const Block& block : program.blocks()) {
    for (const Detail& detail : block.details) suspended.insert(detail.span_id);
  }
  std::set<std::uint64_t> drawn;
  int spans_drawn = 0;
  std::vector<Event> events = program.events();
  for (const Event& event : events) {
    if (!event.is_begin()) continue;
    const bool taken = suspended.contains(event.span_id);
    spans_drawn += taken;
    if (event.parent_span_id == 0 && taken) drawn.insert(event.span_id);
    if (event.parent_span_id != 0) CHECK(taken == drawn.contains(event.parent_span_id));
    CHECK(event.depth == (event.parent_span_id == 0 ? 0 : 1));
  }
  CHECK(spans_drawn == 3 * static_cast<int>(drawn.size()));
  // Six standard deviations around 0.3.
  CHECK(drawn.size() > kRoots * 0.3 - 55);
  CHECK(drawn.size() < kRoots * 0.3 + 55);
}

TEST_CASE("a handle draws for the coroutines inside it", "[suspension]") {
  const Suspensions some("0.5");
  RecordedProgram program;
  constexpr int kRoots = 200;
  for (int i = 0; i < kRoots; ++i) {
    AsyncSpan span(MM_SITE("handle"));
    const ContextScope inside(span.context());
    run(numbered_query(i));
    run(numbered_query(i + 1000));
  }
  program.stop();
  int both = 0;
  for (int i = 0; i < kRoots; ++i) {
    const bool one = !program.story_of("query " + std::to_string(i)).empty();
    const bool other = !program.story_of("query " + std::to_string(i + 1000)).empty();
    CHECK(one == other);
    both += one;
  }
  CHECK(both > 40);
  CHECK(both < 160);
}

TEST_CASE("suspensions can be asked for while a program runs", "[suspension]") {
  RecordedProgram program;
  run(numbered_query(1));
  {
    const Suspensions all("1");
    run(numbered_query(2));
  }
  run(numbered_query(3));
  program.stop();
  CHECK(program.story_of("query 1").empty());
  CHECK(program.story_of("query 2") == "suspend, resume");
  CHECK(program.story_of("query 3").empty());
}

}  // namespace
}  // namespace micromegas::tracing
