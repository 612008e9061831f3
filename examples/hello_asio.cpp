#include <chrono>
#include <cstdio>
#include <string>

#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <micromegas/asio.h>
#include <micromegas/micromegas.h>

namespace asio = boost::asio;
using micromegas::traced;

// Whichever thread of the pool is free goes on after the timer.
asio::awaitable<int> read_shard(int shard) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(5));
  co_await timer.async_wait(asio::use_awaitable);
  co_return shard * 10;
}

asio::awaitable<void> handle_request() {
  using asio::experimental::awaitable_operators::operator&&;
  const auto [a, b] = co_await (traced(MM_SITE("read shard"), read_shard(1)) &&
                                traced(MM_SITE("read shard"), read_shard(2)));
  std::printf("%d\n", a + b);
}

int main() {
  const micromegas::TelemetryGuard telemetry({.cpu_tracing = true});
  asio::thread_pool pool(4);
  asio::co_spawn(pool, traced(MM_SITE("request"), handle_request()), asio::detached);
  pool.join();
}
