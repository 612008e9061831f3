// Spans of Boost.Asio's coroutines that also say when they wait.
#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>

#include <micromegas/asio.h>
#include <micromegas/target.h>

#include "recorded_program.h"
#include "suspensions.h"

namespace micromegas::tracing {
namespace {

namespace net = boost::asio;
using net::awaitable;
using net::use_awaitable;
using namespace std::chrono_literals;

awaitable<void> pause(std::chrono::milliseconds time) {
  net::steady_timer timer(co_await net::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
}

awaitable<void> pause_twice() {
  co_await pause(2ms);
  co_await pause(2ms);
}

void run_alone(awaitable<void> work) {
  net::io_context context;
  net::co_spawn(context, std::move(work), net::detached);
  context.run();
}

/// Between the begin and the end, one after the other.
void check_alternates(const RecordedProgram& program, const std::string& name) {
  std::int64_t time = program.begin_of(name).time;
  const char* expected = "AsyncSpanSuspendEvent";
  const char* next = "AsyncSpanResumeEvent";
  for (const Detail& detail : program.details_of(name)) {
    if (detail.type == "AsyncSpanErrorEvent") continue;
    CHECK(detail.type == expected);
    std::swap(expected, next);
    CHECK(time <= detail.time);
    time = detail.time;
  }
  CHECK(time <= program.end_of(name).time);
  CHECK(std::string(expected) == "AsyncSpanSuspendEvent");  // It ends while it runs.
}

TEST_CASE("nobody is told when Asio's coroutines wait unless he asks", "[asio][suspension]") {
  RecordedProgram program;
  run_alone(traced(MM_SITE("quiet"), pause_twice()));
  program.stop();
  CHECK(program.story_of("quiet").empty());
}

TEST_CASE("a span of Asio's tells when none of its code runs", "[asio][suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  run_alone(traced(MM_SITE("timers"), pause_twice()));
  program.stop();
  CHECK(program.story_of("timers") == "suspend, resume, suspend, resume");
  check_alternates(program, "timers");
  const std::vector<Detail> details = program.details_of("timers");
  CHECK(details[1].time - details[0].time > 1'000'000);
  CHECK(details[0].text == "timers");  // Where, nobody knows but Asio.
}

awaitable<int> answer() {
  co_await pause(2ms);
  co_return 42;
}

awaitable<void> asks() {
  const int told = co_await traced(MM_SITE("answer"), answer());
  CHECK(told == 42);
}

TEST_CASE("a span of Asio's tells which span it waits for, and where", "[asio][suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  run_alone(traced(MM_SITE("asks"), asks()));
  program.stop();
  CHECK(program.story_of("asks") == "suspend, resume");
  check_alternates(program, "asks");
  check_alternates(program, "answer");
  const Detail waits = program.details_of("asks")[0];
  CHECK(waits.awaited_span_id == program.begin_of("answer").span_id);
  CHECK(waits.text == "answer");
  CHECK(waits.time <= program.details_of("answer")[0].time);
}

awaitable<int> at_once() { co_return 7; }

awaitable<void> asks_what_is_there() {
  const int told = co_await traced(MM_SITE("at once"), at_once());
  CHECK(told == 7);
  co_await pause(2ms);
}

TEST_CASE("a span of Asio's goes on after one that never waited", "[asio][suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  run_alone(traced(MM_SITE("asks"), asks_what_is_there()));
  program.stop();
  CHECK(program.story_of("at once").empty());
  CHECK(program.story_of("asks") == "suspend, resume, suspend, resume");
  check_alternates(program, "asks");
}

awaitable<void> asks_two() {
  using net::experimental::awaitable_operators::operator&&;
  co_await (traced(MM_SITE("left"), pause(1ms)) && traced(MM_SITE("right"), pause(3ms)));
}

TEST_CASE("a span of Asio's with parallel pieces waits when none of them runs",
          "[asio][suspension]") {
  const Suspensions all("1");
  for (int threads : {1, 4}) {
    RecordedProgram program;
    net::thread_pool pool(static_cast<std::size_t>(threads));
    net::co_spawn(pool, traced(MM_SITE("both"), asks_two()), net::detached);
    pool.join();
    program.stop();
    for (const char* name : {"both", "left", "right"}) {
      CHECK_FALSE(program.details_of(name).empty());
      check_alternates(program, name);
    }
  }
}

awaitable<void> moves(net::any_io_executor other) {
  co_await resume_on(other);
  co_await pause(1ms);
}

awaitable<void> fails() {
  co_await pause(1ms);
  throw std::runtime_error("on purpose");
}

TEST_CASE("a span of Asio's tells of its code on other executors, and of nothing after its end",
          "[asio][suspension]") {
  const Suspensions all("1");
  RecordedProgram program;
  {
    net::thread_pool pool(2);
    net::thread_pool other(1);
    net::co_spawn(pool, traced(MM_SITE("moves"), moves(other.get_executor())), net::detached);
    net::co_spawn(pool, traced(MM_SITE("fails"), fails()), [](const std::exception_ptr&) {});
    pool.join();
    other.join();
  }
  program.stop();
  check_alternates(program, "moves");
  check_alternates(program, "fails");
  CHECK(program.end_of("fails").outcome == 1);
}

TEST_CASE("only the share that is asked for tells when Asio's coroutines wait",
          "[asio][suspension]") {
  const Suspensions none("0,other=1");
  RecordedProgram program;
  run_alone(traced(MM_SITE("not asked"), asks()));
  program.stop();
  CHECK(program.story_of("not asked").empty());
  CHECK(program.story_of("answer").empty());
}

}  // namespace
}  // namespace micromegas::tracing
