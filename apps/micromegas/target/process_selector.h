#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/micromegas/target/query_target.h"
#include "base/ids.h"

namespace micromegas::cli {

/// The process that a command speaks of.
struct SelectedProcess {
  ProcessId process_id;
  std::string exe;
  Timestamp start_time;
};

/// Finds the process that `selector` names: `latest` (the newest of all), an id, or a part of the
/// program's name, in which `*` stands for any characters; of several it is the newest.
/// Throws `Error{kInvalidArgument}` when there is none.
SelectedProcess find_process(QueryTarget& target, std::string_view selector,
                             const CancellationToken& cancel);

/// The SELECT that `find_process` asks.
std::string process_selector_sql(std::string_view selector);

/// Puts the id where `{process}` or `$process_id` stands. Throws `UsageError` when there is no such
/// place.
std::string substitute_process_id(std::string_view sql, ProcessId id);

/// A text as an SQL literal.
std::string sql_literal(std::string_view text);

}  // namespace micromegas::cli
