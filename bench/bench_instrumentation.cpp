// What events cost the thread that makes them, beside the least that they could cost; and what they
// cost in the background.
//
//     bench-instrumentation          name,threads,ns_per_pair_min,ns_per_pair_median
//     bench-instrumentation --json   the same and more as JSON lines
//
// A pair is a begin and an end, or two logs, or two metrics. Each name is measured with one and
// with two threads, first while what is recorded goes to a server on this machine that swallows it,
// then as `..._nosink`, where a sink drops it as soon as it is encoded.
//
// A run is a million pairs in bursts; all names take turns, run after run, so that what else
// happens on the machine hits them alike. The threads of a measurement begin each burst together.
// Between bursts they wait until all that was recorded has been encoded, compressed, sent and
// answered: two processors cannot measure two threads while they do a third one's work. What that
// work costs is told by `background_per_async_pair`.
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/resource.h>

#define MICROMEGAS_TARGET "bench"
#include <micromegas/micromegas.h>

#include "drain_server.h"
#include "instrumentation_floor.h"
#include "tracing/recorder.h"

namespace micromegas::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBurst = 10'000;
constexpr int kBursts = 100;
constexpr int kLeastRuns = 15;

// What is measured.

struct Traced : TracedPromise {
  auto start() noexcept { return traced_start(std::suspend_always{}); }
  auto finish() noexcept { return traced_finish(std::suspend_always{}); }
};

[[gnu::noinline]] void thread_span_pair() { MM_SPAN("thread span"); }

[[gnu::noinline]] void handle_pair() { const AsyncSpan span(MM_SITE("handle")); }

[[gnu::noinline]] void log_pair() {
  MM_LOG_INFO("a log");
  MM_LOG_INFO("another");
}

[[gnu::noinline]] void metric_pair() {
  MM_METRIC("metric", "count", 1);
  MM_METRIC("another", "count", 2);
}

template <int kSuspensions>
[[gnu::noinline]] Bare<Traced> async_span() {
  MM_CO_SPAN("coroutine");
  for (int i = 0; i < kSuspensions; ++i) co_await std::suspend_always{};
}

#undef MICROMEGAS_TARGET
#define MICROMEGAS_TARGET "bench::aware"
template <int kSuspensions>
[[gnu::noinline]] Bare<Traced> aware_async_span() {
  MM_CO_SPAN("coroutine");
  for (int i = 0; i < kSuspensions; ++i) co_await std::suspend_always{};
}

#undef MICROMEGAS_TARGET
#define MICROMEGAS_TARGET "bench::off"
[[gnu::noinline]] void disabled_pair() { MM_SPAN("disabled"); }

#undef MICROMEGAS_TARGET
#define MICROMEGAS_TARGET "bench"
/// What calling a pair costs by itself.
[[gnu::noinline]] void empty_pair() { asm volatile(""); }

template <Bare<HandWritten> (*kCoroutine)()>
void run_coroutine() {
  kCoroutine().run();
}
template <Bare<Traced> (*kCoroutine)()>
void run_coroutine() {
  kCoroutine().run();
}

struct Subject {
  const char* name;
  const char* floor;  ///< What it is compared with; null: nothing.
  void (*pair)();
  bool records = true;
  bool aware = false;  ///< Of when its coroutine is suspended.
};

/// Recording suspensions of any target costs a root of every target that it draws whether its own
/// are recorded; so they are, for one subject only.
void switch_targets(const Subject& subject) {
  set_target("bench::aware", {.suspensions = subject.aware ? 1.0 : 0.0});
  set_target("bench::off", {.spans = false});
}

