#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include <micromegas/micromegas.h>

#include "recorded_program.h"
#include "run_task.h"
#include "worker.h"

namespace micromegas::tracing {
namespace {

bool in_no_span() { return current_context() == SpanContext{}; }

/// What a test sees of a thread's context while a coroutine goes through it.
SpanContext context_of(Worker& worker) {
  SpanContext context;
  worker.run_there([&] { context = current_context(); });
  return context;
}

Task<int> leaf(Worker* worker) {
  MM_CO_SPAN("leaf");
  co_await worker->hop();
  co_return 1;
}

Task<> hop_around(Worker* a, Worker* b) {
  MM_CO_SPAN("hopper");
  const SpanContext inside = current_context();
  for (int i = 0; i < 3; ++i) {
    co_await a->hop();
    CHECK(current_context() == inside);
    co_await b->hop();
    CHECK(current_context() == inside);
  }
  co_await leaf(a);
  CHECK(current_context() == inside);
}

TEST_CASE("a coroutine keeps its span over thread hops and leaves none behind", "[coroutine]") {
  RecordedProgram program;
  Worker a("a");
  Worker b("b");
  run(hop_around(&a, &b));
  CHECK(in_no_span());
  CHECK(context_of(a) == SpanContext{});
  CHECK(context_of(b) == SpanContext{});
  program.stop();

  CHECK(program.tree() ==
        "hopper\n"
        "  leaf\n");
  CHECK(program.begin_of("hopper").thread != "a");
  CHECK(program.end_of("hopper").thread == "a");
  CHECK(program.begin_of("leaf").thread == "b");
  CHECK(program.end_of("leaf").thread == "a");
}

Task<> named_child(std::string name) {
  MM_CO_NAMED_SPAN(name);
  co_return;
}

Task<> creates_now_runs_later() {
  std::optional<Task<>> early;
  {
    MM_CO_SPAN("while it is created");
    early.emplace(named_child("child"));
  }
  MM_CO_SPAN("while it runs");
  co_await std::move(*early);
}

TEST_CASE("the parent is the span that creates the coroutine, not the one that runs it",
          "[coroutine]") {
  RecordedProgram program;
  run(creates_now_runs_later());
  program.stop();
  CHECK(program.tree() ==
        "while it is created\n"
        "  child\n"
        "while it runs\n");
  CHECK(program.begin_of("child").depth == 1);
}

Task<> wrapper(Task<> inner) {
  MM_CO_SPAN("wrapper");
  co_await std::move(inner);
}

Task<> passes_a_child_as_argument() {
  MM_CO_SPAN("caller");
  co_await wrapper(named_child("created in the argument list"));
}

TEST_CASE("a child created in an argument list is a sibling of the wrapper", "[coroutine]") {
  RecordedProgram program;
  run(passes_a_child_as_argument());
  program.stop();
  CHECK(program.tree() ==
        "caller\n"
        "  wrapper\n"
        "  created in the argument list\n");
}

Task<> worker_of(Worker* worker, int number, std::promise<void>* done) {
  MM_CO_NAMED_SPAN("item " + std::to_string(number));
  co_await worker->hop();
  co_await named_child("part of " + std::to_string(number));
  done->set_value();
}

Task<> fans_out(Worker* a, Worker* b, std::promise<void>* done_a, std::promise<void>* done_b) {
  MM_CO_SPAN("fan-out");
  spawn(worker_of(a, 1, done_a));
  CHECK(current_context().depth == 1);
  spawn(worker_of(b, 2, done_b));
  CHECK(current_context().depth == 1);
  co_return;
}

TEST_CASE("spawned coroutines are children of the span that spawns them", "[coroutine]") {
  RecordedProgram program;
  Worker a("a");
  Worker b("b");
  std::promise<void> done_a;
  std::promise<void> done_b;
  run(fans_out(&a, &b, &done_a, &done_b));
  done_a.get_future().wait();
  done_b.get_future().wait();
  a.join();
  b.join();
  program.stop();

  CHECK(program.tree() ==
        "fan-out\n"
        "  item 1\n"
        "    part of 1\n"
        "  item 2\n"
        "    part of 2\n");
}

Task<> nest(int levels) {
  if (levels == 0) co_return;
  MM_CO_SPAN("level");
  co_await nest(levels - 1);
}

TEST_CASE("depth counts the spans around, beginning with 0", "[coroutine]") {
  RecordedProgram program;
  run(nest(50));
  program.stop();
  std::uint32_t depth = 0;
  for (const Event& event : program.events_named("level")) {
    if (event.is_begin()) CHECK(event.depth == depth++);
  }
  CHECK(depth == 50);
}

Task<> two_phases(Worker* worker) {
  MM_CO_SPAN_FUNCTION();
  {
    MM_CO_SPAN("phase 1");
    co_await worker->hop();
  }
  {
    MM_CO_SPAN("phase 2");
    co_await named_child("work");
  }
}

TEST_CASE("a coroutine may have several spans, nested or one after the other", "[coroutine]") {
  RecordedProgram program;
  Worker worker("worker");
  run(two_phases(&worker));
  program.stop();
  const std::string tree = program.tree();
  CHECK(
      tree.ends_with("two_phases\n"
                     "  phase 1\n"
                     "  phase 2\n"
                     "    work\n"));
}

Task<> never_resumed() {
  MM_CO_SPAN("cancelled");
  co_await std::suspend_always{};
}

TEST_CASE("a coroutine destroyed while it waits leaves no context behind", "[coroutine]") {
  RecordedProgram program;
  {
    AsyncSpan other(MM_SITE("destroyer"));
    ContextScope inside(other.context());
    {
      Task<> task = never_resumed();
      task.start();
      CHECK(current_context() == other.context());
    }
    CHECK(current_context() == other.context());
    AsyncSpan next(MM_SITE("after"));
  }
  program.stop();
  CHECK(program.tree() ==
        "destroyer\n"
        "  cancelled\n"
        "  after\n");
}

Task<> waits_outside_of_its_context(const SpanContext* other, Worker* worker) {
  {
    const ContextScope inside(*other);
    MM_CO_SPAN("of the coroutine");
    CHECK(TracedPromise::of_this_coroutine() != nullptr);
  }
  co_await worker->hop();
}

TEST_CASE("a coroutine finds its promise behind the contexts that it has installed",
          "[coroutine]") {
  RecordedProgram program;
  Worker worker("worker");
  CHECK(TracedPromise::of_this_coroutine() == nullptr);
  {
    const AsyncSpan other(MM_SITE("other"));
    run(waits_outside_of_its_context(&other.context(), &worker));
    const ContextScope inside(other.context());
    CHECK(TracedPromise::of_this_coroutine() == nullptr);
  }
  program.stop();
  CHECK(program.tree() ==
        "other\n"
        "of the coroutine\n");
}

/// A coroutine whose exceptions go to who resumes it.
struct Thrower {
  struct promise_type : TracedPromise {
    Thrower get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto initial_suspend() noexcept { return traced_start(std::suspend_always{}); }
    auto final_suspend() noexcept { return traced_finish(std::suspend_always{}); }
    void return_void() noexcept {}
    void unhandled_exception() {
      note_exception();
      throw;
    }
  };
  std::coroutine_handle<promise_type> coroutine;
};

Thrower throws_at_its_caller() {
  MM_CO_SPAN("thrower");
  throw std::runtime_error("on purpose");
  co_return;
}

Task<> outlives_what_throws() {
  MM_CO_SPAN("catcher");
  const SpanContext inside = current_context();
  const Thrower thrower = throws_at_its_caller();
  CHECK_THROWS_AS(thrower.coroutine.resume(), std::runtime_error);
  CHECK(current_context() == inside);
  thrower.coroutine.destroy();
  MM_CO_SPAN("afterwards");
}

TEST_CASE("a coroutine that throws at who resumes it leaves no context behind", "[coroutine]") {
  RecordedProgram program;
  Task<> task = outlives_what_throws();
  task.start();
  program.stop();
  CHECK(program.tree() ==
        "catcher\n"
        "  thrower\n"
        "  afterwards\n");
  CHECK(program.end_of("thrower").outcome == 1);
}

Task<> awaits_what_is_ready_elsewhere() {
  MM_CO_SPAN("around");
  const SpanContext own = current_context();
  auto waiting = std::make_optional(never_resumed());
  waiting->start();
  {
    const ContextScope elsewhere(SpanContext{});
    co_await std::suspend_never{};
    waiting.reset();
    CHECK(current_context() == SpanContext{});
  }
  CHECK(current_context() == own);
}

TEST_CASE("a coroutine that need not wait stays in the context that it has installed",
          "[coroutine]") {
  RecordedProgram program;
  {
    Task<> task = awaits_what_is_ready_elsewhere();
    task.start();
  }
  CHECK(in_no_span());
  program.stop();
  CHECK(program.end_of("cancelled").outcome == 2);
  CHECK(program.end_of("around").outcome == 0);
}

Task<> awaits_what_cannot_be_made() {
  MM_CO_SPAN("maker");
  const auto make = []() -> Task<> { throw std::runtime_error("not made"); };
  try {
    co_await traced(MM_SITE("made"), make);
  } catch (const std::runtime_error&) {
  }
}

TEST_CASE("the span of what throws before it can be awaited has failed", "[coroutine]") {
  RecordedProgram program;
  Task<> task = awaits_what_cannot_be_made();
  task.start();
  program.stop();
  CHECK(program.end_of("made").outcome == 1);
  CHECK(program.end_of("maker").outcome == 0);
}

TEST_CASE("a coroutine that is never awaited has no span", "[coroutine]") {
  RecordedProgram program;
  {
    Task<> task = never_resumed();
  }
  program.stop();
  CHECK(program.events().empty());
}

Task<> throws() {
  MM_CO_SPAN("throws");
  throw std::runtime_error("on purpose");
  co_return;
}

Task<> catches(Worker* worker) {
  MM_CO_SPAN("catches");
  const SpanContext inside = current_context();
  co_await worker->hop();
  CHECK_THROWS_AS(co_await throws(), std::runtime_error);
  CHECK(current_context() == inside);
}

TEST_CASE("an exception ends the spans that it leaves", "[coroutine]") {
  RecordedProgram program;
  Worker worker("worker");
  run(catches(&worker));
  program.stop();
  CHECK(program.tree() ==
        "catches\n"
        "  throws\n");
}

struct ThrowsOnSuspend {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) { throw std::runtime_error("cannot wait"); }
  void await_resume() const noexcept {}
};

struct DoesNotSuspend {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  int await_resume() const noexcept { return 7; }
};

struct ResumesAtOnce {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const { coroutine.resume(); }
  void await_resume() const noexcept {}
};

struct CreatesOnSuspend {
  std::optional<Task<>>* created;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const {
    created->emplace(named_child("created by the awaitable"));
    return false;
  }
  void await_resume() const noexcept {}
};

Task<> awaits_oddities() {
  MM_CO_SPAN("odd");
  const SpanContext inside = current_context();
  CHECK_THROWS_AS(co_await ThrowsOnSuspend{}, std::runtime_error);
  CHECK(current_context() == inside);
  const int result = co_await DoesNotSuspend{};
  CHECK(result == 7);
  CHECK(current_context() == inside);
  co_await ResumesAtOnce{};
  CHECK(current_context() == inside);
  co_await std::suspend_never{};
  CHECK(current_context() == inside);
  std::optional<Task<>> created;
  co_await CreatesOnSuspend{&created};
  CHECK(current_context() == inside);
  co_await std::move(*created);
  CHECK(current_context() == inside);
}

TEST_CASE("every way to suspend, or not to, leaves the context right", "[coroutine]") {
  RecordedProgram program;
  run(awaits_oddities());
  CHECK(in_no_span());
  program.stop();
  CHECK(program.tree() ==
        "odd\n"
        "  created by the awaitable\n");
}

Task<> awaits_traced(Worker* worker) {
  MM_CO_SPAN("caller");
  co_await traced(MM_SITE("hop"), worker->hop());
  co_await traced(MM_SITE("sibling's wrapper"), named_child("sibling"));
  co_await traced(MM_SITE("parent"), [] { return named_child("child"); });
  CHECK_THROWS_AS(co_await traced(MM_SITE("throwing"), throws()), std::runtime_error);
}

TEST_CASE("traced() makes a span of any awaitable", "[coroutine]") {
  RecordedProgram program;
  Worker worker("worker");
  run(awaits_traced(&worker));
  program.stop();
  CHECK(program.tree() ==
        "caller\n"
        "  hop\n"
        "  sibling's wrapper\n"
        "  sibling\n"
        "  parent\n"
        "    child\n"
        "  throwing\n"
        "  throws\n");
  CHECK(program.end_of("hop").thread == "worker");
}

TEST_CASE("coroutines run as ever when nothing is recorded", "[coroutine]") {
  Worker a("a");
  Worker b("b");
  run(hop_around(&a, &b));
  run(awaits_oddities());
  CHECK(in_no_span());
}

Task<> begins_when_off(Worker* worker, std::unique_ptr<RecordedProgram>* program) {
  MM_CO_SPAN("not recorded");
  CHECK(in_no_span());
  *program = std::make_unique<RecordedProgram>();
  co_await worker->hop();
  co_await named_child("a root");
}

TEST_CASE("children of a span that was not recorded belong to the one around it", "[coroutine]") {
  Worker worker("worker");
  std::unique_ptr<RecordedProgram> program;
  run(begins_when_off(&worker, &program));
  program->stop();
  CHECK(program->tree() == "a root\n");
}

/// The only thing that a `StrictTask` waits for.
using Hop = decltype(std::declval<Worker>().hop());

/// Whose promise says itself what may be awaited, as those of several libraries do.
struct StrictTask {
  struct Promise;
  using promise_type = Promise;
};

struct StrictTask::Promise : TracedPromise {
  using TracedPromise::await_transform;  // For MM_CO_SPAN.
  auto await_transform(Hop&& hop) { return traced_await(static_cast<Hop&&>(hop)); }

