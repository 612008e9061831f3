#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <catch2/catch.hpp>

#include <micromegas/asio.h>
#include <micromegas/task.h>

#include "recorded_program.h"
#include "run_task.h"

// Many hops over a pool, with fan-out; afterwards every parent and depth is checked. Run it under
// ThreadSanitizer too: `make tsan`.

namespace micromegas::tracing {
namespace {

namespace net = boost::asio;

/// One for all trees: a name is kept once for each of them.
SpanSite& node_site() { return MM_SITE(""); }

struct Count {
  std::size_t begins = 0;
  std::size_t ended = 0;  ///< In peace.
  std::size_t failed = 0;
  std::size_t cancelled = 0;
};

/// Each span is named after its parent's name and its number among its siblings: `/0/2/1`. Every
/// one that began has ended, once, and has the parent and the depth that its name says.
Count check_tree(const RecordedProgram& program) {
  std::map<std::uint64_t, Event> begins;
  std::map<std::uint64_t, Event> ends;
  Count count;
  std::size_t twice = 0;
  for (const Event& event : program.events()) {
    auto& seen = event.is_begin() ? begins : ends;
    twice += seen.emplace(event.span_id, event).second ? 0 : 1;
    if (event.is_begin()) continue;
    ++(event.outcome == 0 ? count.ended : event.outcome == 1 ? count.failed : count.cancelled);
  }
  count.begins = begins.size();
  CHECK(twice == 0);
  CHECK(count.begins == count.ended + count.failed + count.cancelled);

  std::size_t wrong = 0;
  for (const auto& [id, event] : begins) {
    const auto end = ends.find(id);
    wrong += end == ends.end() || end->second.name != event.name ||
             end->second.parent_span_id != event.parent_span_id ||
             end->second.depth != event.depth || end->second.time < event.time;
    const std::string parent_name = event.name.substr(0, event.name.rfind('/'));
    if (parent_name.empty()) {
      wrong += event.parent_span_id != 0 || event.depth != 0;
      continue;
    }
    const auto parent = begins.find(event.parent_span_id);
    wrong += parent == begins.end() || parent->second.name != parent_name ||
             event.depth != parent->second.depth + 1 || event.time < parent->second.time;
  }
  CHECK(wrong == 0);
  return count;
}

constexpr int kFanOut = 3;

std::size_t spans_of(int roots, int levels) {
  std::size_t all = 0;
  std::size_t of_level = static_cast<std::size_t>(roots);
  for (int level = 0; level < levels; ++level, of_level *= kFanOut) all += of_level;
  return all;
}

/// `co_await Hop{pool}`: goes on on some thread of the pool.
struct Hop {
  net::thread_pool* pool;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const { net::post(*pool, coroutine); }
  void await_resume() const noexcept {}
};

std::atomic<int> surprises{0};

Task<> grow(net::thread_pool* pool, std::string name, int levels, int hops) {
  const CoroutineSpan span{TracedPromise::of_this_coroutine(), node_site(), name};
  const SpanContext inside = current_context();
  for (int child = 0; child < kFanOut; ++child) {
    for (int hop = 0; hop < hops; ++hop) {
      co_await Hop{pool};
      if (current_context() != inside) ++surprises;
    }
    if (levels == 1) continue;
    const std::string child_name = name + "/" + std::to_string(child);
    if (child == 0) {
      co_await grow(pool, child_name, levels - 1, hops);
    } else {
      spawn(grow(pool, child_name, levels - 1, hops));
    }
    if (current_context() != inside) ++surprises;
  }
}

TEST_CASE("tasks that hop and fan out over a pool keep every parent and depth", "[stress]") {
  surprises = 0;
  RecordedProgram program;
  constexpr int kRoots = 60;
  constexpr int kLevels = 6;
  {
    net::thread_pool pool(4);
    for (int root = 0; root < kRoots; ++root) {
      net::post(pool,
                [&pool, root] { spawn(grow(&pool, "/" + std::to_string(root), kLevels, 4)); });
    }
    pool.join();
  }
  program.stop();
  CHECK(surprises == 0);
  const Count count = check_tree(program);
  CHECK(count.begins == spans_of(kRoots, kLevels));
  CHECK(count.ended == count.begins);
}

/// What a forest of awaitables goes through, and what its coroutines say of themselves.
struct Weather {
  net::thread_pool* pool = nullptr;
  int hops = 1;          ///< Of each node, before its children and after them together.
  bool strands = false;  ///< Half of the nodes have their children on strands of their own.
  bool exceptions = false;
  bool cancellation = false;

