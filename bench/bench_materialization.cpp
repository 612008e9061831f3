// How fast blocks become partitions: a cold query's first half, on one machine, from the lake's
// folder to published Parquet files.
//
//     bench_materialization [events]      default: 10,000,000, in blocks of 64 Ki
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lake/lake.h"
#include "transit/stream_types.h"
#include "transit/thread_block_encoder.h"
#include "views/arrow_error.h"
#include "views/async_events_view.h"
#include "views/partition_file.h"
#include "views/partition_updater.h"
#include "views/partition_writer.h"
#include "wire/lz4_frame.h"

namespace micromegas::views {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEventsPerBlock = std::size_t{64} << 10;
constexpr std::size_t kThreads = 8;
constexpr std::size_t kSites = 200;
constexpr std::uint32_t kMaxDepth = 6;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Threads that open and close nested async spans; gaps between events are log-normal with a median
/// of 2 us.
class Program {
 public:
  explicit Program(lake::Lake& lake) : lake_(lake) {
    process_.process_id = ProcessId::random();
    process_.exe = "bench";
    process_.tsc_frequency = 1'000'000'000;
    process_.start_time = {1'795'327'341'939'069'000};
    lake::IngestBatch batch;
    batch.processes = {process_};
    for (std::size_t i = 0; i < kSites; ++i) {
      names_.push_back("shop::service::operation_" + std::to_string(i));
      files_.push_back("src/service_" + std::to_string(i / 10) + ".cpp");
      targets_.push_back("shop::module_" + std::to_string(i / 40));
    }
    for (std::size_t i = 0; i < kSites; ++i) {
      sites_.push_back({names_[i], targets_[i], targets_[i], files_[i],
                        static_cast<std::uint32_t>(10 + i * 17 % 3000), 3});
    }
    for (Thread& thread : threads_) {
      thread.stream.process_id = process_.process_id;
      thread.stream.stream_id = StreamId::random();
      thread.stream.dependencies_metadata = transit::thread_stream_types().dependencies;
      thread.stream.objects_metadata = transit::thread_stream_types().objects;
      thread.stream.tags = {"cpu"};
      batch.streams.push_back(thread.stream);
    }
    lake_.metadata().ingest(batch);
  }

  ProcessId process_id() const { return process_.process_id; }
  std::size_t payload_bytes() const { return payload_bytes_; }

  void record(std::size_t events) {
    for (std::size_t i = 0; events > 0; ++i) {
      const std::size_t block = std::min(events, kEventsPerBlock);
      record_block(threads_[i % kThreads], block);
      events -= block;
    }
  }

 private:
  struct OpenSpan {
    const transit::CallSite* site;
    transit::AsyncSpanIds ids;
  };
  struct Thread {
    wire::StreamInfo stream;
    std::vector<OpenSpan> open;
    std::int64_t now = 0;
    std::int64_t object_offset = 0;
  };

  void record_block(Thread& thread, std::size_t events) {
    wire::BlockMessage block;
    block.info.begin_ticks = {thread.now};
    block.info.begin_time = {process_.start_time.ns + thread.now};
    encoder_.clear();
    for (std::size_t i = 0; i < events; ++i) record_event(thread);
    block.info.block_id = BlockId::random();
    block.info.stream_id = thread.stream.stream_id;
    block.info.process_id = process_.process_id;
    block.info.end_ticks = {thread.now};
    block.info.end_time = {process_.start_time.ns + thread.now};
    block.info.object_offset = thread.object_offset;
    block.info.nb_objects = encoder_.nb_objects();
    block.payload = {wire::compress_frame(encoder_.dependencies(), wire::kFastLz4),
                     wire::compress_frame(encoder_.objects(), wire::kFastLz4)};
    thread.object_offset += encoder_.nb_objects();
    ingest(block);
  }

