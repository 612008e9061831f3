#include "views/partition_builder.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/counters.h"
#include "base/failpoint.h"
#include "views/block_error.h"
#include "views/block_source.h"
#include "views/partition_writer.h"
#include "views/row_writer.h"

namespace micromegas::views {
namespace {

Counter partitions_built("micromegas_partitions_built_total", "Partitions written");
Counter rows_written("micromegas_partition_rows_written_total", "Rows written to partitions");
Counter bytes_written("micromegas_partition_bytes_written_total", "Bytes of partitions written");
Counter blocks_decoded("micromegas_blocks_decoded_total",
                       "Blocks read while partitions were built");
Counter block_errors("micromegas_block_errors_total",
                     "Blocks that partitions had to be built without");

/// Small partitions need no memory for a whole row group; fewer rows than this are not worth
/// counting.
constexpr std::size_t kMinRowsPerGroup = 4096;

/// A block failed after some of its rows had gone to the file.
struct RowsAreWritten {};

class Build {
 public:
  Build(const BuildContext& context, const PartitionSpec& spec)
      : context_(context), spec_(spec), blocks_(spec.blocks(context.snapshot.blocks)) {}

  BuiltPartition run() {
    for (;;) {
      try {
        write_rows();
        break;
      } catch (const RowsAreWritten&) {
        // Once more, without the block. Only a block that did not fit into a row group comes to
        // this.
        writer_.reset();
        file_.reset();
      }
    }
    return describe();
  }

 private:
  /// What blocks say of themselves may be wrong: it decides on memory and row groups, never on
  /// rows.
  static std::size_t nb_events(const BlockPtr& block) {
    return static_cast<std::size_t>(std::max(0, block->info.nb_objects));
  }

  std::size_t rows_per_group() const {
    std::size_t events = 0;
    for (const BlockPtr& block : blocks_) events += nb_events(block);
    return std::clamp(events, std::min(kMinRowsPerGroup, context_.max_rows_per_group),
                      context_.max_rows_per_group);
  }

  void write_rows() {
    RowWriter rows(rows_per_group(), [this](const RecordBatchWithRange& batch) { write(batch); });
    LakeBlocks sources(context_.lake.blobs(), context_.snapshot.streams);
    for (const BlockPtr& block : blocks_) {
      context_.cancel.check();
      if (errors_.contains(block->info.block_id)) continue;
      rows.make_room(nb_events(block));
      const std::size_t mark = rows.nb_rows();
      try {
        if (!context_.ticks) throw BlockFault("time", -1, "invalid frequency");
        context_.view.append_rows(sources.source(*block, *context_.ticks), rows);
        blocks_decoded.add();
      } catch (const Error& e) {
        if (e.kind() != ErrorKind::kMalformed) throw;
        errors_.emplace(block->info.block_id, block_error(*block, e));
        if (!rows.take_back(mark)) throw RowsAreWritten{};
      }
    }
    rows.flush();
    written_ = writer_ ? writer_->finish() : WrittenRows{};
  }

  void write(const RecordBatchWithRange& batch) {
    context_.cancel.check();
    if (!writer_) {
      file_ = std::make_unique<PartitionFile>(context_.lake.partitions_folder(),
                                              context_.view.key(), spec_.insert_range.begin);
      writer_ = std::make_unique<PartitionWriter>(*file_, context_.view.stored_schema());
    }
    writer_->write_row_group(batch);
  }

  BuiltPartition describe() {
    BuiltPartition built;
    lake::PartitionRow& row = built.row;
    row.view_set = context_.view.key().view_set;
    row.view_instance = context_.view.key().view_instance;
    row.insert_range = spec_.insert_range;
    row.schema_hash = context_.view.schema_hash();
    row.source_data_hash = spec_.source_data_hash;
    row.event_range = written_.event_range;
    row.file_path = file_ ? file_->relative_path() : "";
    row.file_size = written_.file_size;
    row.num_rows = written_.num_rows;
    row.nb_blocks = static_cast<std::int64_t>(blocks_.size());
    row.updated = Timestamp::now();
    for (const BlockPtr& block : blocks_) {
      const auto found = errors_.find(block->info.block_id);
      if (found != errors_.end()) row.errors.push_back(std::move(found->second));
    }

    partitions_built.add();
    rows_written.add(static_cast<std::uint64_t>(row.num_rows));
    bytes_written.add(static_cast<std::uint64_t>(row.file_size));
    block_errors.add(row.errors.size());
    if (file_) failpoint("views.file_written");
    built.file = std::move(file_);
    return built;
  }

  const BuildContext& context_;
  const PartitionSpec& spec_;
  const std::span<const BlockPtr> blocks_;

  std::unique_ptr<PartitionFile> file_;      ///< Made when there are rows.
  std::unique_ptr<PartitionWriter> writer_;  ///< Goes before its file.
  std::map<BlockId, lake::BlockError> errors_;
  WrittenRows written_;
};

}  // namespace

BuiltPartition build_partition(const BuildContext& context, const PartitionSpec& spec) {
  return Build(context, spec).run();
}

}  // namespace micromegas::views
