#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>

#include <micromegas/asio.h>

#include "recorded_program.h"

namespace micromegas::tracing {
namespace {

namespace net = boost::asio;
using net::awaitable;
using net::use_awaitable;
using namespace std::chrono_literals;

/// Contexts that were not what they should have been; Catch's assertions belong to one thread.
std::atomic<int> surprises{0};

void expect(bool condition) {
  if (!condition) ++surprises;
}

awaitable<void> pause(std::chrono::microseconds time) {
  net::steady_timer timer(co_await net::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
}

awaitable<int> leaf(int number) {
  const SpanContext inside = current_context();
  co_await pause(200us);
  expect(current_context() == inside);
  co_await net::post(use_awaitable);
  expect(current_context() == inside);
  co_return number;
}

awaitable<int> branch(net::any_io_executor other) {
  using net::experimental::awaitable_operators::operator&&;
  const SpanContext inside = current_context();
  int sum = co_await traced(MM_SITE("first"), leaf(1));
  expect(current_context() == inside);
  const auto [left, right] =
      co_await (traced(MM_SITE("left"), leaf(2)) && traced(MM_SITE("right"), leaf(3)));
  expect(current_context() == inside);
  co_await resume_on(other);
  expect(current_context() == inside);
  sum += co_await traced(MM_SITE("from elsewhere"), leaf(4));
  expect(current_context() == inside);
  co_return sum + left + right;
}

awaitable<void> request(net::any_io_executor other) {
  const int sum = co_await traced(MM_SITE("branch"), branch(other));
  expect(sum == 10);
}

TEST_CASE("awaitables keep their spans over timers, hops and parallel children", "[asio]") {
  surprises = 0;
  RecordedProgram program;
  {
    net::thread_pool pool(4);
    net::thread_pool other(1);
    net::co_spawn(pool, traced(MM_SITE("request"), request(other.get_executor())), net::detached);
    pool.join();
    other.join();
  }
  program.stop();
  CHECK(surprises == 0);
  CHECK(program.parent_of("branch") == "request");
  for (const char* child : {"first", "left", "right", "from elsewhere"}) {
    CHECK(program.parent_of(child) == "branch");
    CHECK(program.begin_of(child).depth == 2);
    CHECK(program.end_of(child).span_id == program.begin_of(child).span_id);
  }
}

awaitable<void> spawns(net::thread_pool* pool) {
  // On the executor of this very coroutine, and on a bare one.
  net::co_spawn(co_await net::this_coro::executor, traced(MM_SITE("spawned here"), pause(100us)),
                net::detached);
  net::co_spawn(*pool, traced(MM_SITE("spawned on the pool"), pause(100us)), net::detached);
  net::post(traced_executor(pool->get_executor()),
            [] { AsyncSpan callback(MM_SITE("posted callback")); });
  net::post(*pool, [] { AsyncSpan callback(MM_SITE("bare callback")); });
}

TEST_CASE("what a span spawns or posts is its child; a bare callback is not", "[asio]") {
  RecordedProgram program;
  {
    net::thread_pool pool(2);
    net::co_spawn(pool, traced(MM_SITE("parent"), spawns(&pool)), net::detached);
    pool.join();
  }
  program.stop();
  CHECK(program.parent_of("spawned here") == "parent");
  CHECK(program.parent_of("spawned on the pool") == "parent");
  CHECK(program.parent_of("posted callback") == "parent");
  CHECK(program.parent_of("bare callback").empty());
}

awaitable<void> awaits(awaitable<void> argument) {
  co_await std::move(argument);
  co_await traced(MM_SITE("made inside"), pause(0us));
}

awaitable<void> wraps() {
  co_await traced(MM_SITE("wrapper"), awaits(traced(MM_SITE("argument"), pause(0us))));
}

TEST_CASE("an awaitable made in the argument list is a sibling, one made by a function a child",
          "[asio]") {
  RecordedProgram program;
  {
    net::thread_pool pool(2);
    net::co_spawn(pool, traced(MM_SITE("caller"), [] { return wraps(); }), net::detached);
    pool.join();
  }
  program.stop();
  CHECK(program.parent_of("wrapper") == "caller");
  CHECK(program.parent_of("argument") == "caller");
  CHECK(program.parent_of("made inside") == "wrapper");
}

struct NoDefault {
  explicit NoDefault(int v) : value(std::make_unique<int>(v)) {}
  std::unique_ptr<int> value;
};

awaitable<NoDefault> makes_no_default() { co_return NoDefault(5); }

awaitable<void> fails() {
  co_await net::post(use_awaitable);
  throw std::runtime_error("on purpose");
}

awaitable<void> survives() {
  const SpanContext inside = current_context();
  const NoDefault result = co_await traced(MM_SITE("makes"), makes_no_default());
  expect(*result.value == 5);
  try {
    co_await traced(MM_SITE("fails"), fails());
    expect(false);
  } catch (const std::runtime_error& error) {
    expect(std::string(error.what()) == "on purpose");
  }
  expect(current_context() == inside);
}

TEST_CASE("results of any type and exceptions pass through traced()", "[asio]") {
  surprises = 0;
  RecordedProgram program;
  {
    net::thread_pool pool(2);
    net::co_spawn(pool, traced(MM_SITE("caller"), survives()), net::detached);
    pool.join();
  }
  program.stop();
  CHECK(surprises == 0);
  CHECK(program.parent_of("fails") == "caller");
  CHECK(program.end_of("fails").span_id == program.begin_of("fails").span_id);
}

constexpr std::uint32_t kGivenUp = 2;

awaitable<void> waits_long() { co_await pause(1h); }

TEST_CASE("cancellation reaches through traced() and ends the span", "[asio]") {
  RecordedProgram program;
  bool aborted = false;
  {
    net::thread_pool pool(1);
    net::cancellation_signal cancel;
    net::co_spawn(pool,
                  traced(MM_SITE("outer"), [] { return traced(MM_SITE("inner"), waits_long()); }),
                  net::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& error) {
                    try {
                      if (error) std::rethrow_exception(error);
                    } catch (const boost::system::system_error& system) {
                      aborted = system.code() == net::error::operation_aborted;
                    }
                  }));
    net::steady_timer timer(pool, 20ms);
    timer.async_wait([&](auto) { cancel.emit(net::cancellation_type::terminal); });
    pool.join();
  }
  program.stop();
  CHECK(aborted);
  CHECK(program.tree() ==
        "outer\n"
        "  inner\n");
  CHECK(program.end_of("inner").outcome == kGivenUp);
  CHECK(program.end_of("outer").outcome == kGivenUp);
}

TEST_CASE("a coroutine destroyed with its pool leaves no context behind", "[asio]") {
  RecordedProgram program;
  {
    net::thread_pool pool(1);
    net::co_spawn(pool, traced(MM_SITE("stuck"), waits_long()), net::detached);
    std::this_thread::sleep_for(10ms);
    pool.stop();
    pool.join();
  }
  CHECK(current_context() == SpanContext{});
  program.stop();
  CHECK(program.begin_of("stuck").depth == 0);
}

awaitable<void> asks_nobody() {
  co_await net::post(use_awaitable);
  throw std::runtime_error("no such host");
}

TEST_CASE("a span of an awaitable says how it ended", "[asio]") {
  RecordedProgram program;
  {
    net::thread_pool pool(1);
    net::co_spawn(pool, traced(MM_SITE("asks nobody"), asks_nobody()), net::detached);
    pool.join();
  }
  {
    net::thread_pool pool(1);
    net::co_spawn(pool, traced(MM_SITE("given up"), waits_long()), net::detached);
    std::this_thread::sleep_for(10ms);
    pool.stop();
    pool.join();
  }
  program.stop();
  CHECK(program.end_of("asks nobody").outcome == 1);
  CHECK(program.story_of("asks nobody") == "error no such host");
  CHECK(program.end_of("given up").outcome == kGivenUp);
}

awaitable<void> counts(int* unguarded) {
  for (int i = 0; i < 100; ++i) {
    ++*unguarded;
    co_await net::post(use_awaitable);
  }
}

TEST_CASE("a strand stays a strand inside a span", "[asio]") {
  RecordedProgram program;
  int unguarded = 0;
  {
    net::thread_pool pool(4);
    const auto strand = net::make_strand(pool);
    for (int i = 0; i < 8; ++i) {
      net::co_spawn(strand, traced(MM_SITE("serial"), counts(&unguarded)), net::detached);
    }
    pool.join();
  }
  program.stop();
  CHECK(unguarded == 800);
  CHECK(program.events_named("serial").size() == 16);
}

}  // namespace
}  // namespace micromegas::tracing
