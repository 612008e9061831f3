#include "views/async_spans_view.h"

#include <initializer_list>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>
#include <duckdb.h>

#include "views/async_events_view.h"

namespace micromegas::views {
namespace {

/// DuckDB as it comes, without the functions that our engine adds.
class PlainDuckdb {
 public:
  PlainDuckdb() {
    if (duckdb_open(nullptr, &database_) != DuckDBSuccess ||
        duckdb_connect(database_, &connection_) != DuckDBSuccess) {
      throw std::runtime_error("no DuckDB");
    }
  }
  PlainDuckdb(const PlainDuckdb&) = delete;
  PlainDuckdb& operator=(const PlainDuckdb&) = delete;
  ~PlainDuckdb() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  /// The rows, one a line, values between blanks.
  std::string rows(const std::string& sql) {
    duckdb_result result;
    if (duckdb_query(connection_, sql.c_str(), &result) != DuckDBSuccess) {
      const std::string error = duckdb_result_error(&result);
      duckdb_destroy_result(&result);
      throw std::runtime_error(error);
    }
    std::string text;
    for (idx_t row = 0; row < duckdb_row_count(&result); ++row) {
      for (idx_t column = 0; column < duckdb_column_count(&result); ++column) {
        char* value = duckdb_value_varchar(&result, column, row);
        text += (column == 0 ? "" : " ") + std::string(value == nullptr ? "-" : value);
        duckdb_free(value);
      }
      text += '\n';
    }
    duckdb_destroy_result(&result);
    return text;
  }

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

struct Event {
  std::int64_t time;
  const char* type;
  int span_id;
  const char* stream = "ui";
  const char* end_state = "ended";
};

/// What stands for the partitions of async_events.
std::string events_sql(std::initializer_list<Event> events) {
  std::string values;
  for (const Event& e : events) {
    values += std::string(values.empty() ? "" : ", ") + "('" + e.stream + "', 'block', '" +
              to_rfc3339({e.time}) + "'::TIMESTAMPTZ_NS, '" + e.type + "', " +
              std::to_string(e.span_id) + "::BIGINT, NULL::BIGINT, 0::UINTEGER, 1::UINTEGER, " +
              "'name', 'file', 'target', 2::UINTEGER, '" + e.end_state + "')";
  }
  return "(SELECT * FROM (VALUES " + values +
         ") t(stream_id, block_id, time, event_type, span_id, parent_span_id, depth, hash, name, "
         "filename, target, line, end_state))";
}

std::string spans(std::initializer_list<Event> events,
                  const std::optional<TimeRange>& range = std::nullopt) {
  const AsyncSpansView view(ProcessId::random());
  return PlainDuckdb().rows(
      "SELECT span_id, epoch_ns(begin_time), epoch_ns(end_time), duration, begin_stream_id, "
      "end_stream_id, state FROM (" +
      view.select_sql(events_sql(events), range) + ") ORDER BY 1, 2");
}

}  // namespace

TEST_CASE("a begin and its end make one span, wherever they were recorded", "[async_spans]") {
  CHECK(spans({{10, "begin", 1}, {20, "begin", 2}, {25, "end", 2, "worker"}, {40, "end", 1}}) ==
        "1 10 40 30 ui ui ended\n"
        "2 20 25 5 ui worker ended\n");
}

TEST_CASE("a span is open while it has no end, and an end alone makes none", "[async_spans]") {
  CHECK(spans({{10, "begin", 1}, {20, "end", 2}}) == "1 10 - - ui - open\n");
  CHECK(spans({{20, "end", 2}}).empty());
}

TEST_CASE("a span says how it ended", "[async_spans]") {
  CHECK(spans({{10, "begin", 1},
               {20, "end", 1, "ui", "error"},
               {10, "begin", 2},
               {30, "end", 2, "ui", "cancelled"},
               {10, "begin", 3},
               {10, "begin", 3},
               {40, "end", 3, "ui", "cancelled"},
               {50, "end", 3}}) ==
        "1 10 20 10 ui ui error\n"
        "2 10 30 20 ui ui cancelled\n"
        "3 10 40 30 ui ui cancelled\n");
}

TEST_CASE("events of one span id that come more than once make one span", "[async_spans]") {
  const std::string once = "1 10 30 20 ui worker ended\n2 50 60 10 ui ui ended\n";
  const Event other_begin{50, "begin", 2}, other_end{60, "end", 2};
  CHECK(spans({{10, "begin", 1},
               {20, "begin", 1, "late"},
               {30, "end", 1, "worker"},
               other_begin,
               other_end}) == once);
  CHECK(
      spans({{10, "begin", 1}, {30, "end", 1, "worker"}, {40, "end", 1}, other_begin, other_end}) ==
      once);
  CHECK(spans({{10, "begin", 1},
               {10, "begin", 1, "z"},
               {30, "end", 1, "worker"},
               {30, "end", 1, "worker"},
               other_begin,
               other_end}) == once);
  // An end from before the begin is none of this span's.
  CHECK(
      spans({{5, "end", 1}, {10, "begin", 1}, {30, "end", 1, "worker"}, other_begin, other_end}) ==
      once);
}

TEST_CASE("a range keeps the spans that overlap it, edges included", "[async_spans]") {
  const auto within = [](std::int64_t begin, std::int64_t end) {
    return spans(
        {{10, "begin", 1}, {20, "end", 1}, {30, "begin", 2}, {90, "end", 2}, {95, "begin", 3}},
        TimeRange{{begin}, {end}});
  };
  const std::string first = "1 10 20 10 ui ui ended\n";
  const std::string second = "2 30 90 60 ui ui ended\n";
  const std::string open = "3 95 - - ui - open\n";
  CHECK(within(20, 29) == first);
  CHECK(within(20, 30) == first + second);
  CHECK(within(21, 29).empty());
  CHECK(within(40, 50) == second);
  CHECK(within(91, 94).empty());
  CHECK(within(200, 300) == open);
  CHECK(within(INT64_MIN, INT64_MAX) == first + second + open);
}

TEST_CASE("the columns of spans are those that the view declares", "[async_spans]") {
  const AsyncSpansView view(ProcessId::random());
  PlainDuckdb duckdb;
  CHECK(duckdb.rows("SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE " +
                    view.select_sql(events_sql({{1, "begin", 1}}), std::nullopt) + ")") ==
        "span_id BIGINT, parent_span_id BIGINT, depth UINTEGER, hash UINTEGER, name VARCHAR, "
        "filename VARCHAR, target VARCHAR, line UINTEGER, begin_time TIMESTAMPTZ_NS, "
        "end_time TIMESTAMPTZ_NS, duration BIGINT, begin_stream_id VARCHAR, "
        "end_stream_id VARCHAR, state VARCHAR\n");
}

TEST_CASE("a range of events has both its edges, whatever the session's time zone",
          "[async_events]") {
  const AsyncEventsView view(ProcessId::random());
  PlainDuckdb duckdb;
  duckdb.rows("SET TimeZone = 'America/New_York'");
  const auto events = events_sql({{1, "begin", 1}, {2, "end", 1}, {3, "begin", 2}, {4, "end", 2}});
  CHECK(duckdb.rows("SELECT string_agg(column_name, ' ') FROM (DESCRIBE " +
                    view.select_sql(events, std::nullopt) + ")") ==
        "stream_id block_id time event_type span_id parent_span_id depth hash name filename target "
        "line\n");
  CHECK(duckdb.rows("SELECT epoch_ns(time) FROM (" + view.select_sql(events, TimeRange{{2}, {3}}) +
                    ") ORDER BY 1") == "2\n3\n");
}

}  // namespace micromegas::views