constexpr Subject kSubjects[] = {
    {"floor_ring24", nullptr, floor_pair, false},
    {"micromegas_thread_span", "floor_ring24", thread_span_pair},
    {"micromegas_async_span_handle", "floor_ring24", handle_pair},
    {"co_span_0susp", nullptr, run_coroutine<co_span<0>>, false},
    {"micromegas_async_span_0susp", "co_span_0susp", run_coroutine<async_span<0>>},
    {"co_span_1susp", nullptr, run_coroutine<co_span<1>>, false},
    {"micromegas_async_span_1susp", "co_span_1susp", run_coroutine<async_span<1>>},
    {"co_span_4susp", nullptr, run_coroutine<co_span<4>>, false},
    {"micromegas_async_span_4susp", "co_span_4susp", run_coroutine<async_span<4>>},
    {"co_span_busy_4susp", nullptr, run_coroutine<co_span_busy<4>>, false},
    {"micromegas_async_span_4susp_aware", "co_span_busy_4susp", run_coroutine<aware_async_span<4>>,
     true, true},
    {"micromegas_log", "floor_ring24", log_pair},
    {"micromegas_metric", "floor_ring24", metric_pair},
    {"empty_call", nullptr, empty_pair, false},
    {"micromegas_disabled_span", "empty_call", disabled_pair, false},
};
constexpr std::size_t kNbSubjects = std::size(kSubjects);

std::size_t subject_named(std::string_view name) {
  for (std::size_t s = 0; s < kNbSubjects; ++s) {
    if (kSubjects[s].name == name) return s;
  }
  std::fprintf(stderr, "there is no %.*s\n", static_cast<int>(name.size()), name.data());
  std::exit(1);
}

// Where it goes.

class Recording {
 public:
  virtual ~Recording() = default;
  /// Returns when nothing is left to be done for what was recorded before.
  virtual void settle() = 0;
  virtual std::uint64_t dropped_events() = 0;
};

