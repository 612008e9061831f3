// A program records on two threads while its server is away, silent, broken, picky, slow, and now
// and then well:
//
//     soak_unreliable_server [<seconds>]     600, when it is not said
//
// No call may take the calling thread a millisecond or put it to sleep, memory stays below its
// caps, and each event that was made is either at the server or counted as lost. Prints one JSON
// line.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <micromegas/micromegas.h>

#include "../loopback_server.h"
#include "wire/messages.h"

namespace {

using micromegas::TelemetryGuard;
using micromegas::TelemetryStatistics;
using micromegas::sink::LoopbackServer;
using micromegas::sink::ReceivedRequest;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

enum class Weather : int { kAway, kSilent, kBroken, kPicky, kSlow, kWell, kOver };

/// What the program and its server know of each other, in memory that both have.
struct Shared {
  std::atomic<int> weather{static_cast<int>(Weather::kWell)};
  std::atomic<unsigned short> port{0};
  std::atomic<std::uint64_t> stored_events{0};  ///< In distinct blocks.
};

Weather weather_of(const Shared& shared) { return static_cast<Weather>(shared.weather.load()); }

/// The server, in a process of its own: its memory and its time are not the program's.
class UnreliableServer {
 public:
  explicit UnreliableServer(Shared& shared) : shared_(shared) {}

  [[noreturn]] void run() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::unique_ptr<LoopbackServer> server;
    for (Weather weather; (weather = weather_of(shared_)) != Weather::kOver;) {
      if (weather == Weather::kAway) {
        server.reset();
      } else if (!server) {
        server = std::make_unique<LoopbackServer>(
            [this](const ReceivedRequest& request, int) { return answer(request); }, shared_.port);
        server->keep_nothing();
        shared_.port = server->port();
      }
      std::this_thread::sleep_for(5ms);
    }
    std::_Exit(0);
  }

 private:
  unsigned answer(const ReceivedRequest& request) {
    while (weather_of(shared_) == Weather::kSilent) std::this_thread::sleep_for(5ms);
    switch (weather_of(shared_)) {
      case Weather::kBroken:
        return 500;
      case Weather::kPicky:
        return request.path == "/ingestion/insert_block" ? 400 : 200;
      case Weather::kSlow:
        std::this_thread::sleep_for(50ms);
        break;
      default:
        break;
    }
    if (request.path == "/ingestion/insert_block") {
      const auto block = micromegas::wire::decode_block(request.body);
      const std::lock_guard lock(mutex_);
      if (blocks_.insert(block.info.block_id).second) {
        shared_.stored_events += static_cast<std::uint64_t>(block.info.nb_objects);
      }
    }
    return 200;
  }

  Shared& shared_;
  std::mutex mutex_;
  std::unordered_set<micromegas::BlockId> blocks_;
};

std::chrono::nanoseconds thread_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

long times_put_to_sleep() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

/// What a recording thread has seen.
struct Observed {
  std::uint64_t events = 0;
  std::uint64_t calls = 0;
  std::chrono::nanoseconds slowest{0};
  std::uint64_t slow_calls = 0;  ///< Of a millisecond and more, of the thread's own time.
  /// The same in as much time without a call: what the machine does to any thread, which has not
  /// always told it.
  std::uint64_t slow_by_itself = 0;
  long sleeps = 0;
};

void record_burst(Observed& seen) {
  constexpr int kCalls = 2000;
  const long slept_before = times_put_to_sleep();
  const auto begin = thread_time();
  auto before = begin;
  for (int i = 0; i < kCalls; ++i) {
    {
      MM_SPAN("work");
      const micromegas::AsyncSpan async(MM_SITE("async work"));
    }
    const auto after = thread_time();
    seen.slowest = std::max(seen.slowest, after - before);
    if (after - before >= 1ms) ++seen.slow_calls;
    before = after;
  }
  const auto end = before + (before - begin);
  while (before < end) {
    const auto after = thread_time();
    if (after - before >= 1ms) ++seen.slow_by_itself;
    before = after;
  }
  seen.sleeps += times_put_to_sleep() - slept_before;
  seen.calls += kCalls;
  seen.events += 4 * kCalls;
}

Observed record_until(Clock::time_point end) {
  Observed seen;
  while (Clock::now() < end) {
    record_burst(seen);
    std::this_thread::sleep_for(3ms);
  }
  return seen;
}

/// Bytes of memory that the process occupies at most, or has at some time.
std::uint64_t memory(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != field) continue;
    std::uint64_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes * 1024;
  }
  return 0;
}

