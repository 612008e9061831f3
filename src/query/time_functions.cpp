#include "query/time_functions.h"

#include <cstdint>
#include <string>

#include "base/error.h"
#include "query/calendar.h"
#include "query/scalar_function.h"

namespace micromegas::query {
namespace {

using Columns = std::vector<VectorReader>;

constexpr auto kTime = DUCKDB_TYPE_TIMESTAMP_TZ_NS;
constexpr std::int64_t kNsPerMicro = 1'000;

// Lower than what DuckDB asks for widening a number, so that nanoseconds win over microseconds.
constexpr std::int64_t kPreferredCast = 200;
constexpr std::int64_t kLastResortCast = 100'000;

// What DuckDB means by "infinity" in its microsecond types.
constexpr std::int64_t kInfinity = INT64_MAX;

bool any_null(const Columns& in, idx_t row) {
  for (const auto& column : in) {
    if (column.is_null(row)) return true;
  }
  return false;
}

/// Calls `compute(row)` for each row whose inputs all have values; the others become NULL.
template <class Compute>
void each_row(const Columns& in, idx_t count, VectorWriter& out, Compute compute) {
  for (idx_t row = 0; row < count; ++row) {
    if (any_null(in, row)) {
      out.set_null(row);
    } else {
      compute(row);
    }
  }
}

std::int64_t time_at(const VectorReader& column, idx_t row) {
  return column.get<std::int64_t>(row);
}

CalendarInterval interval_at(const VectorReader& column, idx_t row) {
  const auto& interval = column.get<duckdb_interval>(row);
  return {interval.months, interval.days, interval.micros};
}

/// Parses a text argument once per run of equal values: it is nearly always a constant.
template <class Value, class Parse>
class CachedArgument {
 public:
  explicit CachedArgument(Parse parse) : parse_(parse) {}

  const Value& operator()(std::string_view text) {
    if (!valid_ || text != text_) {
      value_ = parse_(text);
      text_ = text;
      valid_ = true;
    }
    return value_;
  }

