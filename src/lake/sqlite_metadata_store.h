#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/metadata_store.h"
#include "lake/sqlite.h"
#include "lake/sqlite_connection_pool.h"

namespace micromegas::lake {

/// The metadata of an embedded lake: one SQLite file in WAL mode. Several processes may hold it
/// open at a time: writers take turns (one connection and one mutex in each process, SQLite's write
/// lock between processes), readers see the last commit and never wait.
///
/// The tables are described in docs/formats/lake-layout.md. The implementation is divided as the
/// interface is: sqlite_ingestion.cpp, sqlite_reading.cpp, sqlite_partitions.cpp,
/// sqlite_tick_estimates.cpp.
class SqliteMetadataStore final : public MetadataStore {
 public:
  /// How long the file of a retired partition stays: a query lists files first and reads them
  /// later.
  static constexpr std::int64_t kRetiredFileGraceNs = std::int64_t{3600} * 1'000'000'000;

  /// Opens the database, made with its tables when it is not there.
  explicit SqliteMetadataStore(const std::filesystem::path& file);

  void ingest(const IngestBatch& batch) override;
  std::vector<BlockId> known_blocks(const std::vector<BlockId>& ids) const override;

  std::optional<ProcessRow> find_process(ProcessId id) const override;
  std::optional<StreamRow> find_stream(StreamId id) const override;
  std::vector<StreamRow> streams_of_process(ProcessId id, std::string_view tag) const override;
  std::vector<BlockRow> blocks_of_process(ProcessId id, std::int64_t after) const override;
  std::optional<BlockTotals> totals_of_process(ProcessId id) const override;
  void scan_processes(
      const std::optional<TimeRange>& range,
      const std::function<bool(const ProcessRow&, const BlockTotals&)>& visit) const override;
  void scan_streams(
      const std::optional<TimeRange>& range,
      const std::function<bool(const StreamRow&, const BlockTotals&)>& visit) const override;
  void scan_blocks(const std::optional<TimeRange>& range,
                   const std::function<bool(const BlockRow&, const StreamRow&, const ProcessRow&)>&
                       visit) const override;

  std::vector<PartitionRow> partitions_of_view(std::string_view view_set,
                                               std::string_view view_instance) const override;
  std::vector<PartitionRow> all_partitions() const override;
  std::vector<BlockError> all_block_errors() const override;
  bool swap_partitions(const PartitionSwap& swap) override;
  std::vector<std::string> expired_files(Timestamp now) const override;
  void forget_files(const std::vector<std::string>& paths) override;

  std::optional<TickEstimate> tick_estimate(ProcessId id) const override;
  TickEstimate replace_tick_estimate(ProcessId id, const std::optional<TickEstimate>& previous,
                                     const TickEstimate& next) override;

 private:
  /// Runs `work` in a write transaction and commits it if `work` says so.
  void write(const std::function<bool(SqliteConnection&)>& work);

  std::mutex writer_mutex_;
  SqliteConnection writer_;
  mutable SqliteConnectionPool readers_;
};

}  // namespace micromegas::lake