void go_through_all_weathers(Shared& shared, Clock::time_point end, Clock::duration each) {
  constexpr Weather kCycle[] = {Weather::kWell,   Weather::kAway,  Weather::kSlow,
                                Weather::kSilent, Weather::kPicky, Weather::kBroken};
  for (int i = 0; Clock::now() < end; ++i) {
    shared.weather = static_cast<int>(kCycle[i % 6]);
    std::this_thread::sleep_until(std::min(end, Clock::now() + each));
  }
  shared.weather = static_cast<int>(Weather::kWell);
}

int faults = 0;

void expect(bool so, const char* what) {
  if (so) return;
  ++faults;
  std::fprintf(stderr, "soak: not so: %s\n", what);
}

int soak(std::chrono::seconds length) {
  void* memory_of_both =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory_of_both == MAP_FAILED) return 2;
  auto& shared = *::new (memory_of_both) Shared;
  const pid_t server = ::fork();
  if (server == 0) UnreliableServer(shared).run();
  while (shared.port == 0) std::this_thread::sleep_for(1ms);

  constexpr std::size_t kBuffer = std::size_t{8} << 20;
  constexpr std::size_t kQueue = std::size_t{16} << 20;
  const std::uint64_t memory_before = memory("VmRSS:");
  const auto each = std::chrono::duration_cast<std::chrono::milliseconds>(length) / 12;
  TelemetryGuard guard({.url = "http://127.0.0.1:" + std::to_string(shared.port),
                        .cpu_tracing = true,
                        .flush_period = 1s,
                        .buffer_bytes = kBuffer,
                        .queue_bytes = kQueue,
                        .request_timeout = each / 4});
  const auto end = Clock::now() + length;
  Observed seen[2];
  std::vector<std::thread> threads;
  for (Observed& own : seen) threads.emplace_back([&own, end] { own = record_until(end); });
  go_through_all_weathers(shared, end, each);
  for (std::thread& thread : threads) thread.join();
  const TelemetryStatistics told = guard.stop();
  const std::uint64_t memory_taken = memory("VmHWM:") - memory_before;
  shared.weather = static_cast<int>(Weather::kOver);
  ::waitpid(server, nullptr, 0);

  Observed all;
  for (const Observed& own : seen) {
    all.events += own.events;
    all.calls += own.calls;
    all.slowest = std::max(all.slowest, own.slowest);
    all.slow_calls += own.slow_calls;
    all.slow_by_itself += own.slow_by_itself;
    all.sleeps += own.sleeps;
  }
  std::printf(
      "{\"soak\": \"unreliable_server\", \"seconds\": %lld, \"events\": %llu, \"sent\": %llu, "
      "\"dropped_before\": %llu, \"dropped_after\": %llu, \"stored\": %llu, "
      "\"failed_attempts\": %llu, \"slowest_call_us\": %.1f, \"slow_calls\": %llu, "
      "\"slow_by_itself\": %llu, \"put_to_sleep\": %ld, \"memory_mib\": %.1f}\n",
      static_cast<long long>(length.count()), static_cast<unsigned long long>(all.events),
      static_cast<unsigned long long>(told.events_sent),
      static_cast<unsigned long long>(told.dropped_events),
      static_cast<unsigned long long>(told.dropped_request_events),
      static_cast<unsigned long long>(shared.stored_events),
      static_cast<unsigned long long>(told.failed_attempts),
      static_cast<double>(all.slowest.count()) / 1e3,
      static_cast<unsigned long long>(all.slow_calls),
      static_cast<unsigned long long>(all.slow_by_itself), all.sleeps,
      static_cast<double>(memory_taken) / (1 << 20));

  // Beside them go our own metrics of what was lost, some with each flush.
  const std::uint64_t counted = told.events + told.dropped_events;
  const auto most_of_our_own = static_cast<std::uint64_t>(16 * (length.count() + 5));
  expect(counted >= all.events && counted <= all.events + most_of_our_own,
         "each event is in a block or counted");
  expect(told.events_sent + told.dropped_request_events == told.events,
         "each event of a block is delivered or counted");
  // What came without its answer coming back was tried again, or counted as lost.
  expect(shared.stored_events >= told.events_sent, "what counts as sent is at the server");
  expect(told.events_sent > 0 && told.dropped_request_events > 0, "there was good and bad weather");
  expect(all.slow_calls <= 2 * all.slow_by_itself + 2, "no call takes a millisecond");
  // Of the kernel's own accord, when it has to make room for a chunk.
  expect(all.sleeps <= static_cast<long>(all.calls / 100'000), "no call is put to sleep");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Blocks on their way, and the libraries' own.
  constexpr std::size_t kRest = std::size_t{24} << 20;
  expect(memory_taken < kBuffer + kQueue + kRest, "memory stays below its caps");
#endif
  return faults == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return soak(std::chrono::seconds(argc > 1 ? std::max(1, std::atoi(argv[1])) : 600));
}
