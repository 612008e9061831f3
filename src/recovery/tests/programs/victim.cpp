// Records spans, what is said of them, logs and metrics on a few threads until it is killed, or
// kills itself.
//
//     recovery_victim <crash folder> <file of its VictimReport> <how it dies> <hold | deliver>
#include <chrono>
#include <coroutine>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <pthread.h>
#include <unistd.h>

#include <micromegas/async_span.h>
#include <micromegas/log.h>
#include <micromegas/metric.h>
#include <micromegas/target.h>
#include <micromegas/task.h>
#include <micromegas/thread_span.h>

#include "recovery/tests/programs/die.h"
#include "recovery/tests/victim_report.h"
#include "tracing/recorder.h"

namespace {

using micromegas::recovery::VictimReport;
namespace tracing = micromegas::tracing;

/// Delivers at once and says so, or never: then nothing is delivered before the process dies.
class VictimSink : public tracing::EventSink {
 public:
  VictimSink(VictimReport& report, bool delivers) : report_(report), delivers_(delivers) {}

  void on_process(const tracing::ProcessDescription&) noexcept override {}

  void on_stream(const tracing::StreamDescription& stream) noexcept override {
    for (const auto& [key, value] : stream.properties) {
      if (key == "thread-name")
        threads_[stream.stream_id] = static_cast<std::uint32_t>(value.back() - '0');
    }
  }

  void on_block(const tracing::ClosedBlock& block) noexcept override {
    if (!delivers_) {
      held_.push_back(block.evidence);
      return;
    }
    const std::uint64_t number = report_.nb_blocks.load();
    const auto thread = threads_.find(block.stream_id);
    report_.blocks[number] = {block.kind, thread == threads_.end() ? 0 : thread->second,
                              block.stream_id.uuid.bytes, block.object_offset, block.nb_objects};
    report_.nb_blocks.store(number + 1);
  }

  void drain(std::chrono::steady_clock::time_point) noexcept override {}

 private:
  VictimReport& report_;
  const bool delivers_;
  std::map<micromegas::StreamId, std::uint32_t> threads_;
  std::vector<std::shared_ptr<const void>> held_;
};

/// One thread's counts in the report. Each is told of an event right behind it.
struct Counts {
  Counts(std::size_t number, VictimReport& report)
      : events(report.events[number]),
        details(report.details[number]),
        logs(report.logs[number]),
        metrics(report.metrics[number]) {}

  static void one_more(std::atomic<std::uint64_t>& count) { count.store(count.load() + 1); }

  std::atomic<std::uint64_t>& events;
  std::atomic<std::uint64_t>& details;
  std::atomic<std::uint64_t>& logs;
  std::atomic<std::uint64_t>& metrics;
};

/// What a coroutine waits for until somebody says `go_on`.
class Pause {
 public:
  explicit Pause(const Counts& counts) : counts_(counts) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept {
    Counts::one_more(counts_.details);  // It is recorded that the coroutine waits ...
    waiting_ = waiting;
  }
  void await_resume() const noexcept { Counts::one_more(counts_.details); }  // ... and goes on.
  void go_on() { waiting_.resume(); }

 private:
  const Counts& counts_;
  std::coroutine_handle<> waiting_;
};

micromegas::Task<> wait_for(Pause* pause, const Counts* counts, std::atomic<std::uint32_t>* line) {
  {
    MM_CO_SPAN("waits");
    Counts::one_more(counts->events);
    line->store(__LINE__ + 1);
    co_await *pause;
  }
  Counts::one_more(counts->events);
}

void record_spans(const Counts& counts) {
  for (int i = 0; i < 50; ++i) {
    {
      MM_SPAN("inner");
      Counts::one_more(counts.events);
      {
        micromegas::AsyncSpan parent(MM_SITE("parent"));
        Counts::one_more(counts.events);
        const micromegas::ContextScope inside(parent.context());
        {
          micromegas::AsyncSpan child(MM_SITE("child"));
          Counts::one_more(counts.events);
        }
        Counts::one_more(counts.events);
      }
      Counts::one_more(counts.events);
    }
    Counts::one_more(counts.events);
  }
}

/// A span with properties, what happens inside it, and all else that can be said of spans.
void record_request(std::size_t number, std::uint64_t round, const Counts& counts,
                    VictimReport& report) {
  micromegas::AsyncSpan request(MM_SITE("request"));
  Counts::one_more(counts.events);
  const std::string thread_text = std::to_string(number);
  const std::string round_text = std::to_string(round % VictimReport::kSets);
  request.add_properties({{"thread", thread_text}, {"round", round_text}});
  Counts::one_more(counts.details);
  const micromegas::ContextScope inside(request.context());
  {
    Pause pause(counts);
    micromegas::Task<> task = wait_for(&pause, &counts, &report.await_line);
    task.start();
    pause.go_on();
  }
  // A text of the site, and one of the moment.
  MM_LOG_INFO("fifty done");
  Counts::one_more(counts.logs);
  MM_LOG_INFO_WITH(micromegas::PropertySet({{"step", "log"}}), "thread {} in round {}", number,
                   round);
  Counts::one_more(counts.logs);
  MM_METRIC("round", "count", round);
  Counts::one_more(counts.metrics);
  MM_METRIC("share", "1", 0.5, micromegas::PropertySet({{"step", "metric"}}));
  Counts::one_more(counts.metrics);
  request.fail("round " + std::to_string(round) + " is never enough");
  Counts::one_more(counts.details);
  Counts::one_more(counts.events);
}

void work(std::size_t number, VictimReport& report) {
  ::pthread_setname_np(::pthread_self(), ("worker " + std::to_string(number)).c_str());
  const Counts counts(number, report);
  MM_SPAN("never ends");
  Counts::one_more(counts.events);
  for (std::uint64_t round = 0;; ++round) {
    record_spans(counts);
    record_request(number, round, counts, report);
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  VictimReport* mapped = VictimReport::map(argv[2]);
  if (mapped == nullptr) return 2;
  VictimReport& report = *mapped;

  micromegas::set_suspensions("1");
  tracing::RecorderOptions options;
  options.crash_folder = argv[1];
  options.block_bytes = 16 * 1024;
  options.flush_period = std::chrono::milliseconds(5);
  tracing::Recorder recorder(
      options, std::make_unique<VictimSink>(report, std::string_view(argv[4]) == "deliver"));
  std::vector<std::thread> threads;
  threads.reserve(VictimReport::kThreads);
  for (std::size_t i = 0; i < VictimReport::kThreads; ++i) {
    threads.emplace_back(work, i, std::ref(report));
  }
  while (!report.busy(1000)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  micromegas::recovery::die(argv[3]);
}
