#include "test_lake.h"

#include <algorithm>
#include <stdexcept>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <unistd.h>

#include "views/arrow_error.h"
#include "views/async_events_view.h"
#include "views/partition_updater.h"

namespace micromegas::views {
namespace {

namespace fs = std::filesystem;

/// One column of a table, read by row.
class Column {
 public:
  Column(const arrow::Table& table, const char* name)
      : array_(take_arrow(arrow::Concatenate(table.GetColumnByName(name)->chunks()))) {}

  bool is_null(std::int64_t row) const { return array_->IsNull(row); }
  std::string text(std::int64_t row) const {
    return static_cast<const arrow::StringArray&>(*array_).GetString(row);
  }
  std::int64_t i64(std::int64_t row) const {
    return static_cast<const arrow::Int64Array&>(*array_).Value(row);
  }
  std::int64_t time(std::int64_t row) const {
    return static_cast<const arrow::TimestampArray&>(*array_).Value(row);
  }
  std::uint32_t u32(std::int64_t row) const {
    return static_cast<const arrow::UInt32Array&>(*array_).Value(row);
  }

 private:
  std::shared_ptr<arrow::Array> array_;
};

/// Memory where the system offers it: a lake syncs what it acknowledges, and these tests are not
/// about disks.
fs::path folder_for_tests() {
  std::error_code error;
  fs::path memory = "/dev/shm";
  const fs::space_info space = fs::space(memory, error);
  constexpr std::uintmax_t kEnough = std::uintmax_t{512} << 20;
  if (!error && space.available >= kEnough && ::access(memory.c_str(), W_OK) == 0) return memory;
  return fs::temp_directory_path();
}

std::shared_ptr<arrow::Table> read_table(const fs::path& path) {
  auto file = take_arrow(arrow::io::ReadableFile::Open(path.string()));
  auto reader = take_arrow(parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  return take_arrow(take_arrow(reader->GetRecordBatchReader())->ToTable());
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (folder_for_tests() / "micromegas-views-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TestLake::ingest(const wire::ProcessInfo& process) const {
  metadata().ingest({.processes = {process}, .streams = {}, .blocks = {}});
}

void TestLake::ingest(const std::vector<wire::StreamInfo>& streams) const {
  metadata().ingest({.processes = {}, .streams = streams, .blocks = {}});
}

void TestLake::ingest(const std::vector<wire::BlockMessage>& blocks) const {
  std::vector<Bytes> payloads;
  payloads.reserve(blocks.size());
  std::vector<lake::BlobWrite> blobs;
  for (const auto& block : blocks) payloads.push_back(wire::encode_payload(block.payload));
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& info = blocks[i].info;
    blobs.push_back({info.process_id, info.stream_id, info.block_id, ByteView(payloads[i])});
  }
  const auto locations = lake_->blobs().write(blobs);

  lake::IngestBatch batch;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    lake::BlockRow& row = batch.blocks.emplace_back();
    row.info = blocks[i].info;
    row.payload_size = static_cast<std::int64_t>(payloads[i].size());
    row.payload = locations[i];
  }
  metadata().ingest(batch);
}

std::vector<std::string> TestLake::partition_files() const {
  std::vector<std::string> files;
  const fs::path& folder = lake_->partitions_folder();
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<EventRow> read_rows(const lake::Lake& lake,
                                const std::vector<lake::PartitionRow>& partitions) {
  std::vector<EventRow> rows;
  for (const auto& partition : partitions) {
    const auto table = read_table(lake.partitions_folder() / partition.file_path);
    const Column stream_id(*table, "stream_id"), block_id(*table, "block_id"), time(*table, "time"),
        event_type(*table, "event_type"), span_id(*table, "span_id"),
        parent_span_id(*table, "parent_span_id"), depth(*table, "depth"), hash(*table, "hash"),
        name(*table, "name"), filename(*table, "filename"), target(*table, "target"),
        line(*table, "line");
    for (std::int64_t row = 0; row < table->num_rows(); ++row) {
      std::optional<std::int64_t> parent;
      if (!parent_span_id.is_null(row)) parent = parent_span_id.i64(row);
      rows.push_back({stream_id.text(row), block_id.text(row), time.time(row), event_type.text(row),
                      span_id.i64(row), parent, depth.u32(row), hash.u32(row), name.text(row),
                      filename.text(row), target.text(row), line.u32(row)});
    }
  }
  return rows;
}

std::vector<EventRow> async_events(const std::shared_ptr<lake::Lake>& lake, ProcessId process) {
  PartitionUpdater updater(lake, {});
  const auto view = async_events_view(process);
  return read_rows(*lake, updater.bring_up_to_date(*view, std::nullopt, {}));
}

std::shared_ptr<const View> async_events_view(ProcessId process) {
  return std::make_shared<AsyncEventsView>(process);
}

}  // namespace micromegas::views
