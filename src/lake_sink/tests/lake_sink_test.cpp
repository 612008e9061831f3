#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <micromegas/micromegas.h>

#include "base/error.h"
#include "lake_sink/lake_writer.h"
#include "test_lake.h"

// A program that writes into a folder, and those who read there.

namespace micromegas::lake_sink {
namespace {

using namespace std::chrono_literals;
using views::TemporaryFolder;

TelemetryOptions options_for(const std::filesystem::path& folder) {
  return {.url = "file://" + folder.string(), .cpu_tracing = true};
}

std::shared_ptr<lake::Lake> open_lake(const std::filesystem::path& folder) {
  return lake::Lake::open({.folder = folder, .must_exist = true});
}

ProcessId id_of(const TelemetryGuard& guard) { return *ProcessId::parse(guard.process_id()); }

TEST_CASE("a program that is told a folder writes a lake there, which views then read",
          "[lake_sink]") {
  const TemporaryFolder folder;
  TelemetryGuard telemetry(options_for(folder.path() / "new lake"));
  REQUIRE(telemetry.recording());
  const ProcessId process = id_of(telemetry);
  {
    const AsyncSpan request(MM_SITE("request"));
    const ContextScope inside(request.context());
    std::thread(bind_context([] { const AsyncSpan fetch(MM_SITE("fetch")); })).join();
  }
  const TelemetryStatistics statistics = telemetry.stop();
  CHECK(statistics.events == 4);
  CHECK(statistics.blocks_sent == 2);
  CHECK(statistics.dropped_events + statistics.dropped_requests == 0);

  const auto rows = views::async_events(open_lake(folder.path() / "new lake"), process);
  REQUIRE(rows.size() == 4);
  for (const views::EventRow& row : rows) {
    if (row.name == "fetch") CHECK(row.depth == 1);
    if (row.name == "request") CHECK_FALSE(row.parent_span_id);
  }
}

TEST_CASE("what was flushed is in the lake while the program runs", "[lake_sink]") {
  const TemporaryFolder folder;
  TelemetryGuard telemetry(options_for(folder.path()));
  {
    const AsyncSpan span(MM_SITE("span"));
  }
  telemetry.flush();
  for (int i = 0; i < 500 && telemetry.statistics().blocks_sent == 0; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  CHECK(views::async_events(open_lake(folder.path()), id_of(telemetry)).size() == 2);
}

TEST_CASE("several processes write into one lake at the same time", "[lake_sink]") {
  constexpr int kPrograms = 4;
  const TemporaryFolder folder;
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "lake_sink_write_lake";
  const std::string command =
      "MICROMEGAS_TELEMETRY_URL=file://" + folder.path().string() + " " + program.string();
  std::atomic<int> succeeded{0};
  std::vector<std::thread> runs;
  runs.reserve(kPrograms);
  for (int i = 0; i < kPrograms; ++i) {
    runs.emplace_back([&] {
      if (std::system(command.c_str()) == 0) ++succeeded;
    });
  }
  for (std::thread& run : runs) run.join();
  REQUIRE(succeeded == kPrograms);

  int processes = 0;
  const auto lake = open_lake(folder.path());
  lake->metadata().scan_processes(
      std::nullopt, [&](const lake::ProcessRow& row, const lake::BlockTotals& totals) {
        ++processes;
        CHECK(totals.nb_events == 40);
        CHECK(views::async_events(lake, row.info.process_id).size() == 40);
        return true;
      });
  CHECK(processes == kPrograms);
}

TEST_CASE("a folder that is no lake records nothing, and the program runs on", "[lake_sink]") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "something else") << "there";
  TelemetryGuard telemetry(options_for(folder.path()));
  CHECK_FALSE(telemetry.recording());
  {
    const AsyncSpan span(MM_SITE("span"));
  }
  CHECK(telemetry.stop().events == 0);
}

TEST_CASE("a forked child leaves its parent's lake alone", "[lake_sink]") {
  const TemporaryFolder folder;
  TelemetryGuard telemetry(options_for(folder.path()));
  const pid_t child = ::fork();
  if (child == 0) {
    const TelemetryGuard own(options_for(folder.path()));
    std::_Exit(own.recording() ? 1 : 0);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(telemetry.recording());
}

// --- the writer, with a lake that fails

/// A lake whose blobs cannot be stored as long as a test wants it so.
class FailingLake final : public lake::Lake, public lake::BlobStore {
 public:
  explicit FailingLake(std::shared_ptr<lake::Lake> lake) : lake_(std::move(lake)) {}

  std::atomic<int> failures_left{0};
  std::atomic<bool> hanging{false};

  lake::MetadataStore& metadata() override { return lake_->metadata(); }
  const lake::MetadataStore& metadata() const override { return lake_->metadata(); }
  lake::BlobStore& blobs() override { return *this; }
  const std::filesystem::path& partitions_folder() const override {
    return lake_->partitions_folder();
  }

  std::vector<lake::BlobLocation> write(const std::vector<lake::BlobWrite>& blobs) override {
    while (hanging) std::this_thread::sleep_for(1ms);
    if (failures_left > 0) {
      --failures_left;
      throw unavailable("the disk is full");
    }
    return lake_->blobs().write(blobs);
  }
  Bytes read(const lake::BlobLocation& location) const override {
    return lake_->blobs().read(location);
  }

 private:
  std::shared_ptr<lake::Lake> lake_;
};

struct WrittenLake {
  TemporaryFolder folder;
  std::shared_ptr<FailingLake> lake =
      std::make_shared<FailingLake>(lake::Lake::open({.folder = folder.path()}));
};

BlockToStore block_of(std::size_t bytes, std::int32_t nb_events) {
  BlockToStore block;
  block.info.block_id = BlockId::random();
  block.info.stream_id = StreamId::random();
  block.info.process_id = ProcessId::random();
  block.info.nb_objects = nb_events;
  block.blob.resize(bytes);
  return block;
}

auto soon() { return std::chrono::steady_clock::now() + 5s; }

TEST_CASE("a lake that cannot be written to is tried again", "[lake_sink]") {
  const WrittenLake written;
  written.lake->failures_left = 2;
  LakeWriter writer(written.lake, {});
  writer.store(block_of(100, 7));
  for (int i = 0; i < 500 && writer.statistics().sent == 0; ++i) std::this_thread::sleep_for(10ms);
  writer.drain(soon());
  CHECK(writer.statistics().sent_blocks == 1);
  CHECK(writer.statistics().failed_attempts == 2);
  CHECK(writer.statistics().dropped == 0);
  CHECK(writer.statistics().last_error == "the disk is full");
}

TEST_CASE("while a lake cannot be written to, memory stays below the limit and losses are counted",
          "[lake_sink]") {
  const WrittenLake written;
  written.lake->failures_left = 1'000'000;
  LakeWriter writer(written.lake, {.max_bytes_for_traces = 100'000, .max_bytes = 200'000});
  int stored = 0;
  while (writer.has_room(sink::Priority::kTraces)) {
    writer.store(block_of(10'000, 5));
    ++stored;
  }
  CHECK(stored < 20);
  CHECK(writer.has_room(sink::Priority::kLogs));
  CHECK(writer.has_room(sink::Priority::kMetadata));
  writer.count_full(3);
  writer.drain(std::chrono::steady_clock::now() + 50ms);
  const sink::UploadStatistics statistics = writer.statistics();
  CHECK(statistics.sent == 0);
  CHECK(statistics.dropped_full == 1);
  CHECK(statistics.dropped_late == static_cast<std::uint64_t>(stored));
  CHECK(statistics.dropped_events == static_cast<std::uint64_t>(5 * stored + 3));
}

TEST_CASE("what keeps a block for the case of a crash is held until the block is stored",
          "[lake_sink]") {
  const WrittenLake written;
  written.lake->hanging = true;
  LakeWriter writer(written.lake, {});
  auto evidence = std::make_shared<int>(0);
  BlockToStore block = block_of(100, 7);
  block.evidence = evidence;
  writer.store(std::move(block));
  std::this_thread::sleep_for(20ms);
  CHECK(evidence.use_count() == 2);
  written.lake->hanging = false;
  writer.drain(soon());
  CHECK(writer.statistics().sent == 1);
  CHECK(evidence.use_count() == 1);
}

TEST_CASE("what the lake refuses takes nothing else along", "[lake_sink]") {
  const WrittenLake written;
  LakeWriter writer(written.lake, {});
  wire::ProcessInfo impossible;
  impossible.process_id = ProcessId::random();
  impossible.exe = std::string(1000, 'x');  // Beyond what the column holds.
  writer.store(impossible);
  writer.store(block_of(100, 7));
  writer.drain(soon());
  CHECK(writer.statistics().dropped_refused == 1);
  CHECK(writer.statistics().sent_blocks == 1);
}

TEST_CASE("a disk that does not answer does not hold the program's end up", "[lake_sink]") {
  const WrittenLake written;
  written.lake->hanging = true;
  {
    LakeWriter writer(written.lake, {});
    writer.store(block_of(100, 7));
    std::this_thread::sleep_for(20ms);
    writer.store(block_of(100, 8));
    const auto before = std::chrono::steady_clock::now();
    writer.drain(before + 50ms);
    CHECK(std::chrono::steady_clock::now() - before < 2s);
    CHECK(writer.statistics().dropped_events >= 8);
  }
  written.lake->hanging = false;
  // The writer's thread ends by itself now, and with it its share of the lake.
  for (int i = 0; i < 500 && written.lake.use_count() > 1; ++i) std::this_thread::sleep_for(10ms);
  CHECK(written.lake.use_count() == 1);
}

}  // namespace
}  // namespace micromegas::lake_sink