  std::atomic<std::size_t> hops_made{0};
  std::atomic<std::size_t> surprises{0};  ///< A context that is not the node's own.
  std::atomic<std::size_t> begun{0};
  std::atomic<std::size_t> finished{0};  ///< Bodies that came to their end.
};

/// Chance, the same in every run: which nodes fail, are cancelled, catch.
std::size_t dice_of(const std::string& name) { return std::hash<std::string>{}(name) >> 8; }

net::awaitable<void> on_a_strand(net::thread_pool* pool, net::awaitable<void> work) {
  co_await net::co_spawn(net::make_strand(*pool), std::move(work), net::use_awaitable);
}

net::awaitable<void> grow(Weather* weather, std::string name, int levels) {
  using net::experimental::awaitable_operators::operator&&;
  using net::experimental::awaitable_operators::operator||;
  ++weather->begun;
  const SpanContext inside = current_context();
  const std::size_t dice = dice_of(name);
  const auto arrived = [&] {
    ++weather->hops_made;
    if (current_context() != inside) ++weather->surprises;
  };
  const auto child = [&](int number) {
    const std::string child_name = name + "/" + std::to_string(number);
    auto grown = traced(node_site(), child_name, grow(weather, child_name, levels - 1));
    return weather->strands && dice % 2 == 0 ? on_a_strand(weather->pool, std::move(grown))
                                             : std::move(grown);
  };

  for (int hop = 1; hop < weather->hops; ++hop) {
    co_await net::post(net::use_awaitable);
    arrived();
  }
  if (levels == 1 && weather->exceptions && dice % 11 == 0) throw std::runtime_error(name);
  if (levels > 1) {
    try {
      if (weather->cancellation && dice % 5 == 0) {
        net::steady_timer timer(co_await net::this_coro::executor);
        timer.expires_after(std::chrono::microseconds(dice / 5 % 3000));
        co_await ((child(0) && child(1) && child(2)) || timer.async_wait(net::use_awaitable));
      } else {
        co_await (child(0) && child(1) && child(2));
      }
    } catch (...) {
      if (current_context() != inside) ++weather->surprises;
      if (dice % 3 == 0) throw;
    }
  }
  co_await net::post(net::use_awaitable);
  arrived();
  ++weather->finished;
}

constexpr int kLevels = 6;

void plant(net::thread_pool& pool, Weather& weather, int roots) {
  weather.pool = &pool;
  for (int root = 0; root < roots; ++root) {
    const std::string name = "/" + std::to_string(root);
    auto grown = traced(node_site(), name, grow(&weather, name, kLevels));
    // Those who cancel each other, as the siblings of one that failed are, must share a strand:
    // from strand to strand, Asio (1.81) may cancel what has just gone.
    if (weather.exceptions || weather.cancellation) {
      net::co_spawn(net::make_strand(pool), std::move(grown), net::detached);
    } else {
      net::co_spawn(pool, std::move(grown), net::detached);
    }
  }
}

TEST_CASE("a million hops of awaitables over a pool keep every parent and depth", "[stress]") {
  RecordedProgram program;
  constexpr int kRoots = 60;
  Weather weather{.hops = 46};
  {
    net::thread_pool pool(4);
    plant(pool, weather, kRoots);
    pool.join();
  }
  program.stop();
  CHECK(weather.surprises == 0);
  CHECK(weather.hops_made >= 1'000'000);
  const Count count = check_tree(program);
  CHECK(count.begins == spans_of(kRoots, kLevels));
  CHECK(count.ended == count.begins);
}

TEST_CASE("strands between a span and its children change no parent and no depth", "[stress]") {
  RecordedProgram program;
  constexpr int kRoots = 20;
  Weather weather{.hops = 4, .strands = true};
  {
    net::thread_pool pool(4);
    plant(pool, weather, kRoots);
    pool.join();
  }
  program.stop();
  CHECK(weather.surprises == 0);
  const Count count = check_tree(program);
  CHECK(count.begins == spans_of(kRoots, kLevels));
  CHECK(count.ended == count.begins);
}

TEST_CASE("exceptions and cancellation at random leave no span open and none astray", "[stress]") {
  RecordedProgram program;
  Weather weather{.hops = 4, .exceptions = true, .cancellation = true};
  {
    net::thread_pool pool(4);
    plant(pool, weather, 60);
    pool.join();
  }
  program.stop();
  CHECK(weather.surprises == 0);
  const Count count = check_tree(program);
  CHECK(count.ended == weather.finished);
  CHECK(count.begins >= weather.begun);
  CHECK(count.ended > 0);
  CHECK(count.failed + count.cancelled > 0);
}

TEST_CASE("what a pool gives up in the middle ends its spans as cancelled", "[stress]") {
  RecordedProgram program;
  Weather weather{.hops = 100, .strands = true};
  {
    net::thread_pool pool(4);
    plant(pool, weather, 60);
    while (weather.hops_made < 20'000) std::this_thread::yield();
    pool.stop();
    pool.join();
  }
  program.stop();
  CHECK(weather.surprises == 0);
  const Count count = check_tree(program);
  CHECK(count.ended == weather.finished);
  CHECK(count.cancelled > 0);
  CHECK(count.failed == 0);
}

}  // namespace
}  // namespace micromegas::tracing
