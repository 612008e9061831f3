#include "tracing/crash_file.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <micromegas/async_span.h>
#include <micromegas/thread_span.h>

#include "recovery/process_folder.h"
#include "replayed_blocks.h"
#include "tracing/block_file.h"
#include "tracing/recorder.h"
#include "victim.h"

namespace micromegas::tracing {
namespace {

/// Counts.
class CountingSink : public EventSink {
 public:
  explicit CountingSink(std::int64_t& events) : events_(events) {}
  void on_process(const ProcessDescription&) noexcept override {}
  void on_stream(const StreamDescription&) noexcept override {}
  void on_block(const ClosedBlock& block) noexcept override { events_ += block.nb_objects; }
  void drain(std::chrono::steady_clock::time_point) noexcept override {}

 private:
  std::int64_t& events_;
};

/// Events that are recorded of so many, on this thread and on a new one.
std::int64_t record(const std::string& crash_folder, int spans) {
  std::int64_t events = 0;
  RecorderOptions options;
  options.crash_folder = crash_folder;
  options.block_bytes = 64 * 1024;
  Recorder recorder(options, std::make_unique<CountingSink>(events));
  const auto work = [spans] {
    for (int i = 0; i < spans; ++i) AsyncSpan span(MM_SITE("span"));
  };
  work();
  std::thread(work).join();
  recorder.stop();
  return events;
}

TEST_CASE("a recording that ends well leaves nothing", "[crash_file]") {
  const recovery::TestFolder folder;
  CHECK(record(folder.path(), 10'000) == 40'000);
  CHECK(std::filesystem::is_empty(folder.path()));
  // The next one has a file of its own, and threads move over to it.
  CHECK(record(folder.path(), 100) == 400);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("where there can be no crash file, recording goes on without", "[crash_file]") {
  CHECK(record("/proc/no/such/folder", 1000) == 4000);

  // A child, since the limit is the whole process's: no file may grow, as on a full disk.
  const recovery::TestFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const bool all = record(folder.path(), 1000) == 4000;
    ::_exit(all && std::filesystem::is_empty(folder.path()) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("blocks on their way take a bounded part of the disk", "[crash_file]") {
  const recovery::TestFolder folder;
  const Bytes more_than_half(kMostBytesOnTheWay / 2 + 1);
  ClosedBlock block;
  block.objects = more_than_half;
  block.nb_objects = 1;
  auto first = write_block_file(folder.path(), block, {});
  CHECK(first != nullptr);
  block.object_offset = 1;
  CHECK(write_block_file(folder.path(), block, {}) == nullptr);
  first.reset();
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(write_block_file(folder.path(), block, {}) != nullptr);
}

TEST_CASE("a forked child leaves its parent's evidence alone", "[crash_file]") {
  const recovery::TestFolder folder;
  std::int64_t events = 0;
  RecorderOptions options;
  options.crash_folder = folder.path();
  Recorder recorder(options, std::make_unique<CountingSink>(events));
  for (int i = 0; i < 100; ++i) AsyncSpan span(MM_SITE("before"));
  const pid_t child = ::fork();
  if (child == 0) {
    for (int i = 0; i < 10'000; ++i) AsyncSpan span(MM_SITE("in the child"));
#if defined(__SANITIZE_THREAD__)
    ::_exit(0);  // The sanitizer starts no threads in a child of a process that has some.
#else
    // It may even have a recording, and a crash file, of its own.
    ::_exit(record(folder.path(), 1000) == 4000 ? 0 : 1);
#endif
  }
  for (int i = 0; i < 100; ++i) AsyncSpan span(MM_SITE("after"));
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);

  const auto names = recovery::processes_in(folder.path());
  REQUIRE(names.size() == 1);
  CHECK(CrashFile::is_ours(names.front()));
  recovery::ProcessFolder ours(folder.path() / names.front());
  CHECK(ours.open() == recovery::ProcessFolder::State::kInUse);
  recorder.stop();
  CHECK(events == 400);
}

}  // namespace
}  // namespace micromegas::tracing