  StrictTask get_return_object() noexcept { return {}; }
  auto initial_suspend() noexcept { return traced_start(std::suspend_never{}); }
  auto final_suspend() noexcept { return traced_finish(std::suspend_never{}); }
  void return_void() noexcept {}
  void unhandled_exception() noexcept { std::terminate(); }
};

StrictTask strict(Worker* worker, std::promise<SpanContext>* done) {
  MM_CO_SPAN("strict");
  const SpanContext before = current_context();
  co_await worker->hop();
  CHECK(current_context() == before);
  {
    MM_CO_SPAN("inner");
    co_await worker->hop();
  }
  done->set_value(before);
}

TEST_CASE("a promise with an await_transform of its own keeps its spans over hops too",
          "[coroutine]") {
  RecordedProgram program;
  Worker worker("worker");
  std::promise<SpanContext> done;
  strict(&worker, &done);
  const bool left_nothing_here = in_no_span();
  CHECK(done.get_future().get() != SpanContext{});
  CHECK(left_nothing_here);
  CHECK(context_of(worker) == SpanContext{});  // By now it has left.
  program.stop();
  CHECK(program.tree() ==
        "strict\n"
        "  inner\n");
  CHECK(program.begin_of("strict").thread != "worker");
  CHECK(program.end_of("strict").thread == "worker");
}

}  // namespace
}  // namespace micromegas::tracing
