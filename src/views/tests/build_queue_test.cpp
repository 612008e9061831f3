#include "views/build_queue.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

namespace micromegas::views {

TEST_CASE("every task of every build is done once", "[build_queue]") {
  BuildQueue queue(3);
  std::atomic<int> done{0};
  std::vector<std::thread> callers;
  callers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] { queue.run(std::vector<BuildQueue::Task>(50, [&] { ++done; })); });
  }
  for (auto& caller : callers) caller.join();
  CHECK(done == 200);
}

TEST_CASE("builds take turns, task by task", "[build_queue]") {
  BuildQueue queue(1);
  std::mutex mutex;
  std::string order;
  const auto task = [&](char name) {
    return [&, name] {
      const std::lock_guard lock(mutex);
      order += name;
    };
  };
  // The first task holds the only thread until both builds wait in the queue.
  std::atomic<bool> small_is_queued{false};
  std::atomic<bool> large_has_begun{false};
  std::thread large([&] {
    std::vector<BuildQueue::Task> tasks(1, [&] {
      large_has_begun = true;
      while (!small_is_queued) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    });
    tasks.resize(6, task('L'));
    queue.run(std::move(tasks));
  });
  while (!large_has_begun) std::this_thread::yield();
  std::thread small([&] {
    small_is_queued = true;
    queue.run({task('s'), task('s')});
  });
  small.join();
  large.join();
  CHECK(order == "LsLsLLL");
}

TEST_CASE("a failing task drops the rest of its build and of no other", "[build_queue]") {
  BuildQueue queue(1);
  int done = 0;
  std::vector<BuildQueue::Task> tasks(1, [&] { ++done; });
  tasks.emplace_back([] { throw std::runtime_error("the disk is full"); });
  tasks.emplace_back([&] { ++done; });
  CHECK_THROWS_WITH(queue.run(std::move(tasks)), "the disk is full");
  CHECK(done == 1);
  queue.run({[&] { ++done; }});
  CHECK(done == 2);
}

}  // namespace micromegas::views
