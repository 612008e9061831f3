// Records spans on a few threads until it is killed, or kills itself.
//
//     recovery_victim <crash folder> <file of its VictimReport> <how it dies> <hold | deliver>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <micromegas/async_span.h>
#include <micromegas/log.h>
#include <micromegas/thread_span.h>

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
      if (key == "thread-name") threads_[stream.stream_id] = value.back() - '0';
    }
  }

  void on_block(const tracing::ClosedBlock& block) noexcept override {
    if (!delivers_) {
      held_.push_back(block.evidence);
      return;
    }
    const std::uint64_t number = report_.nb_blocks.load();
    report_.blocks[number] = {block.stream_id.uuid.bytes, block.object_offset};
    if (block.kind == tracing::StreamKind::kLog) {
      report_.delivered_logs += static_cast<std::uint64_t>(block.nb_objects);
    }
    if (block.kind == tracing::StreamKind::kThread) {
      report_.delivered_events[static_cast<std::size_t>(threads_.at(block.stream_id))] +=
          static_cast<std::uint64_t>(block.nb_objects);
    }
    report_.nb_blocks.store(number + 1);
  }

  void drain(std::chrono::steady_clock::time_point) noexcept override {}

 private:
  VictimReport& report_;
  const bool delivers_;
  std::map<micromegas::StreamId, int> threads_;
  std::vector<std::shared_ptr<const void>> held_;
};

void work(std::size_t number, VictimReport& report) {
  ::pthread_setname_np(::pthread_self(), ("worker " + std::to_string(number)).c_str());
  std::atomic<std::uint64_t>& events = report.events[number];
  const auto count = [&events] { events.store(events.load() + 1); };
  const auto count_log = [&logs = report.logs[number]] { logs.store(logs.load() + 1); };
  MM_SPAN("never ends");
  count();
  for (;;) {
    for (int i = 0; i < 50; ++i) {
      {
        MM_SPAN("inner");
        count();
        {
          micromegas::AsyncSpan parent(MM_SITE("parent"));
          count();
          const micromegas::ContextScope inside(parent.context());
          {
            micromegas::AsyncSpan child(MM_SITE("child"));
            count();
          }
          count();
        }
        count();
      }
      count();
    }
    // A text of the site, and one of the moment.
    MM_LOG_INFO("fifty done");
    count_log();
    MM_LOG_INFO("thread {} has {} events", number, events.load());
    count_log();
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
}

[[noreturn]] void die(std::string_view how) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  if (how == "abort") std::abort();
  if (how == "segv") {
    ::signal(SIGSEGV, SIG_DFL);  // Not the sanitizers' handler.
    // Not at null, which they would see before the processor does.
    void* const forbidden =
        ::mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *static_cast<volatile int*>(forbidden) = 1;
  }
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int file = ::open(argv[2], O_RDWR | O_CLOEXEC);
  void* memory = ::mmap(nullptr, sizeof(VictimReport), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return 2;
  auto& report = *static_cast<VictimReport*>(memory);

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
  die(argv[3]);
}
