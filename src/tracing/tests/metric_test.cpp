#include <cmath>
#include <cstdint>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <micromegas/async_span.h>
#include <micromegas/metric.h>
#include <micromegas/target.h>
#include <micromegas/thread_span.h>

#include "recorded_program.h"
#include "tracing/target_switches.h"
#include "tracing/thread_registry.h"

namespace micromegas::tracing {
namespace {

TEST_CASE("a metric has a name, a unit, a target and a value", "[metric]") {
  RecordedProgram program;
  const std::vector<int> queue(3);
  MM_METRIC("queue_length", "count", queue.size());
  MM_METRIC("frame_time", "ms", 16.5);
  program.stop();
  const std::vector<Message> metrics = program.metrics();
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].type == "IntegerMetricEvent");
  CHECK(metrics[0].name == "queue_length");
  CHECK(metrics[0].unit == "count");
  CHECK(metrics[0].target == MICROMEGAS_TARGET);
  CHECK(metrics[0].file.ends_with("src/tracing/tests/metric_test.cpp"));
  CHECK(metrics[0].value == 3);
  CHECK(metrics[1].type == "FloatMetricEvent");
  CHECK(metrics[1].value == 16.5);
  CHECK(metrics[1].unit == "ms");
  REQUIRE(program.streams().size() == 1);
  CHECK(program.streams()[0].kind == StreamKind::kMetrics);
}

TEST_CASE("integers below zero travel as floating point, all others as integers", "[metric]") {
  RecordedProgram program;
  for (const int value : {-1, 0, 1}) MM_METRIC("signed", "count", value);
  MM_METRIC("boolean", "none", true);
  MM_METRIC("large", "count", std::numeric_limits<std::uint64_t>::max());
  MM_METRIC("infinite", "s", std::numeric_limits<float>::infinity());
  MM_METRIC("nothing", "s", std::nan(""));
  program.stop();
  const std::vector<Message> metrics = program.metrics();
  REQUIRE(metrics.size() == 7);
  CHECK(metrics[0].type == "FloatMetricEvent");
  CHECK(metrics[0].value == -1);
  CHECK(metrics[1].type == "IntegerMetricEvent");
  CHECK(metrics[1].value == 0);
  CHECK(metrics[3].value == 1);
  CHECK(metrics[4].value == 18'446'744'073'709'551'616.0);
  CHECK(std::isinf(metrics[5].value));
  CHECK(std::isnan(metrics[6].value));
}

TEST_CASE("a metric bears its own properties and those of the span it is in", "[metric]") {
  RecordedProgram program;
  MM_METRIC("load", "percent", 5, PropertySet{{"shard", "1"}, {"disk", "a"}});
  const ContextScope inside({0, 0, PropertySet{{"shard", "2"}, {"request", "7"}}.id()});
  MM_METRIC("load", "percent", 0.5);
  MM_METRIC("load", "percent", 0.5, PropertySet{{"shard", "1"}});
  program.stop();
  const std::vector<Message> metrics = program.metrics();
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[0].type == "TaggedIntegerMetricEvent");
  CHECK(metrics[0].properties == "shard=1 disk=a");
  CHECK(metrics[1].type == "TaggedFloatMetricEvent");
  CHECK(metrics[1].properties == "shard=2 request=7");
  CHECK(metrics[2].properties == "shard=1 request=7");
}

TEST_CASE("the metrics of a target can be switched off and on", "[metric]") {
  int evaluated = 0;
  const auto measure = [&] { MM_METRIC("evaluated", "count", ++evaluated); };
  RecordedProgram program({.cpu_tracing = false});
  measure();
  set_target(MICROMEGAS_TARGET, {.metrics = false});
  measure();
  CHECK(evaluated == 1);
  TargetSwitches::instance().forget_rules();
  measure();
  program.stop();
  CHECK(program.metrics().size() == 2);
}

TEST_CASE("a target that is switched off while many threads measure stops all of them",
          "[metric]") {
  RecordedProgram program;
  std::vector<std::thread> threads;
  std::atomic<bool> stop{false};
  std::atomic<int> measured{0};
  threads.reserve(3);
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        MM_METRIC("busy", "count", measured.fetch_add(1));
        std::this_thread::yield();
      }
    });
  }
  while (measured < 1000) std::this_thread::yield();
  set_target(MICROMEGAS_TARGET, {.metrics = false});
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const int total = measured;
  MM_METRIC("busy", "count", measured.fetch_add(1));
  TargetSwitches::instance().forget_rules();
  program.stop();
  CHECK(measured == total);
  CHECK(program.metrics().size() == static_cast<std::size_t>(total));
}