class RecordingToServer : public Recording {
 public:
  explicit RecordingToServer(const std::string& url)
      : telemetry_({.url = url, .cpu_tracing = true}) {}
  void settle() override {
    telemetry_.flush();
    for (;;) {
      const TelemetryStatistics now = telemetry_.statistics();
      if (now.blocks_sent + now.dropped_requests >= now.blocks) return;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
  std::uint64_t dropped_events() override {
    const TelemetryStatistics now = telemetry_.statistics();
    return now.dropped_events + now.dropped_request_events;
  }

 private:
  TelemetryGuard telemetry_;
};

class RecordingToNowhere : public Recording {
 public:
  RecordingToNowhere() : recorder_({}, std::make_unique<Sink>()) {}
  void settle() override { recorder_.flush(); }
  std::uint64_t dropped_events() override { return recorder_.statistics().dropped_events; }

  std::uint64_t events() const { return recorder_.statistics().events; }
  std::uint64_t bytes() { return static_cast<Sink&>(recorder_.sink()).bytes; }

 private:
  struct Sink : tracing::EventSink {
    void on_process(const tracing::ProcessDescription&) noexcept override {}
    void on_stream(const tracing::StreamDescription&) noexcept override {}
    void on_block(const tracing::ClosedBlock& block) noexcept override {
      bytes += block.dependencies.size() + block.objects.size();
    }
    void drain(std::chrono::steady_clock::time_point) noexcept override {}
    std::atomic<std::uint64_t> bytes{0};
  };
  tracing::Recorder recorder_;
};

// How it is measured.

extern "C" [[gnu::noinline]] void run_pairs(void (*pair)(), int pairs) {
  for (int i = 0; i < pairs; ++i) pair();
}

using Times = std::vector<double>;  // Nanoseconds per pair, of each burst.
using TimesOfAll = std::array<Times, kNbSubjects>;

/// What each thread of a measurement does; they meet before each burst and after it.
void measure(int runs, bool first, std::barrier<>& meeting, Recording& recording, TimesOfAll& all) {
  for (int run = 0; run < runs; ++run) {
    for (std::size_t s = 0; s < kNbSubjects; ++s) {
      if (first) switch_targets(kSubjects[s]);
      for (int burst = 0; burst < kBursts; ++burst) {
        meeting.arrive_and_wait();
        const auto begin = Clock::now();
        run_pairs(kSubjects[s].pair, kBurst);
        const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
        all[s].push_back(taken.count() / kBurst);
        meeting.arrive_and_wait();
        if (first && kSubjects[s].records) recording.settle();
      }
    }
  }
}

TimesOfAll measure_all(int threads, int runs, Recording& recording) {
  std::barrier<> meeting(threads);
  std::vector<TimesOfAll> of_threads(static_cast<std::size_t>(threads));
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < of_threads.size(); ++t) {
    others.emplace_back([&, t] { measure(runs, false, meeting, recording, of_threads[t]); });
  }
  measure(runs, true, meeting, recording, of_threads[0]);
  for (std::thread& other : others) other.join();

  TimesOfAll all;
  for (std::size_t s = 0; s < kNbSubjects; ++s) {
    for (const TimesOfAll& times : of_threads) {
      all[s].insert(all[s].end(), times[s].begin(), times[s].end());
    }
    std::sort(all[s].begin(), all[s].end());
  }
  return all;
}

double median(const Times& sorted) { return sorted[sorted.size() / 2]; }
double percentile99(const Times& sorted) { return sorted[sorted.size() * 99 / 100]; }

void print_csv(const TimesOfAll& all, int threads, const char* suffix) {
  for (std::size_t s = 0; s < kNbSubjects; ++s) {
    std::printf("%s%s,%d,%.2f,%.2f\n", kSubjects[s].name, suffix, threads, all[s].front(),
                median(all[s]));
  }
}

void print_json(const TimesOfAll& all, int threads, const char* suffix) {
  for (std::size_t s = 0; s < kNbSubjects; ++s) {
    const Subject& subject = kSubjects[s];
    std::printf(
        "{\"bench\":\"%s%s\",\"threads\":%d,\"ns_per_pair_min\":%.2f,"
        "\"ns_per_pair_median\":%.2f,\"ns_per_pair_p99\":%.2f",
        subject.name, suffix, threads, all[s].front(), median(all[s]), percentile99(all[s]));
    if (subject.floor != nullptr) {
      const Times& floor = all[subject_named(subject.floor)];
      std::printf(",\"compared_to\":\"%s\",\"ratio\":%.3f,\"ratio_min\":%.3f,\"ratio_p99\":%.3f",
                  subject.floor, median(all[s]) / median(floor), all[s].front() / floor.front(),
                  percentile99(all[s]) / median(floor));
    }
    std::printf("}\n");
  }
}

// Instructions, which are the same on a machine that is busy.

/// `pairs` of one subject, for an observer that counts what happens in `run_pairs`.
int only_run(std::string_view name, int pairs) {
  const Subject& subject = kSubjects[subject_named(name)];
  RecordingToNowhere recording;
  switch_targets(subject);
  for (int left = pairs; left > 0; left -= kBurst) {
    run_pairs(subject.pair, std::min(left, kBurst));
    recording.settle();
  }
  return 0;
}

/// Below 0: not found out.
double count_instructions(const char* self, const char* name, int pairs) {
  const std::string command =
      "valgrind --tool=callgrind --toggle-collect=run_pairs "
      "--callgrind-out-file=/dev/null '" +
      std::string(self) + "' --pairs " + name + " " + std::to_string(pairs) + " 2>&1";
  std::FILE* output = ::popen(command.c_str(), "r");
  if (output == nullptr) return -1;
  double instructions = -1;
  for (char line[1024]; std::fgets(line, sizeof line, output) != nullptr;) {
    if (const char* found = std::strstr(line, "Collected : ")) {
      instructions = std::atof(found + std::strlen("Collected : "));
    }
  }
  ::pclose(output);
  return instructions;
}

void print_instructions(const char* self) {
  if (std::system("valgrind --version > /dev/null 2>&1") != 0) {
    std::fprintf(stderr, "no valgrind: instructions are not counted\n");
    return;
  }
  constexpr int kFew = 20'000;  // What happens once per program cancels out.
  constexpr int kMany = 70'000;
  std::array<double, kNbSubjects> counts{};
  for (std::size_t s = 0; s < kNbSubjects; ++s) {
    const Subject& subject = kSubjects[s];
    counts[s] = (count_instructions(self, subject.name, kMany) -
                 count_instructions(self, subject.name, kFew)) /
                (kMany - kFew);
    std::printf("{\"bench\":\"instructions_per_pair\",\"name\":\"%s\",\"instructions\":%.1f",
                subject.name, counts[s]);
    if (subject.floor != nullptr) {
      std::printf(",\"compared_to\":\"%s\",\"more\":%.1f", subject.floor,
                  counts[s] - counts[subject_named(subject.floor)]);
    }
    std::printf("}\n");
  }
}

// The hidden cost.

/// Async spans with log-normal gaps, as a program makes them.
void make_spans_with_gaps() {
  constexpr int kPairs = 300'000;
  std::mt19937_64 random(20'261'122);
  std::lognormal_distribution<double> gap(std::log(2000.0), 1.0);
  const auto pause = [&] {
    const auto end = Clock::now() + std::chrono::nanoseconds(static_cast<long>(gap(random)));
    while (Clock::now() < end) {
    }
  };
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
}

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
double cpu_seconds_of_other_threads() {
  return cpu_seconds(RUSAGE_SELF) - cpu_seconds(RUSAGE_THREAD);
}

/// What the collector's and the uploader's threads cost for each pair, and how many bytes it takes
/// to the server.
void print_background(const std::string& url, int level) {
  TelemetryGuard telemetry({.url = url, .cpu_tracing = true, .compression_level = level});
  const double before = cpu_seconds_of_other_threads();
  make_spans_with_gaps();
  const TelemetryStatistics statistics = telemetry.stop();
  const double taken = cpu_seconds_of_other_threads() - before;
  const double pairs = static_cast<double>(statistics.events) / 2;
  std::printf(
      "{\"bench\":\"background_per_async_pair\",\"compression_level\":%d,\"cpu_us\":%.3f,"
      "\"bytes\":%.1f,\"dropped_events\":%llu,\"compared_to\":\"the original: 6.2 us, "
      "18.6 bytes\",\"ratio\":%.3f}\n",
      level, taken * 1e6 / pairs, static_cast<double>(statistics.bytes_sent) / pairs,
      static_cast<unsigned long long>(statistics.dropped_events), taken * 1e6 / pairs / 6.2);
}

void print_raw_bytes() {
  RecordingToNowhere recording;
  make_spans_with_gaps();
  recording.settle();
  std::printf("{\"bench\":\"raw_bytes_per_async_pair\",\"bytes\":%.1f}\n",
              static_cast<double>(recording.bytes()) * 2 / static_cast<double>(recording.events()));
}

struct Arguments {
  bool json = false;
  int runs = kLeastRuns;
};

int run(const char* self, const Arguments& arguments) {
  if (arguments.json) print_instructions(self);
  const DrainServer server;
  bool lost = false;
  for (const bool live : {true, false}) {
    for (const int threads : {1, 2}) {
      std::unique_ptr<Recording> recording;
      if (live) {
        recording = std::make_unique<RecordingToServer>(server.url());
      } else {
        recording = std::make_unique<RecordingToNowhere>();
      }
      const TimesOfAll all = measure_all(threads, arguments.runs, *recording);
      const char* suffix = live ? "" : "_nosink";
      arguments.json ? print_json(all, threads, suffix) : print_csv(all, threads, suffix);
      std::fflush(stdout);
      lost |= recording->dropped_events() > 0;
    }
  }
  if (arguments.json) {
    for (const int level : {0, 3}) print_background(server.url(), level);
    print_raw_bytes();
  }
  if (lost) std::fprintf(stderr, "some events were dropped: the figures are too good\n");
  return lost ? 1 : 0;
}

}  // namespace
}  // namespace micromegas::bench

int main(int argc, char** argv) {
  micromegas::bench::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json") {
      arguments.json = true;
    } else if (argument == "--runs" && i + 1 < argc) {
      arguments.runs = std::max(1, std::atoi(argv[++i]));
    } else if (argument == "--pairs" && i + 2 < argc) {
      return micromegas::bench::only_run(argv[i + 1], std::atoi(argv[i + 2]));
    } else {
      std::fprintf(stderr, "usage: %s [--json] [--runs N] | --pairs NAME N\n", argv[0]);
      return 2;
    }
  }
  return micromegas::bench::run(argv[0], arguments);
}
