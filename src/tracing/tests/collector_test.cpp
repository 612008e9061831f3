#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <micromegas/async_span.h>
#include <micromegas/thread_span.h>

#include "recorded_program.h"
#include "tracing/thread_registry.h"
#include "worker.h"

namespace micromegas::tracing {
namespace {

using namespace std::chrono_literals;

void make_spans(int count) {
  for (int i = 0; i < count; ++i) AsyncSpan span(MM_SITE("span"));
}

TEST_CASE("a block is closed when it is full, and blocks join without a gap", "[collector]") {
  RecordedProgram program({.block_bytes = 64 * 1024});
  make_spans(20'000);
  program.stop();

  const std::vector<Block> blocks = program.blocks();
  REQUIRE(blocks.size() > 10);
  std::int64_t events_before = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    CHECK(block.object_offset == events_before);
    CHECK(static_cast<std::size_t>(block.nb_objects) == block.events.size());
    events_before += block.nb_objects;
    // 41 bytes an event: full, and not by more than the last one.
    if (i + 1 < blocks.size()) CHECK(block.nb_objects == 64 * 1024 / 41 + 1);

    // One reading ends a block and begins the next.
    if (i > 0) CHECK(block.begin == blocks[i - 1].end);
    CHECK(block.begin.value <= block.events.front().time);
    CHECK(block.events.back().time == block.end.value);
  }
  CHECK(events_before == 40'000);
  CHECK(program.recorder().statistics().events == 40'000);
  CHECK(program.recorder().statistics().blocks == blocks.size());
}

TEST_CASE("blocks of async spans are found while the program runs", "[collector]") {
  RecordedProgram program({.block_bytes = 32 * 1024});
  make_spans(10'000);
  for (int i = 0; i < 500 && program.blocks().empty(); ++i) std::this_thread::sleep_for(10ms);
  CHECK(!program.blocks().empty());
}

TEST_CASE("the flush period closes the blocks of busy and of idle threads", "[collector]") {
  RecordedProgram program({.flush_period = 20ms});
  Worker idle("idle");
  idle.run_there([] { MM_SPAN("then idle"); });
  {
    MM_SPAN("here");
  }
  for (int i = 0; i < 500 && program.events().size() < 4; ++i) std::this_thread::sleep_for(10ms);
  CHECK(program.events_named("then idle").size() == 2);
  CHECK(program.events_named("here").size() == 2);
}

TEST_CASE("flush hands over all that was recorded before", "[collector]") {
  RecordedProgram program;
  Worker worker("worker");
  worker.run_there([] { MM_SPAN("on the worker"); });
  const AsyncSpan open(MM_SITE("open"));
  program.flush();
  CHECK(program.events_named("on the worker").size() == 2);
  CHECK(program.events_named("open").size() == 1);
  program.flush();
  CHECK(program.blocks().size() == 2);
}

TEST_CASE("stopping takes the events of all threads: idle, in a span, busy, ended", "[collector]") {
  RecordedProgram program;
  Worker idle("idle");
  Worker inside("inside");
  idle.run_there([] { MM_SPAN("idle now"); });
  std::promise<void> leave;
  std::promise<void> is_inside;
  inside.post([&] {
    MM_SPAN("still inside");
    is_inside.set_value();
    leave.get_future().wait();
  });
  is_inside.get_future().wait();
  std::atomic<bool> busy_stops{false};
  std::atomic<int> busy_spans{0};
  std::thread busy([&] {
    while (!busy_stops) {
      {
        MM_SPAN("busy");
        ++busy_spans;
      }
      std::this_thread::sleep_for(1us);
    }
  });
  while (busy_spans < 100) std::this_thread::yield();
  std::thread([] { MM_SPAN("ended"); }).join();

  program.stop();
  leave.set_value();
  busy_stops = true;
  busy.join();

  CHECK(program.events_named("idle now").size() == 2);
  CHECK(program.events_named("still inside").size() == 1);
  CHECK(program.events_named("busy").size() >= 100);
  CHECK(program.events_named("ended").size() == 2);
}

TEST_CASE("thousands of short-lived threads fit into a small memory", "[collector]") {
  constexpr int kThreads = 2000;
  RecordedProgram program({.buffer_bytes = 2 << 20});
  for (int i = 0; i < kThreads; ++i) {
    std::thread([] { MM_SPAN("short"); }).join();
    // The next ones get the memory of the ones before: once they have been read.
    if (i % 16 == 0) program.flush();
  }
  program.stop();
  CHECK(program.recorder().statistics().dropped_events == 0);
  CHECK(program.streams().size() == kThreads);
  CHECK(program.events().size() == 2 * kThreads);
}

/// A sink that takes no block until it is told to.
class SlowSink : public EventSink {
 public:
  explicit SlowSink(std::shared_future<void> go_on) : go_on_(std::move(go_on)) {}
  void on_process(const ProcessDescription&) noexcept override {}
  void on_stream(const StreamDescription&) noexcept override {}
  void on_block(const ClosedBlock& block) noexcept override {
    go_on_.wait();
    if (block.kind == StreamKind::kMetrics) nb_metrics_ += block.nb_objects;
  }
  void drain(std::chrono::steady_clock::time_point) noexcept override {}
  int nb_metrics() const noexcept { return nb_metrics_; }

 private:
  std::shared_future<void> go_on_;
  int nb_metrics_ = 0;
};

TEST_CASE("beyond the memory bound events are dropped and counted, and nobody waits",
          "[collector]") {
  std::promise<void> go_on;
  // The pool keeps what earlier tests took from the system: the bound cannot be less.
  const std::size_t bound =
      std::max<std::size_t>(ThreadRegistry::instance().chunks().allocated(), 32) * Chunk::kBytes;
  const int nb_spans = static_cast<int>(bound / 32);  // Twice as many as have room.
  Recorder recorder({.block_bytes = 64 * 1024, .buffer_bytes = bound},
                    std::make_unique<SlowSink>(go_on.get_future().share()));
  make_spans(nb_spans);
  go_on.set_value();
  recorder.stop();
  const RecorderStatistics statistics = recorder.statistics();
  CHECK(statistics.dropped_events > 0);
  // With the metrics that tell of the loss.
  const int of_our_own = static_cast<SlowSink&>(recorder.sink()).nb_metrics();
  CHECK(of_our_own > 0);
  CHECK(statistics.events + statistics.dropped_events ==
        2 * static_cast<std::uint64_t>(nb_spans) + static_cast<std::uint64_t>(of_our_own));
}

TEST_CASE("a second recorder records nothing while the first one lives", "[collector]") {
  RecordedProgram first;
  {
    RecordedProgram second;
    CHECK(first.recorder().recording());
    CHECK_FALSE(second.recorder().recording());
    {
      MM_SPAN("for the first");
    }
    second.flush();
    second.stop();
    CHECK(second.events().empty());
  }
  first.stop();
  CHECK(first.events().size() == 2);
}

TEST_CASE("a recorder that follows another one begins afresh", "[collector]") {
  Worker worker("worker");
  std::string first_stream;
  for (int i = 0; i < 3; ++i) {
    RecordedProgram program;
    worker.run_there([] { MM_SPAN("again"); });
    program.stop();
    worker.run_there([] { MM_SPAN("between"); });
    REQUIRE(program.blocks().size() == 1);
    CHECK(program.blocks()[0].object_offset == 0);
    CHECK(program.events().size() == 2);
    CHECK(program.streams()[0].stream_id.to_string() != first_stream);
    first_stream = program.streams()[0].stream_id.to_string();
  }
}

TEST_CASE("the process is described with a start on a whole microsecond", "[collector]") {
  const Timestamp before = Timestamp::now().floor_to_microsecond();
  const auto parent = ProcessId::random();
  RecordedProgram program(
      {.parent_process_id = parent, .process_properties = {{"version", "7"}, {"exe", "mine"}}});
  program.stop();

  const ProcessDescription process = program.process();
  CHECK(process.exe.ends_with("tracing_tests"));
  CHECK(!process.computer.empty());
  CHECK(process.parent_process_id == parent);
  CHECK(process.start_time >= before);
  CHECK(process.start_time <= Timestamp::now());
  CHECK(process.start_time.ns % 1000 == 0);
  CHECK(process.start_ticks().value == process.start_time.ns);
  const std::map<std::string, std::string> properties(process.properties.begin(),
                                                      process.properties.end());
  CHECK(properties.size() == process.properties.size());
  CHECK(properties.at("version") == "7");
  CHECK(properties.at("exe") == "mine");  // What the application says wins.
  CHECK(properties.contains("logical_cpu_count"));
}

TEST_CASE("event times are those of the system clock", "[collector]") {
  RecordedProgram program;
  std::vector<std::pair<std::int64_t, std::int64_t>> around;
  for (int i = 0; i < 5; ++i) {
    const std::int64_t before = Timestamp::now().ns;
    {
      MM_SPAN("timed");
    }
    around.emplace_back(before, Timestamp::now().ns);
    std::this_thread::sleep_for(10ms);
    if (i == 2) program.flush();
  }
  program.stop();
  const std::vector<Event> events = program.events_named("timed");
  REQUIRE(events.size() == 10);
  constexpr std::int64_t kTolerance = 10'000;
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].time >= around[i / 2].first - kTolerance);
    CHECK(events[i].time <= around[i / 2].second + kTolerance);
  }
}

TEST_CASE("a forked child records nothing and ends in peace", "[collector]") {
  auto program = std::make_unique<RecordedProgram>();
  {
    MM_SPAN("before the fork");
  }
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (int i = 0; i < 10'000; ++i) {
      MM_SPAN("in the child");
    }
    program->flush();
    program.reset();
    ::_exit(42);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
  program->stop();
  CHECK(program->events().size() == 2);
}

}  // namespace
}  // namespace micromegas::tracing