// --- losses
// ---------------------------------------------------------------------------------------

/// Loses what it is told to.
class LosingSink : public EventSink {
 public:
  explicit LosingSink(std::shared_ptr<std::vector<Message>> metrics, std::shared_future<void> go_on)
      : metrics_(std::move(metrics)), go_on_(std::move(go_on)) {}
  void on_process(const ProcessDescription&) noexcept override {}
  void on_stream(const StreamDescription&) noexcept override {}
  void on_block(const ClosedBlock& block) noexcept override {
    go_on_.wait();
    if (block.kind != StreamKind::kMetrics) return;
    for (Message& message : read_messages(block)) metrics_->push_back(std::move(message));
  }
  Losses losses() const noexcept override { return losses_; }
  void drain(std::chrono::steady_clock::time_point) noexcept override {}

  void lose(std::uint64_t requests, std::uint64_t events) {
    losses_.dropped_requests += requests;
    losses_.dropped_request_events += events;
  }

 private:
  std::shared_ptr<std::vector<Message>> metrics_;
  std::shared_future<void> go_on_;
  Losses losses_;
};

std::string text_of(const std::vector<Message>& metrics) {
  std::string text;
  for (const Message& metric : metrics) {
    text += metric.name + ' ' + std::to_string(static_cast<std::uint64_t>(metric.value)) + ' ' +
            metric.unit + ' ' + metric.target + '\n';
  }
  return text;
}

TEST_CASE("what the sink loses is a metric, when it changes", "[losses]") {
  const auto metrics = std::make_shared<std::vector<Message>>();
  std::promise<void> go_on;
  go_on.set_value();
  Recorder recorder({}, std::make_unique<LosingSink>(metrics, go_on.get_future().share()));
  auto& sink = static_cast<LosingSink&>(recorder.sink());
  recorder.flush();
  CHECK(metrics->empty());
  sink.lose(2, 300);
  recorder.flush();
  recorder.flush();
  sink.lose(1, 0);
  recorder.stop();
  CHECK(text_of(*metrics) ==
        "micromegas.dropped_requests 2 count micromegas\n"
        "micromegas.dropped_request_events 300 count micromegas\n"
        "micromegas.dropped_requests 3 count micromegas\n");
  CHECK(recorder.statistics().events == metrics->size());
}

TEST_CASE("events and names that were lost are metrics, to the event", "[losses]") {
  const auto metrics = std::make_shared<std::vector<Message>>();
  std::promise<void> go_on;
  const std::size_t bound =
      std::max<std::size_t>(ThreadRegistry::instance().chunks().allocated(), 32) * Chunk::kBytes;
  Recorder recorder({.block_bytes = 64 * 1024, .buffer_bytes = bound},
                    std::make_unique<LosingSink>(metrics, go_on.get_future().share()));
  for (std::size_t i = 0; i < bound / 16; ++i) MM_METRIC("too many", "count", i);
  go_on.set_value();
  recorder.stop();
  const std::uint64_t dropped = recorder.statistics().dropped_events;
  CHECK(dropped > 0);
  const std::uint64_t events = recorder.statistics().events;
  std::erase_if(*metrics, [](const Message& m) { return m.name == "too many"; });
  CHECK(events + dropped == bound / 16 + metrics->size());  // With those that tell of the loss.
  REQUIRE(!metrics->empty());
  CHECK(metrics->back().name == "micromegas.dropped_events");
  CHECK(metrics->back().value == static_cast<double>(dropped));
}

TEST_CASE("properties that have no room are a metric", "[losses]") {
  RecordedProgram program;
  const std::string huge(PropertySet::kMaxBytes + 1, 'x');
  MM_METRIC("tagged", "count", 1, PropertySet{{"huge", huge}});
  program.stop();
  const std::vector<Message> metrics = program.metrics();
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].name == "tagged");
  CHECK(metrics[1].name == "micromegas.properties_refused");
  CHECK(metrics[1].value == 1);
}

}  // namespace
}  // namespace micromegas::tracing
