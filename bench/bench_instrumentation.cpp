// What a span costs the thread that makes it, beside the least that it could cost; and what it
// costs in the background.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <coroutine>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include <micromegas/micromegas.h>

#include "drain_server.h"

namespace micromegas {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBurst = 10'000;
constexpr int kBursts = 20;
constexpr int kRuns = 15;
constexpr std::chrono::milliseconds kPause{5};

/// The floor: a clock reading and 24 bytes, into memory that only this thread touches.
struct Ring {
  struct Record {
    std::uint64_t ticks, site, id;
  };
  static constexpr std::uint32_t kSize = 1 << 12;
  Record records[kSize];
  std::uint32_t next = 0;
};
thread_local Ring ring;

inline void store_in_ring(std::uint64_t site, std::uint64_t id) {
  Ring& mine = ring;
  mine.records[mine.next++ % Ring::kSize] = {detail::read_ticks(), site, id};
}

[[gnu::noinline]] void floor_pair() {
  store_in_ring(1, 2);
  store_in_ring(1, 3);
}

[[gnu::noinline]] void thread_span_pair() { MM_SPAN("thread span"); }

[[gnu::noinline]] void handle_pair() { const AsyncSpan span(MM_SITE("handle")); }

/// A coroutine that its caller resumes; as small as one can be.
template <class Base>
struct Bare {
  struct promise_type : Base {
    Bare get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    auto initial_suspend() noexcept { return Base::start(); }
    auto final_suspend() noexcept { return Base::finish(); }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
  std::coroutine_handle<promise_type> coroutine;

