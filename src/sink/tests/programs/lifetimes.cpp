// Ends, beginnings and interruptions that one process cannot show a test about itself:
//
//     sink_lifetimes <scenario>
//
// It sends to MICROMEGAS_TELEMETRY_URL and says by its exit status whether all went well on its
// side.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <micromegas/micromegas.h>

namespace {

using micromegas::TelemetryGuard;
using micromegas::TelemetryStatistics;
using namespace std::chrono_literals;

#define EXPECT(condition)                                                          \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::_Exit(1);                                                               \
    }                                                                              \
  } while (false)

/// Records when it is destroyed.
class Farewell {
 public:
  explicit Farewell(const char* name) : name_(name) {}
  ~Farewell() {
    MM_NAMED_SPAN(name_);
    const micromegas::AsyncSpan async(MM_SITE("async farewell"));
  }
  Farewell(const Farewell&) = delete;
  Farewell& operator=(const Farewell&) = delete;

 private:
  const char* name_;
};

int statics() {
  static const Farewell kUnheard("after the guard");
  static const TelemetryGuard kGuard({.cpu_tracing = true});
  static const Farewell kHeard("before the guard");
  EXPECT(kGuard.recording());
  MM_SPAN("in main");
  return 0;
}

/// Lets threads go on while statics are destroyed, and after the guard is.
struct Delay {
  Delay() = default;
  ~Delay() { std::this_thread::sleep_for(100ms); }
  Delay(const Delay&) = delete;
  Delay& operator=(const Delay&) = delete;
};

int threads_outlive_main() {
  static const Delay kDelay;
  const TelemetryGuard guard({.cpu_tracing = true});
  static std::atomic<int> running{0};
  for (int i = 0; i < 4; ++i) {
    std::thread([] {
      ++running;
      for (;;) {
        MM_SPAN("outlives main");
        const micromegas::AsyncSpan async(MM_SITE("async outlives main"));
      }
    }).detach();
  }
  while (running < 4) std::this_thread::yield();
  std::this_thread::sleep_for(20ms);
  return 0;
}

int short_lived_threads() {
  constexpr int kThreads = 4000;
  TelemetryGuard guard({.cpu_tracing = true, .flush_period = 50ms, .buffer_bytes = 8 << 20});
  for (int i = 0; i < kThreads; i += 4) {
    std::vector<std::thread> some;
    some.reserve(4);
    for (int j = 0; j < 4; ++j) {
      some.emplace_back([] { MM_SPAN("short-lived"); });
    }
    for (std::thread& thread : some) thread.join();
    // Each takes a chunk until the collector has seen it: there are not as many as threads.
    if (i % 128 == 0) guard.flush();
  }
  const TelemetryStatistics statistics = guard.stop();
  EXPECT(statistics.events == 2 * kThreads);
  EXPECT(statistics.dropped_events == 0);
  EXPECT(statistics.dropped_requests == 0);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT(usage.ru_maxrss < 64 * 1024);  // KiB: 8 MiB of buffers, libraries, messages on their way.
#endif
  return 0;
}

[[maybe_unused]] void run_child() {
  {
    MM_SPAN("in the child, unheard");
  }
  TelemetryGuard guard({.cpu_tracing = true});
  EXPECT(guard.recording());
  {
    MM_SPAN("in the child");
  }
  std::thread([] { MM_SPAN("in a thread of the child"); }).join();
  const TelemetryStatistics statistics = guard.stop();
  EXPECT(statistics.events == 4);
  EXPECT(statistics.blocks_sent == 2);
}

