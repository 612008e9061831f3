#include "lake/sqlite_metadata_store.h"

namespace micromegas::lake {
namespace {

std::optional<TickEstimate> select_estimate(SqliteConnection& connection, ProcessId id) {
  auto query = connection.query(
      "SELECT frequency, ticks_covered FROM tick_estimates WHERE process_id = ?", id);
  if (!query.next()) return std::nullopt;
  return TickEstimate{query.integer(0), query.integer(1)};
}

bool same(const std::optional<TickEstimate>& a, const std::optional<TickEstimate>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->frequency == b->frequency && a->ticks_covered == b->ticks_covered;
}

}  // namespace

std::optional<TickEstimate> SqliteMetadataStore::tick_estimate(ProcessId id) const {
  return select_estimate(*readers_.take(), id);
}

TickEstimate SqliteMetadataStore::replace_tick_estimate(ProcessId id,
                                                        const std::optional<TickEstimate>& previous,
                                                        const TickEstimate& next) {
  TickEstimate stored = next;
  write([&](SqliteConnection& connection) {
    const auto found = select_estimate(connection, id);
    if (!same(found, previous)) {
      // Somebody else was faster. `previous` may name one that was never stored.
      if (found) {
        stored = *found;
        return false;
      }
    }
    connection.run("INSERT OR REPLACE INTO tick_estimates VALUES (?, ?, ?)", id, next.frequency,
                   next.ticks_covered);
    return true;
  });
  return stored;
}

}  // namespace micromegas::lake