  void run() {
    while (!coroutine.done()) coroutine.resume();
    coroutine.destroy();
  }
};

/// Keeps id and parent in its promise, as any tracing would have to.
struct HandWritten {
  std::uint64_t id = next_id++;
  std::uint64_t parent = 0;
  auto start() noexcept { return std::suspend_always{}; }
  auto finish() noexcept { return std::suspend_always{}; }
  static inline thread_local std::uint64_t next_id = 1;
};

struct Traced : TracedPromise {
  auto start() noexcept { return traced_start(std::suspend_always{}); }
  auto finish() noexcept { return traced_finish(std::suspend_always{}); }
};

template <int suspensions>
[[gnu::noinline]] Bare<HandWritten> bare_coroutine() {
  store_in_ring(1, 2);
  for (int i = 0; i < suspensions; ++i) co_await std::suspend_always{};
  store_in_ring(1, 3);
}

template <int suspensions>
[[gnu::noinline]] Bare<Traced> traced_coroutine() {
  MM_CO_SPAN("coroutine");
  for (int i = 0; i < suspensions; ++i) co_await std::suspend_always{};
}

/// One thing that is measured.
struct Subject {
  const char* name;
  const char* compared_to;  ///< Null: it is a floor itself.
  void (*pair)();
  bool records;
};

template <int suspensions>
void run_bare() {
  bare_coroutine<suspensions>().run();
}
template <int suspensions>
void run_traced() {
  traced_coroutine<suspensions>().run();
}

constexpr Subject kSubjects[] = {
    {"floor_ring24", nullptr, floor_pair, false},
    {"micromegas_thread_span", "floor_ring24", thread_span_pair, true},
    {"micromegas_async_span_handle", "floor_ring24", handle_pair, true},
    {"co_span_0susp", nullptr, run_bare<0>, false},
    {"micromegas_async_span_0susp", "co_span_0susp", run_traced<0>, true},
    {"co_span_1susp", nullptr, run_bare<1>, false},
    {"micromegas_async_span_1susp", "co_span_1susp", run_traced<1>, true},
    {"co_span_4susp", nullptr, run_bare<4>, false},
    {"micromegas_async_span_4susp", "co_span_4susp", run_traced<4>, true},
};
constexpr std::size_t kNbSubjects = std::size(kSubjects);

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

double percentile99(std::vector<double> values) {
  const auto at = values.begin() + static_cast<long>(values.size() * 99 / 100);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

using Times = std::vector<double>;  // Nanoseconds per pair, of each burst.

/// Some bursts of a subject on this thread, with pauses, which are not measured, between: a thread
/// makes some two million spans a second, and the collector keeps up.
void measure(const Subject& subject, Times& times) {
  for (int burst = 0; burst < kBursts; ++burst) {
    const auto begin = Clock::now();
    for (int i = 0; i < kBurst; ++i) subject.pair();
    const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
    times.push_back(taken.count() / kBurst);
    std::this_thread::sleep_for(kPause);
  }
}

/// All subjects, in turn, run after run: what else happens on the machine hits them alike.
std::vector<Times> measure_all(int threads) {
  std::vector<Times> all(kNbSubjects);
  for (int run = 0; run < kRuns; ++run) {
    for (std::size_t s = 0; s < kNbSubjects; ++s) {
      std::vector<Times> of_threads(static_cast<std::size_t>(threads));
      std::vector<std::thread> others;
      for (std::size_t t = 1; t < of_threads.size(); ++t) {
        others.emplace_back([&, t] { measure(kSubjects[s], of_threads[t]); });
      }
      measure(kSubjects[s], of_threads[0]);
      for (std::thread& other : others) other.join();
      for (const Times& times : of_threads) {
        all[s].insert(all[s].end(), times.begin(), times.end());
      }
    }
  }
  return all;
}

void print(const std::vector<Times>& all, int threads, const char* sink) {
  const auto floor_of = [&](const char* name) {
    for (std::size_t s = 0; s < kNbSubjects; ++s) {
      if (std::string(kSubjects[s].name) == name) return median(all[s]);
    }
    return 0.0;
  };
  for (std::size_t s = 0; s < kNbSubjects; ++s) {
    const Subject& subject = kSubjects[s];
    std::printf(
        "{\"bench\":\"%s\",\"threads\":%d,\"sink\":\"%s\",\"ns_per_pair_min\":%.1f,"
        "\"ns_per_pair_median\":%.1f,\"ns_per_pair_p99\":%.1f",
        subject.name, threads, sink, *std::min_element(all[s].begin(), all[s].end()),
        median(all[s]), percentile99(all[s]));
    if (subject.compared_to != nullptr) {
      std::printf(",\"compared_to\":\"%s\",\"ratio\":%.2f", subject.compared_to,
                  median(all[s]) / floor_of(subject.compared_to));
    }
    std::printf("}\n");
  }
}

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Spans with log-normal gaps, as a program makes them: what the collector's and the uploader's
/// threads cost for each, and how many bytes it takes to the server.
void measure_background(const std::string& url, int level) {
  constexpr int kPairs = 300'000;
  TelemetryGuard telemetry({.url = url, .cpu_tracing = true, .compression_level = level});
  std::mt19937_64 random(20'261'122);
  std::lognormal_distribution<double> gap(std::log(2000.0), 1.0);
  const auto pause = [&] {
    const auto end = Clock::now() + std::chrono::nanoseconds(static_cast<long>(gap(random)));
    while (Clock::now() < end) {
    }
  };
  const double before = cpu_seconds(RUSAGE_SELF) - cpu_seconds(RUSAGE_THREAD);
  for (int i = 0; i < kPairs; ++i) {
    const AsyncSpan span(MM_SITE("paused"));
    pause();
    if (i % 3 == 0) {
      const ContextScope inside(span.context());
      const AsyncSpan child(MM_SITE("child"));
      ++i;
      pause();
    }
  }
  const TelemetryStatistics statistics = telemetry.stop();
  const double taken = cpu_seconds(RUSAGE_SELF) - cpu_seconds(RUSAGE_THREAD) - before;
  const double pairs = static_cast<double>(statistics.events) / 2;
  std::printf(
      "{\"bench\":\"background_per_async_pair\",\"compression_level\":%d,\"cpu_us\":%.3f,"
      "\"bytes\":%.1f,\"dropped_events\":%llu,\"compared_to\":\"the original: 6.2 us, "
      "18.6 bytes\",\"ratio\":%.3f}\n",
      level, taken * 1e6 / pairs, static_cast<double>(statistics.bytes_sent) / pairs,
      static_cast<unsigned long long>(statistics.dropped_events), taken * 1e6 / pairs / 6.2);
}

int run() {
  const DrainServer server;
  bool lost = false;
  for (const int threads : {1, 2}) {
    TelemetryGuard telemetry({.url = server.url(), .cpu_tracing = true});
    print(measure_all(threads), threads, "http");
    lost |= telemetry.stop().dropped_events > 0;
  }
  for (const int level : {0, 10}) measure_background(server.url(), level);
  if (lost) std::fprintf(stderr, "some events were dropped: the figures are too good\n");
  return 0;
}

}  // namespace
}  // namespace micromegas

int main() { return micromegas::run(); }