 private:
  Parse parse_;
  bool valid_ = false;
  std::string text_;
  Value value_{};
};

DatePart date_part_argument(std::string_view text) {
  const auto part = parse_date_part(text);
  if (!part) throw invalid_argument("unknown part of a date: '" + std::string(text) + "'");
  return *part;
}

CalendarInterval interval_argument(std::string_view text) {
  const auto interval = parse_interval(text);
  if (!interval) {
    throw invalid_argument("not an interval: '" + std::string(text) +
                           "' (expected for instance '15 minutes')");
  }
  return *interval;
}

std::int64_t to_nanoseconds(std::int64_t micros) {
  if (micros == kInfinity || micros == -kInfinity) {
    throw invalid_argument("an infinite timestamp has no nanoseconds");
  }
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(micros, kNsPerMicro, &ns)) {
    throw invalid_argument("timestamp out of range: it must lie between 1677 and 2262");
  }
  return ns;
}

std::int64_t to_microseconds(std::int64_t ns) {
  return ns / kNsPerMicro - (ns % kNsPerMicro < 0 ? 1 : 0);
}

void register_arithmetic(duckdb_connection connection) {
  register_scalar(
      connection, "-", {kTime, kTime}, DUCKDB_TYPE_BIGINT,
      [](const Columns& in, idx_t count, VectorWriter& out) {
        each_row(in, count, out, [&](idx_t row) {
          std::int64_t difference = 0;
          if (__builtin_sub_overflow(time_at(in[0], row), time_at(in[1], row), &difference)) {
            throw invalid_argument("the difference of two times overflows");
          }
          out.set(row, difference);
        });
      });
  const auto plus = [](int time, int interval) {
    return [time, interval](const Columns& in, idx_t count, VectorWriter& out) {
      each_row(in, count, out, [&](idx_t row) {
        out.set(row, add_interval(time_at(in[time], row), interval_at(in[interval], row)));
      });
    };
  };
  register_scalar(connection, "+", {kTime, DUCKDB_TYPE_INTERVAL}, kTime, plus(0, 1));
  register_scalar(connection, "+", {DUCKDB_TYPE_INTERVAL, kTime}, kTime, plus(1, 0));
  register_scalar(connection, "-", {kTime, DUCKDB_TYPE_INTERVAL}, kTime,
                  [](const Columns& in, idx_t count, VectorWriter& out) {
                    each_row(in, count, out, [&](idx_t row) {
                      out.set(row,
                              add_interval(time_at(in[0], row), negated(interval_at(in[1], row))));
                    });
                  });
}

void register_truncation(duckdb_connection connection) {
  for (const char* name : {"date_trunc", "datetrunc"}) {
    register_scalar(
        connection, name, {DUCKDB_TYPE_VARCHAR, kTime}, kTime,
        [](const Columns& in, idx_t count, VectorWriter& out) {
          CachedArgument<DatePart, decltype(&date_part_argument)> part(date_part_argument);
          each_row(in, count, out, [&](idx_t row) {
            out.set(row, truncate_to(part(in[0].text(row)), time_at(in[1], row)));
          });
        });
  }

  const auto bin_by_interval = [](const Columns& in, idx_t count, VectorWriter& out) {
    each_row(in, count, out, [&](idx_t row) {
      const std::int64_t origin = in.size() > 2 ? time_at(in[2], row) : 0;
      out.set(row, bin_start(interval_at(in[0], row), time_at(in[1], row), origin));
    });
  };
  const auto bin_by_text = [](const Columns& in, idx_t count, VectorWriter& out) {
    CachedArgument<CalendarInterval, decltype(&interval_argument)> width(interval_argument);
    each_row(in, count, out, [&](idx_t row) {
      const std::int64_t origin = in.size() > 2 ? time_at(in[2], row) : 0;
      out.set(row, bin_start(width(in[0].text(row)), time_at(in[1], row), origin));
    });
  };
  register_scalar(connection, "date_bin", {DUCKDB_TYPE_INTERVAL, kTime}, kTime, bin_by_interval);
  register_scalar(connection, "date_bin", {DUCKDB_TYPE_INTERVAL, kTime, kTime}, kTime,
                  bin_by_interval);
  register_scalar(connection, "date_bin", {DUCKDB_TYPE_VARCHAR, kTime}, kTime, bin_by_text);
  register_scalar(connection, "date_bin", {DUCKDB_TYPE_VARCHAR, kTime, kTime}, kTime, bin_by_text);
}

void register_parts(duckdb_connection connection) {
  for (const char* name : {"date_part", "datepart"}) {
    register_scalar(
        connection, name, {DUCKDB_TYPE_VARCHAR, kTime}, DUCKDB_TYPE_BIGINT,
        [](const Columns& in, idx_t count, VectorWriter& out) {
          CachedArgument<DatePart, decltype(&date_part_argument)> part(date_part_argument);
          each_row(in, count, out, [&](idx_t row) {
            out.set(row, part_of(part(in[0].text(row)), time_at(in[1], row)));
          });
        });
  }
  // With a constant part, DuckDB turns extract() and date_part() into calls of these.
  for (const char* name :
       {"nanosecond", "microsecond", "millisecond", "second",  "minute",  "hour",      "day",
        "dayofmonth", "week",        "weekofyear",  "month",   "quarter", "year",      "decade",
        "century",    "millennium",  "dayofweek",   "weekday", "isodow",  "dayofyear", "isoyear"}) {
    const DatePart part = date_part_argument(name);
    register_scalar(connection, name, {kTime}, DUCKDB_TYPE_BIGINT,
                    [part](const Columns& in, idx_t count, VectorWriter& out) {
                      each_row(in, count, out, [&](idx_t row) {
                        out.set(row, part_of(part, time_at(in[0], row)));
                      });
                    });
  }

  register_scalar(connection, "epoch", {kTime}, DUCKDB_TYPE_DOUBLE,
                  [](const Columns& in, idx_t count, VectorWriter& out) {
                    each_row(in, count, out, [&](idx_t row) {
                      out.set(row, static_cast<double>(time_at(in[0], row)) / 1e9);
                    });
                  });
  const auto epoch_in = [](std::int64_t unit) {
    return [unit](const Columns& in, idx_t count, VectorWriter& out) {
      each_row(in, count, out, [&](idx_t row) {
        const std::int64_t ns = time_at(in[0], row);
        out.set(row, ns / unit - (ns % unit < 0 ? 1 : 0));
      });
    };
  };
  register_scalar(connection, "epoch_us", {kTime}, DUCKDB_TYPE_BIGINT, epoch_in(1'000));
  register_scalar(connection, "epoch_ms", {kTime}, DUCKDB_TYPE_BIGINT, epoch_in(1'000'000));
}

void register_casts(duckdb_connection connection) {
  const auto from_micros = [](const VectorReader& in, idx_t row, VectorWriter& out) {
    out.set(row, to_nanoseconds(in.get<std::int64_t>(row)));
  };
  const auto to_micros = [](const VectorReader& in, idx_t row, VectorWriter& out) {
    out.set(row, to_microseconds(in.get<std::int64_t>(row)));
  };
  register_cast(connection, DUCKDB_TYPE_TIMESTAMP_TZ, kTime, kPreferredCast, from_micros);
  register_cast(connection, DUCKDB_TYPE_TIMESTAMP, kTime, kPreferredCast + 1, from_micros);
  register_cast(connection, kTime, DUCKDB_TYPE_TIMESTAMP_TZ, kLastResortCast, to_micros);
  register_cast(connection, kTime, DUCKDB_TYPE_TIMESTAMP, -1, to_micros);
  register_cast(connection, kTime, DUCKDB_TYPE_BIGINT, -1,
                [](const VectorReader& in, idx_t row, VectorWriter& out) {
                  out.set(row, in.get<std::int64_t>(row));
                });
  register_cast(connection, DUCKDB_TYPE_BIGINT, kTime, -1,
                [](const VectorReader& in, idx_t row, VectorWriter& out) {
                  out.set(row, in.get<std::int64_t>(row));
                });
}

}  // namespace

void register_time_functions(duckdb_connection connection) {
  register_arithmetic(connection);
  register_truncation(connection);
  register_parts(connection);
  register_casts(connection);
}

}  // namespace micromegas::query
