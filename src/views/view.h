#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "lake/rows.h"

namespace arrow {
class Schema;
}

namespace micromegas::views {

class BlockSource;
class RowWriter;

/// Names one view: the instance is the canonical text of a process id.
struct ViewKey {
  std::string view_set;
  std::string view_instance;

  friend auto operator<=>(const ViewKey&, const ViewKey&) = default;
};

/// Says which rows a table has and how they are made; never when they are written.
///
/// A view holds no rows. A query asks `PartitionUpdater` to bring the partitions of the view up to
/// date, which reads the blocks that the view names and calls `append_rows` for each; then SQL
/// reads the partitions through `select_sql`.
///
/// A view may be derived: it has no partitions of its own and its SQL reads those of another view
/// (`async_spans` pairs the rows of `async_events`).
///
/// Immutable once built, hence shared freely between concurrent queries. Owned by `shared_ptr`: a
/// build that others wait for goes on when the query that asked for it first has gone.
class View : public std::enable_shared_from_this<View> {
 public:
  virtual ~View() = default;

  virtual const ViewKey& key() const = 0;

  /// Columns of `SELECT *`, in order.
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;

  /// Columns of its partitions: those of `schema`, and behind them what only derived views read.
  virtual std::shared_ptr<arrow::Schema> stored_schema() const { return schema(); }

  /// Identifies the meaning of the rows, beyond their types; raw bytes. Partitions written under
  /// another version are never read again; the next query replaces them.
  virtual std::string schema_hash() const = 0;

  /// The process whose blocks make the rows.
  virtual ProcessId process_id() const = 0;

  /// The tag of the streams whose blocks make the rows (`cpu`).
  virtual std::string stream_tag() const = 0;

  /// The view whose partitions SQL reads: this one, unless derived.
  virtual const View& source() const { return *this; }

  /// The event range that the source's partitions must cover to answer `query_range` (nullopt: all
  /// of the process). A view of spans needs more than the range: a span's two ends may lie beyond
  /// it.
  virtual std::optional<TimeRange> source_range(const std::optional<TimeRange>& query_range) const {
    return query_range;
  }

  /// A SELECT of this view's columns, reading from `source_sql` (a parenthesised SELECT of all rows
  /// of the source's partitions) and keeping what belongs to `query_range`.
  virtual std::string select_sql(const std::string& source_sql,
                                 const std::optional<TimeRange>& query_range) const = 0;

  /// Appends the rows of one block. Throws `Error{kMalformed}` for a block that cannot be read:
  /// what it had appended is taken back, the partition is written without it and the loss is
  /// recorded.
  virtual void append_rows(BlockSource& block, RowWriter& rows) const = 0;
};

}  // namespace micromegas::views