/// Children of a program that is busy recording, flushing and sending on all its threads.
int fork_children() {
  constexpr int kChildren = 10;
  TelemetryGuard guard({.cpu_tracing = true, .block_bytes = 32 * 1024});
  std::atomic<bool> stop{false};
  // AddressSanitizer's allocator, of GCC 12, leaves a child the locks that other threads held at
  // the fork. So there these rest then, and nothing is on its way.
  std::atomic<bool> rest{false};
  const auto calm_down = [&] {
#ifdef __SANITIZE_ADDRESS__
    rest = true;
    std::this_thread::sleep_for(20ms);
    guard.flush();
    for (;;) {
      const TelemetryStatistics now = guard.statistics();
      if (now.blocks_sent == now.blocks) break;
      std::this_thread::sleep_for(5ms);
    }
    std::this_thread::sleep_for(20ms);
#endif
  };
  std::vector<std::thread> busy;
  busy.reserve(3);
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back([&] {
      while (!stop) {
        for (int j = 0; j < 100 && !rest; ++j) {
          MM_SPAN("in the parent");
        }
        std::this_thread::sleep_for(100us);
      }
    });
  }
  busy.emplace_back([&] {
    while (!stop) {
      if (rest) {
        std::this_thread::sleep_for(1ms);
      } else {
        guard.flush();
      }
    }
  });
  int succeeded = 0;
  for (int i = 0; i < kChildren; ++i) {
    MM_SPAN("around a fork");
    calm_down();
    const pid_t child = ::fork();
    if (child == 0) {
      EXPECT(!guard.recording());
      guard.flush();
      EXPECT(guard.statistics().events == 0);
#ifndef __SANITIZE_THREAD__  // Which does not let a child start threads.
      run_child();
#endif
      guard.stop();
      guard.~TelemetryGuard();  // As if the child returned from main; its exit is not ours to test.
      std::_Exit(0);
    }
    rest = false;
    int status = 1;
    ::waitpid(child, &status, 0);
    if (status == 0) ++succeeded;
  }
  stop = true;
  for (std::thread& thread : busy) thread.join();
  EXPECT(succeeded == kChildren);
  const TelemetryStatistics statistics = guard.stop();
  EXPECT(statistics.dropped_events == 0);
  EXPECT(statistics.dropped_requests == 0);
  return 0;
}

std::atomic<int> signals_here{0};
std::atomic<int> signals_elsewhere{0};

void count_signal(int) { ++(::gettid() == ::getpid() ? signals_here : signals_elsewhere); }

/// A handler interrupts the recording thread everywhere, in the middle of records too.
int signals() {
  TelemetryGuard guard({.cpu_tracing = true, .block_bytes = 64 * 1024});
  std::signal(SIGALRM, count_signal);
  const itimerval often{{0, 200}, {0, 200}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  int rounds = 0;
  while (signals_here < 500) {
    for (int i = 0; i < 100; ++i, ++rounds) {
      MM_SPAN("interrupted");
      const micromegas::AsyncSpan async(MM_SITE("async interrupted"));
    }
    std::this_thread::sleep_for(100us);
  }
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  const TelemetryStatistics statistics = guard.stop();
  EXPECT(signals_elsewhere == 0);  // Our threads leave the program's signals to the program.
  EXPECT(statistics.dropped_events == 0);
  EXPECT(statistics.events == 4 * static_cast<std::uint64_t>(rounds));
  return 0;
}

/// The plugin's call sites are gone before their events are looked at, and come again in a second
/// life at, as a rule, the same addresses.
int unloaded_plugin(const std::string& folder) {
  const std::string path = folder + "/libsink_test_plugin.so";
  TelemetryGuard guard({.cpu_tracing = true});
  for (int life = 0; life < 2; ++life) {
    void* plugin = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (plugin == nullptr) std::fprintf(stderr, "%s\n", ::dlerror());
    EXPECT(plugin != nullptr);
    const auto record = reinterpret_cast<void (*)(int)>(::dlsym(plugin, "record_in_plugin"));
    EXPECT(record != nullptr);
    record(1000);
    EXPECT(::dlclose(plugin) == 0);
    EXPECT(::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD) == nullptr);  // It is really gone.
  }
  const TelemetryStatistics statistics = guard.stop();
  EXPECT(statistics.events == 12'000);
  EXPECT(statistics.dropped_events == 0);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view scenario = argc == 2 ? argv[1] : "";
  const std::string program = argv[0];
  if (scenario == "statics") return statics();
  if (scenario == "threads-outlive-main") return threads_outlive_main();
  if (scenario == "short-lived-threads") return short_lived_threads();
  if (scenario == "fork") return fork_children();
  if (scenario == "signals") return signals();
  if (scenario == "plugin") return unloaded_plugin(program.substr(0, program.rfind('/')));
  std::fprintf(stderr, "usage: sink_lifetimes <scenario>\n");
  return 2;
}
