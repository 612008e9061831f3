#include "query/bounded_functions.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "query/database.h"
#include "query/scalar_function.h"

namespace micromegas::query {
namespace {

template <class... Parts>
std::string joined(const Parts&... parts) {
  std::string text;
  (text.append(parts), ...);
  return text;
}

using Columns = std::vector<VectorReader>;

constexpr double kBytesOfValue = 8;
constexpr double kMicrosOfDay = 86'400e6;

/// What the rows of one evaluation make together.
class Budget {
 public:
  void spend(double bytes) {
    spent_ += std::max(bytes, 0.0);
    if (spent_ <= static_cast<double>(kMaxBytesMade)) return;
    throw invalid_argument(
        "range, generate_series, repeat, lpad, rpad and list_resize make at most 64 MiB at a time; "
        "as a table, FROM range(...) gives rows without making a list");
  }

 private:
  double spent_ = 0;
};

/// (bytes of an item, number of items) -> the number.
void bounded_count(const Columns& in, idx_t count, VectorWriter& out) {
  Budget budget;
  for (idx_t row = 0; row < count; ++row) {
    if (in[0].is_null(row) || in[1].is_null(row)) {
      out.set_null(row);
      continue;
    }
    const auto items = in[1].get<std::int64_t>(row);
    budget.spend(static_cast<double>(in[0].get<std::int64_t>(row)) * static_cast<double>(items));
    out.set(row, items);
  }
}

double microseconds(const duckdb_interval& interval) {
  return static_cast<double>(interval.micros) +
         kMicrosOfDay * (interval.days + 28.0 * interval.months);  // No month is shorter.
}

/// (start, stop, step) -> stop, where `step_of` gives the step in the unit of the others.
template <class Step>
ScalarBody bounded_stop(Step step_of) {
  return [step_of](const Columns& in, idx_t count, VectorWriter& out) {
    Budget budget;
    for (idx_t row = 0; row < count; ++row) {
      if (in[0].is_null(row) || in[1].is_null(row) || in[2].is_null(row)) {
        out.set_null(row);
        continue;
      }
      const auto stop = in[1].get<std::int64_t>(row);
      const double step = step_of(in[2], row);
      const double way =
          static_cast<double>(stop) - static_cast<double>(in[0].get<std::int64_t>(row));
      if (step != 0) budget.spend(way / step * kBytesOfValue);  // DuckDB refuses a step of nothing.
      out.set(row, stop);
    }
  };
}

}  // namespace

void register_bounded_functions(duckdb_connection connection) {
  register_scalar(connection, "micromegas_bounded_count", {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_BIGINT},
                  DUCKDB_TYPE_BIGINT, bounded_count);
  register_scalar(connection, "micromegas_bounded_stop",
                  {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_BIGINT}, DUCKDB_TYPE_BIGINT,
                  bounded_stop([](const VectorReader& step, idx_t row) {
                    return static_cast<double>(step.get<std::int64_t>(row));
                  }));
  for (const duckdb_type time : {DUCKDB_TYPE_TIMESTAMP, DUCKDB_TYPE_TIMESTAMP_TZ}) {
    register_scalar(connection, "micromegas_bounded_stop", {time, time, DUCKDB_TYPE_INTERVAL}, time,
                    bounded_stop([](const VectorReader& step, idx_t row) {
                      return microseconds(step.get<duckdb_interval>(row));
                    }));
  }

  for (const char* name : {"range", "generate_series"}) {
    const std::string real = joined("system.main.", name);
    run(connection, joined("CREATE MACRO ", name, "(stop) AS ", real,
                           "(micromegas_bounded_stop(0, stop, 1)), (start, stop) AS ", real,
                           "(start, micromegas_bounded_stop(start, stop, 1)), "
                           "(start, stop, step) AS ",
                           real, "(start, micromegas_bounded_stop(start, stop, step), step)"));
  }
  run(connection,
      "CREATE MACRO repeat(value, count) AS system.main.repeat(value, "
      "micromegas_bounded_count(strlen(CAST(value AS VARCHAR)), count))");
  for (const char* name : {"lpad", "rpad"}) {
    run(connection, joined("CREATE MACRO ", name, "(text, length, fill) AS system.main.", name,
                           "(text, CAST(micromegas_bounded_count(4, length) AS INTEGER), fill)"));
  }
  for (const char* name : {"list_resize", "array_resize"}) {
    run(connection, joined("CREATE MACRO ", name, "(list, size) AS system.main.", name,
                           "(list, micromegas_bounded_count(16, size)), "
                           "(list, size, value) AS system.main.",
                           name, "(list, micromegas_bounded_count(16, size), value)"));
  }
}

}  // namespace micromegas::query
