// A small async service: requests hop over a pool of threads, fan out to shards and come together
// again.

#include <chrono>
#include <cstdio>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <pthread.h>

#include <micromegas/asio.h>
#include <micromegas/micromegas.h>

namespace asio = boost::asio;
using asio::awaitable;
using asio::experimental::awaitable_operators::operator&&;  // NOLINT(misc-unused-using-decls)
using asio::experimental::awaitable_operators::operator||;  // NOLINT(misc-unused-using-decls)
using micromegas::traced;
using std::chrono::milliseconds;

namespace {

constexpr int kThreads = 4;
constexpr int kRequests = 24;
constexpr milliseconds kDeadline{900};

/// The CPU's part of the work, seen as a thread span as well.
void compute(milliseconds length) {
  MM_SPAN_FUNCTION();
  const auto end = std::chrono::steady_clock::now() + length;
  while (std::chrono::steady_clock::now() < end) {
  }
}

/// What a network or a disk would take. Whichever thread of the pool is free goes on afterwards.
awaitable<void> pause(milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> read_shard(int request, int shard) {
  compute(milliseconds(1 + (request + shard) % 4));
  const bool slow = request == 7 && shard == 2;
  co_await pause(milliseconds(slow ? 600 : 15 + 9 * ((request * 7 + shard * 5) % 8)));
  compute(milliseconds(2));
}

/// The three parts run at the same time, each a span of its own.
awaitable<void> fan_out(int request) {
  co_await (traced(MM_SITE("read shard 0"), read_shard(request, 0)) &&
            traced(MM_SITE("read shard 1"), read_shard(request, 1)) &&
            traced(MM_SITE("read shard 2"), read_shard(request, 2)));
}

awaitable<void> load_user(int request) {
  co_await pause(milliseconds(8 + request % 5 * 4));
  compute(milliseconds(1));
}

/// Waits for an answer that nobody will ever send.
awaitable<void> wait_for_reply() {
  asio::steady_timer never(co_await asio::this_coro::executor,
                           asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

awaitable<void> handle(int request) {
  co_await traced(MM_SITE("load user"), [request] { return load_user(request); });
  if (request == 11) {
    // The stuck one: its span and its request's stay open.
    co_await traced(MM_SITE("wait for reply"), [] { return wait_for_reply(); });
  }
  if (request == 15) {
    // The cancelled one: whoever asked has lost patience.
    co_await (traced(MM_SITE("wait for reply"), wait_for_reply()) ||
              traced(MM_SITE("deadline"), pause(milliseconds(250))));
  }
  co_await traced(MM_SITE("fan out"), [request] { return fan_out(request); });
  compute(milliseconds(2));
}

/// One request after the other comes in, without waiting for those before.
awaitable<void> serve(asio::io_context* pool) {
  for (int request = 0; request < kRequests; ++request) {
    asio::co_spawn(*pool, traced(MM_SITE("request"), [request] { return handle(request); }),
                   asio::detached);
    co_await pause(milliseconds(25));
  }
  co_await pause(kDeadline);
}

}  // namespace

int main() {
  micromegas::TelemetryGuard telemetry({.cpu_tracing = true, .properties = {{"demo", "yes"}}});
  if (!telemetry.recording()) {
    std::fprintf(
        stderr,
        "demo-service: set MICROMEGAS_TELEMETRY_URL, for instance to http://127.0.0.1:9000 "
        "(micromegas serve listens there)\n");
    return 2;
  }
  std::printf("process_id=%s\n", telemetry.process_id().c_str());

  asio::io_context pool;
  auto work = asio::make_work_guard(pool);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&pool, i] {
      ::pthread_setname_np(::pthread_self(), ("pool-" + std::to_string(i)).c_str());
      pool.run();
    });
  }

  auto served = asio::co_spawn(pool, serve(&pool), asio::use_future);
  served.get();
  pool.stop();
  for (auto& thread : threads) thread.join();

  // Before the pool lets go of the coroutine that is stuck, which would end its span.
  const auto statistics = telemetry.stop();
  std::printf("%d requests, %llu events in %llu blocks\n", kRequests,
              static_cast<unsigned long long>(statistics.events),
              static_cast<unsigned long long>(statistics.blocks_sent));
  if (statistics.blocks_sent == statistics.blocks) return 0;
  std::fprintf(stderr, "demo-service: not all of it arrived: %s\n", statistics.last_error.c_str());
  return 1;
}
