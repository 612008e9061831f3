#include <algorithm>
#include <limits>
#include <unordered_map>

#include "lake/sqlite_metadata_store.h"
#include "lake/sqlite_rows.h"

namespace micromegas::lake {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

std::optional<ProcessRow> select_process(SqliteConnection& connection, ProcessId id) {
  static const std::string kSql =
      "SELECT " + kProcessColumns + "FROM processes p WHERE p.process_id = ?";
  auto query = connection.query(kSql, id);
  if (!query.next()) return std::nullopt;
  return read_process(query);
}

std::optional<StreamRow> select_stream(SqliteConnection& connection, StreamId id) {
  static const std::string kSql =
      "SELECT " + kStreamColumns + "FROM streams s WHERE s.stream_id = ?";
  auto query = connection.query(kSql, id);
  if (!query.next()) return std::nullopt;
  return read_stream(query);
}

std::optional<BlockTotals> select_totals(SqliteConnection& connection, ProcessId id) {
  static const std::string kSql =
      "SELECT " + kSumOfTotals +
      "FROM block_totals t CROSS JOIN streams s ON s.stream_id = t.stream_id "
      "AND s.process_id = t.process_id WHERE t.process_id = ?";
  auto query = connection.query(kSql, id);
  if (!query.next() || query.is_null(0)) return std::nullopt;
  return read_totals(query);
}

/// Rows that a scan meets again and again: a block names its stream and process, of which there are
/// few. Forgets all when it has grown large, so that a scan's memory does not follow the lake's.
template <class SomeId, class Row>
class RowCache {
 public:
  explicit RowCache(std::optional<Row> (*select)(SqliteConnection&, SomeId)) : select_(select) {}

  /// Valid until the next call; nullptr: there is none.
  const Row* find(SqliteConnection& connection, SomeId id) {
    if (rows_.size() >= kMaxRows) rows_.clear();
    auto found = rows_.find(id);
    if (found == rows_.end()) found = rows_.emplace(id, select_(connection, id)).first;
    return found->second ? &*found->second : nullptr;
  }

 private:
  static constexpr std::size_t kMaxRows = 4096;

  std::optional<Row> (*select_)(SqliteConnection&, SomeId);
  std::unordered_map<SomeId, std::optional<Row>> rows_;
};

/// The first block that was inserted at `begin` or later. Insert times grow with the sequence, so
/// that a scan may go by the table itself instead of by an index.
std::int64_t first_sequence_since(SqliteConnection& connection, Timestamp begin) {
  auto query = connection.query(
      "SELECT sequence FROM blocks WHERE insert_time >= ? ORDER BY insert_time LIMIT 1", begin);
  return query.next() ? query.integer(0) : kForever;
}

}  // namespace

std::optional<ProcessRow> SqliteMetadataStore::find_process(ProcessId id) const {
  return select_process(*readers_.take(), id);
}

std::optional<StreamRow> SqliteMetadataStore::find_stream(StreamId id) const {
  return select_stream(*readers_.take(), id);
}

std::vector<StreamRow> SqliteMetadataStore::streams_of_process(ProcessId id,
                                                               std::string_view tag) const {
  static const std::string kSql = "SELECT " + kStreamColumns +
                                  "FROM streams s WHERE s.process_id = ? "
                                  "ORDER BY s.insert_time, s.stream_id";
  const auto connection = readers_.take();
  std::vector<StreamRow> streams;
  for (auto query = connection->query(kSql, id); query.next();) {
    StreamRow stream = read_stream(query);
    const bool carries_tag =
        tag.empty() || std::find(stream.tags.begin(), stream.tags.end(), tag) != stream.tags.end();
    if (carries_tag) streams.push_back(std::move(stream));
  }
  return streams;
}

std::vector<BlockRow> SqliteMetadataStore::blocks_of_process(ProcessId id,
                                                             std::int64_t after) const {
  static const std::string kSql = "SELECT " + kBlockColumns +
                                  "FROM blocks b WHERE b.process_id = ? AND b.sequence > ? "
                                  "ORDER BY b.sequence";
  const auto connection = readers_.take();
  std::vector<BlockRow> blocks;
  for (auto query = connection->query(kSql, id, after); query.next();) {
    blocks.push_back(read_block(query));
  }
  return blocks;
}

std::optional<BlockTotals> SqliteMetadataStore::totals_of_process(ProcessId id) const {
  return select_totals(*readers_.take(), id);
}

void SqliteMetadataStore::scan_processes(
    const std::optional<TimeRange>& range,
    const std::function<bool(const ProcessRow&, const BlockTotals&)>& visit) const {
  static const std::string kSql = "SELECT " + kProcessColumns +
                                  "FROM processes p WHERE p.insert_time <= ? "
                                  "ORDER BY p.insert_time, p.process_id";
  const auto connection = readers_.take();
  const SqliteTransaction snapshot(*connection, SqliteTransaction::Mode::kRead);
  const Timestamp end = range ? range->end : Timestamp{kForever};
  for (auto query = connection->query(kSql, end); query.next();) {
    const auto totals = select_totals(*connection, query.id<ProcessId>(0));
    if (!totals || (range && totals->last_insert_time < range->begin)) continue;
    if (!visit(read_process(query), *totals)) return;
  }
}

void SqliteMetadataStore::scan_streams(
    const std::optional<TimeRange>& range,
    const std::function<bool(const StreamRow&, const BlockTotals&)>& visit) const {
  // CROSS JOIN: the streams are the outer loop, so that their index gives the order.
  static const std::string kSql =
      "SELECT " + kStreamColumns + ", " + kTotalsColumns +
      "FROM streams s CROSS JOIN block_totals t "
      "ON t.process_id = s.process_id AND t.stream_id = s.stream_id "
      "WHERE s.insert_time <= ? AND t.last_insert_time >= ? ORDER BY s.insert_time, s.stream_id";
  const auto connection = readers_.take();
  const std::int64_t begin = range ? range->begin.ns : -kForever;
  const std::int64_t end = range ? range->end.ns : kForever;
  for (auto query = connection->query(kSql, end, begin); query.next();) {
    if (!visit(read_stream(query), read_totals(query, kNbStreamColumns))) return;
  }
}

void SqliteMetadataStore::scan_blocks(
    const std::optional<TimeRange>& range,
    const std::function<bool(const BlockRow&, const StreamRow&, const ProcessRow&)>& visit) const {
  static const std::string kSql = "SELECT " + kBlockColumns +
                                  "FROM blocks b WHERE b.sequence >= ? AND +b.begin_time <= ? "
                                  "ORDER BY b.sequence";
  const auto connection = readers_.take();
  const SqliteTransaction snapshot(*connection, SqliteTransaction::Mode::kRead);
  const std::int64_t first = range ? first_sequence_since(*connection, range->begin) : 0;
  const std::int64_t end = range ? range->end.ns : kForever;

  RowCache<StreamId, StreamRow> streams(select_stream);
  RowCache<ProcessId, ProcessRow> processes(select_process);
  for (auto query = connection->query(kSql, first, end); query.next();) {
    const BlockRow block = read_block(query);
    const StreamRow* stream = streams.find(*connection, block.info.stream_id);
    if (stream == nullptr || stream->process_id != block.info.process_id) continue;
    const ProcessRow* process = processes.find(*connection, block.info.process_id);
    if (process == nullptr) continue;
    if (!visit(block, *stream, *process)) return;
  }
}

}  // namespace micromegas::lake