  void record_event(Thread& thread) {
    thread.now += static_cast<std::int64_t>(gap_(random_));
    auto& open = thread.open;
    if (open.empty() || (open.size() < kMaxDepth && random_() % 2 == 0)) {
      transit::AsyncSpanIds ids{++last_span_id_, 0, static_cast<std::uint32_t>(open.size())};
      if (!open.empty()) ids.parent_span_id = open.back().ids.span_id;
      open.push_back({&sites_[random_() % kSites], ids});
      encoder_.begin_async_span(*open.back().site, ids, {thread.now});
    } else {
      encoder_.end_async_span(*open.back().site, open.back().ids, {thread.now});
      open.pop_back();
    }
  }

  void ingest(const wire::BlockMessage& block) {
    const Bytes payload = wire::encode_payload(block.payload);
    const auto& info = block.info;
    lake::BlockRow row;
    row.info = info;
    row.payload_size = static_cast<std::int64_t>(payload.size());
    row.payload = lake_.blobs()
                      .write({{info.process_id, info.stream_id, info.block_id, ByteView(payload)}})
                      .front();
    lake_.metadata().ingest({.processes = {}, .streams = {}, .blocks = {row}});
    payload_bytes_ += payload.size();
  }

  lake::Lake& lake_;
  wire::ProcessInfo process_;
  std::vector<std::string> names_;
  std::vector<std::string> files_;
  std::vector<std::string> targets_;
  std::vector<transit::CallSite> sites_;
  std::vector<Thread> threads_{kThreads};
  transit::ThreadBlockEncoder encoder_;
  std::mt19937_64 random_{20'261'122};
  std::lognormal_distribution<double> gap_{std::log(2000.0), 1.0};
  std::uint64_t last_span_id_ = 0;
  std::size_t payload_bytes_ = 0;
};

/// CPU seconds to decompress all blocks of the process.
double decompress_all(lake::Lake& lake, ProcessId process) {
  double seconds = 0;
  Bytes content;
  for (const auto& row : lake.metadata().blocks_of_process(process, 0)) {
    const auto payload = wire::decode_payload(lake.blobs().read(row.payload));
    const double begin = cpu_seconds();
    wire::decompress_frame(payload.dependencies, content);
    wire::decompress_frame(payload.objects, content);
    seconds += cpu_seconds() - begin;
  }
  return seconds;
}

/// CPU seconds that Arrow takes to write the rows of the partitions once more, with the same
/// settings, from columns that lie ready in memory.
double rewrite_all(const lake::Lake& lake, const View& view,
                   const std::vector<lake::PartitionRow>& partitions, const fs::path& folder) {
  double seconds = 0;
  for (const auto& partition : partitions) {
    auto file = take_arrow(
        arrow::io::ReadableFile::Open((lake.partitions_folder() / partition.file_path).string()));
    parquet::arrow::FileReaderBuilder builder;
    check_arrow(builder.Open(file));
    parquet::ArrowReaderProperties properties;
    for (int i = 0; i < view.stored_schema()->num_fields(); ++i) {
      const bool is_text = view.stored_schema()->field(i)->type()->id() == arrow::Type::DICTIONARY;
      properties.set_read_dictionary(i, is_text);
    }
    properties.set_batch_size(static_cast<std::int64_t>(kMaxRowsPerGroup));
    auto reader = take_arrow(builder.properties(properties)->Build());
    auto batches = take_arrow(reader->GetRecordBatchReader());
    PartitionFile copy(folder, view.key(), partition.insert_range.begin);
    PartitionWriter writer(copy, view.stored_schema());
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      check_arrow(batches->ReadNext(&batch));
      if (!batch) break;
      const double begin = cpu_seconds();
      writer.write_row_group({batch, std::nullopt});
      seconds += cpu_seconds() - begin;
    }
  }
  return seconds;
}

