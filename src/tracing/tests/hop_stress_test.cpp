#include <atomic>
#include <map>
#include <string>

#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
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

std::atomic<int> surprises{0};

/// Each span is named after its parent's name and its number among its siblings: `/0/2/1`.
void check_tree(const RecordedProgram& program, std::size_t expected_spans) {
  std::map<std::uint64_t, Event> begins;
  std::size_t ends = 0;
  for (const Event& event : program.events()) {
    if (event.is_begin()) {
      begins[event.span_id] = event;
    } else {
      ++ends;
    }
  }
  CHECK(begins.size() == expected_spans);
  CHECK(ends == expected_spans);

  std::size_t wrong = 0;
  for (const auto& [id, event] : begins) {
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

Task<> grow(net::thread_pool* pool, std::string name, int levels, int hops) {
  MM_CO_NAMED_SPAN(name);
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
  check_tree(program, spans_of(kRoots, kLevels));
}

net::awaitable<void> grow_asio(std::string name, int levels) {
  using namespace net::experimental::awaitable_operators;
  const SpanContext inside = current_context();
  const auto child = [&](int number) {
    const std::string child_name = name + "/" + std::to_string(number);
    return traced(MM_SITE(""), child_name, grow_asio(child_name, levels - 1));
  };
  co_await net::post(net::use_awaitable);
  if (current_context() != inside) ++surprises;
  if (levels > 1) {
    co_await (child(0) && child(1) && child(2));
    if (current_context() != inside) ++surprises;
  }
  co_await net::post(net::use_awaitable);
  if (current_context() != inside) ++surprises;
}

TEST_CASE("awaitables that run in parallel over a pool keep every parent and depth", "[stress]") {
  surprises = 0;
  RecordedProgram program;
  constexpr int kRoots = 20;
  constexpr int kLevels = 5;
  {
    net::thread_pool pool(4);
    for (int root = 0; root < kRoots; ++root) {
      const std::string name = "/" + std::to_string(root);
      net::co_spawn(pool, traced(MM_SITE(""), name, grow_asio(name, kLevels)), net::detached);
    }
    pool.join();
  }
  program.stop();
  CHECK(surprises == 0);
  check_tree(program, spans_of(kRoots, kLevels));
}

}  // namespace
}  // namespace micromegas::tracing
