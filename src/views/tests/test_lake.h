#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "lake/lake.h"
#include "views/view.h"
#include "wire/messages.h"

namespace micromegas::views {

/// A folder under the system's temporary one, gone with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A lake in a folder of its own.
class TestLake {
 public:
  TestLake() : lake_(open()) {}

  const std::shared_ptr<lake::Lake>& lake() const { return lake_; }
  lake::MetadataStore& metadata() const { return lake_->metadata(); }

  /// The same lake as another server sees it.
  std::shared_ptr<lake::Lake> open() const { return lake::Lake::open({.folder = folder_.path()}); }

  // What the ingestion service does with the three bodies; many at once cost one commit.

  void ingest(const wire::ProcessInfo& process) const;
  void ingest(const wire::StreamInfo& stream) const { ingest(std::vector{stream}); }
  void ingest(const std::vector<wire::StreamInfo>& streams) const;
  void ingest(const wire::BlockMessage& block) const { ingest(std::vector{block}); }
  void ingest(const std::vector<wire::BlockMessage>& blocks) const;

  /// The files in the partitions' folder, relative to it, sorted.
  std::vector<std::string> partition_files() const;

 private:
  TemporaryFolder folder_;
  std::shared_ptr<lake::Lake> lake_;
};

/// A row of `async_events`, as a Parquet reader sees it.
struct EventRow {
  std::string stream_id;
  std::string block_id;
  std::int64_t time = 0;
  std::string event_type;
  std::int64_t span_id = 0;
  std::optional<std::int64_t> parent_span_id;
  std::uint32_t depth = 0;
  std::uint32_t hash = 0;
  std::string name;
  std::string filename;
  std::string target;
  std::uint32_t line = 0;

  friend auto operator<=>(const EventRow&, const EventRow&) = default;
};

/// The rows of the partitions, in the order of the files.
std::vector<EventRow> read_rows(const lake::Lake& lake,
                                const std::vector<lake::PartitionRow>& partitions);

/// Builds what is missing and reads all rows of the process.
std::vector<EventRow> async_events(const std::shared_ptr<lake::Lake>& lake, ProcessId process);

std::shared_ptr<const View> async_events_view(ProcessId process);

}  // namespace micromegas::views