/// In a process of its own, so that its peak of memory is that of the build.
int build(const std::string& folder, const std::string& process) {
  const auto lake = lake::Lake::open({.folder = folder});
  const auto view = std::make_shared<AsyncEventsView>(ProcessId::parse(process).value());
  const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());

  const double idle_megabytes = peak_megabytes();
  const double begin = now();
  const double cpu_begin = cpu_seconds();
  PartitionUpdater updater(lake, {.threads = threads});
  const auto partitions = updater.bring_up_to_date(*view, std::nullopt, {});
  const double seconds = now() - begin;
  const double cpu = cpu_seconds() - cpu_begin;
  const double megabytes = peak_megabytes();

  double rows = 0;
  double bytes = 0;
  for (const auto& partition : partitions) {
    rows += static_cast<double>(partition.num_rows);
    bytes += static_cast<double>(partition.file_size);
  }
  constexpr int kWarmRounds = 200;
  const double warm_begin = now();
  for (int i = 0; i < kWarmRounds; ++i) updater.bring_up_to_date(*view, std::nullopt, {});
  const double warm = (now() - warm_begin) / kWarmRounds;

  const double lz4 = decompress_all(*lake, view->process_id());
  const double arrow = rewrite_all(*lake, *view, partitions, fs::path(folder) / "copies");

  std::printf(
      "{\"bench\":\"materialization_cold\",\"rows\":%.0f,\"threads\":%zu,\"seconds\":%.3f,"
      "\"rows_per_s\":%.0f,\"compared_to\":\"goal: 10 million rows in 1.6 s\",\"ratio\":%.2f}\n",
      rows, threads, seconds, rows / seconds, seconds / (1.6 * rows / 1e7));
  std::printf(
      "{\"bench\":\"materialization_per_core\",\"cpu_seconds\":%.3f,\"rows_per_s\":%.0f,"
      "\"compared_to\":\"decompressing the blocks (%.3f s) and writing the rows with Arrow (%.3f "
      "s)\",\"ratio\":%.2f}\n",
      cpu, rows / cpu, lz4, arrow, cpu / (lz4 + arrow));
  std::printf(
      "{\"bench\":\"materialization_size\",\"bytes\":%.0f,\"bytes_per_row\":%.2f,"
      "\"partitions\":%zu,\"compared_to\":\"goal: 100 MB for 10 million rows\",\"ratio\":%.2f}\n",
      bytes, bytes / rows, partitions.size(), bytes / (10 * rows));
  std::printf(
      "{\"bench\":\"materialization_memory\",\"peak_mb\":%.0f,\"before_mb\":%.0f,"
      "\"compared_to\":\"goal: 512 MB\",\"ratio\":%.2f}\n",
      megabytes, idle_megabytes, megabytes / 512);
  std::printf(
      "{\"bench\":\"materialization_warm\",\"milliseconds\":%.3f,\"compared_to\":\"goal: 1 ms\","
      "\"ratio\":%.2f}\n",
      1e3 * warm, 1e3 * warm);
  return 0;
}

int spawn_build(const std::string& folder, const std::string& process) {
  std::string self = "/proc/self/exe";
  std::string verb = "--build";
  std::string folder_argument = folder;
  std::string process_argument = process;
  char* arguments[] = {self.data(), verb.data(), folder_argument.data(), process_argument.data(),
                       nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, self.c_str(), nullptr, nullptr, arguments, environ) != 0) return 1;
  int status = 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int run(std::size_t events) {
  std::string pattern = (fs::temp_directory_path() / "bench-materialization-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return 1;
  int status = 1;
  {
    const auto lake = lake::Lake::open({.folder = pattern});
    Program program(*lake);
    program.record(events);
    status = spawn_build(pattern, program.process_id().to_string());
  }
  fs::remove_all(pattern);
  return status;
}

}  // namespace
}  // namespace micromegas::views

int main(int argc, char** argv) {
  namespace views = micromegas::views;
  if (argc == 4 && std::string(argv[1]) == "--build") return views::build(argv[2], argv[3]);
  return views::run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000);
}
