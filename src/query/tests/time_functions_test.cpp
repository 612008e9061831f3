#include "query/time_functions.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "query/database.h"
#include "query/duckdb_error.h"

namespace micromegas::query {
namespace {

/// Evaluates expressions; `$t` is 2024-03-31T13:14:15.123456789Z.
class Calculator {
 public:
  Calculator() : database_({}, "/nonexistent"), connection_(database_.connect()) {
    register_time_functions(connection_.get());
  }

  std::string operator()(std::string expression) {
    for (std::size_t at = 0; (at = expression.find("$t", at)) != std::string::npos;) {
      expression.replace(at, 2, "TIMESTAMPTZ_NS '2024-03-31T13:14:15.123456789Z'");
    }
    const std::string sql = "SELECT CAST((" + expression + ") AS VARCHAR)";
    DuckdbResult result;
    if (duckdb_query(connection_.get(), sql.c_str(), result.get()) != DuckDBSuccess) {
      return error_of_result(result.get()).what();
    }
    const DuckdbChunk chunk(duckdb_fetch_chunk(*result.get()));
    const auto vector = duckdb_data_chunk_get_vector(chunk.get(), 0);
    auto* validity = duckdb_vector_get_validity(vector);
    if (validity != nullptr && !duckdb_validity_row_is_valid(validity, 0)) return "NULL";
    auto* text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
    return {duckdb_string_t_data(text), duckdb_string_t_length(*text)};
  }

 private:
  Database database_;
  DuckdbConnection connection_;
};

TEST_CASE("the difference of two times is nanoseconds", "[time_functions]") {
  Calculator is;
  CHECK(is("$t - TIMESTAMPTZ_NS '2024-03-31T13:14:15.123456788Z'") == "1");
  CHECK(is("TIMESTAMPTZ_NS '2024-03-31T13:14:15.000000000Z' - $t") == "-123456789");
  CHECK(is("typeof($t - $t)") == "BIGINT");
  CHECK(is("($t - TIMESTAMPTZ_NS '2024-03-30') / 1000000") == "134055123");
  CHECK(is("CAST($t - $t AS BIGINT)") == "0");
  CHECK(is("typeof(now() - $t)") == "BIGINT");
  CHECK(is("typeof($t - now())") == "BIGINT");
  CHECK(is("NULL::TIMESTAMPTZ_NS - $t") == "NULL");
  CHECK(
      is("TIMESTAMPTZ_NS '2262-01-01' - TIMESTAMPTZ_NS '1678-01-01'").starts_with("Invalid Input"));
}

TEST_CASE("intervals move a time without losing its nanoseconds", "[time_functions]") {
  Calculator is;
  CHECK(is("$t + INTERVAL '1 hour'") == "2024-03-31 14:14:15.123456789+00");
  CHECK(is("INTERVAL '1 month' + $t") == "2024-04-30 13:14:15.123456789+00");
  CHECK(is("$t - INTERVAL '1 month'") == "2024-02-29 13:14:15.123456789+00");
  CHECK(is("$t - INTERVAL '1 microsecond'") == "2024-03-31 13:14:15.123455789+00");
  CHECK(is("$t + NULL::INTERVAL") == "NULL");
  CHECK(
      is("$t + INTERVAL '1000 years'").starts_with("Invalid Input Error: timestamp out of range"));
}

TEST_CASE("other timestamps compare with nanoseconds", "[time_functions]") {
  Calculator is;
  CHECK(is("$t < now()") == "true");
  CHECK(is("$t > now() - INTERVAL '1 hour'") == "false");
  CHECK(is("$t BETWEEN TIMESTAMPTZ '2024-03-31' AND current_timestamp") == "true");
  CHECK(is("$t > TIMESTAMP '2024-03-31T13:14:15.123456'") == "true");
  CHECK(is("$t = '2024-03-31T15:14:15.123456789+02:00'") == "true");
  CHECK(is("$t > DATE '2024-03-31'") == "true");
  CHECK(is("$t IN (now())") == "false");
  CHECK(is("typeof(coalesce($t, now()))") == "TIMESTAMPTZ_NS");
  CHECK(is("typeof(CASE WHEN true THEN now() ELSE $t END)") == "TIMESTAMPTZ_NS");
}

TEST_CASE("what has no overload goes through microseconds", "[time_functions]") {
  Calculator is;
  CHECK(is("date_diff('minute', TIMESTAMPTZ_NS '2024-03-31', $t)") == "794");
  CHECK(is("dayname($t)") == "Sunday");
  CHECK(is("strftime($t, '%Y-%m-%d %H:%M')") == "2024-03-31 13:14");
  CHECK(is("$t::DATE") == "2024-03-31");
  CHECK(is("time_bucket(INTERVAL '1 hour', $t)") == "2024-03-31 13:00:00+00");
}

TEST_CASE("a time converts to and from its nanoseconds", "[time_functions]") {
  Calculator is;
  CHECK(is("CAST($t AS BIGINT)") == "1711890855123456789");
  CHECK(is("epoch_ns($t)") == "1711890855123456789");
  CHECK(is("epoch_us($t)") == "1711890855123456");
  CHECK(is("epoch_ms($t)") == "1711890855123");
  CHECK(is("epoch($t)") == "1711890855.1234567");
  CHECK(is("CAST(1711890855123456789 AS TIMESTAMPTZ_NS) = $t") == "true");
  CHECK(is("CAST($t AS TIMESTAMP)") == "2024-03-31 13:14:15.123456");
  CHECK(is("epoch_us(TIMESTAMPTZ_NS '1969-12-31T23:59:59.999999999Z')") == "-1");
  CHECK(is("TRY_CAST(TIMESTAMPTZ 'infinity' AS TIMESTAMPTZ_NS)") == "NULL");
}

TEST_CASE("date_bin counts from 1970 or from an origin", "[time_functions]") {
  Calculator is;
  CHECK(is("date_bin(INTERVAL '15 minutes', $t)") == "2024-03-31 13:00:00+00");
  CHECK(is("date_bin('1 minute', $t)") == "2024-03-31 13:14:00+00");
  CHECK(is("date_bin('7 days', $t)") == "2024-03-28 00:00:00+00");
  CHECK(is("date_bin(INTERVAL '1 hour', $t, TIMESTAMPTZ_NS '1970-01-01T00:30:00Z')") ==
        "2024-03-31 12:30:00+00");
  CHECK(is("date_bin(INTERVAL '60 second', $t, TIMESTAMP '1970-01-01')") ==
        "2024-03-31 13:14:00+00");
  CHECK(is("date_bin('soon', $t)").starts_with("Invalid Input Error: not an interval: 'soon'"));
  CHECK(is("date_bin(INTERVAL '0 hours', $t)").starts_with("Invalid Input Error: date_bin"));
}

// DuckDB's functions for microseconds are the oracle: times without nanoseconds must give the same.
TEST_CASE("parts and truncations agree with DuckDB's own for microseconds", "[time_functions]") {
  Calculator is;
  // Whole microseconds over four centuries, both sides of 1970.
  const std::string times =
      "(SELECT make_timestamp((i * 7919 * 1000003) % 8000000000000000 - 4000000000000000 + i) AS t "
      "FROM range(4000) r(i))";
  // How many of them differ, by a condition in which $ stands for `value`.
  const auto nb_different = [&](std::string_view condition, std::string_view value) {
    std::string sql = "SELECT count(*) FROM ";
    sql.append(times).append(" WHERE ");
    for (const char c : condition) c == '$' ? sql.append(value) : sql.append(1, c);
    return is(sql);
  };
  for (const char* part : {"microsecond", "millisecond", "second", "minute", "hour", "day", "week",
                           "month", "quarter", "year", "isoyear", "decade"}) {
    INFO(part);
    CHECK(
        nb_different("CAST(date_trunc('$', t::TIMESTAMPTZ_NS) AS TIMESTAMP) <> date_trunc('$', t)",
                     part) == "0");
  }
  for (const char* part :
       {"microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter",
        "year", "isoyear", "decade", "century", "millennium", "dow", "isodow", "doy"}) {
    INFO(part);
    CHECK(nb_different("date_part('$', t::TIMESTAMPTZ_NS) <> date_part('$', t)", part) == "0");
    CHECK(nb_different("extract($ FROM t::TIMESTAMPTZ_NS) <> extract($ FROM t)", part) == "0");
  }
  for (const char* interval :
       {"1 month", "-1 month", "13 months", "5 days", "1 year 2 months 3 days 4 hours"}) {
    INFO(interval);
    CHECK(nb_different("CAST(t::TIMESTAMPTZ_NS + INTERVAL '$' AS TIMESTAMP) <> t + INTERVAL '$'",
                       interval) == "0");
    CHECK(nb_different("CAST(t::TIMESTAMPTZ_NS - INTERVAL '$' AS TIMESTAMP) <> t - INTERVAL '$'",
                       interval) == "0");
  }
  for (const char* width : {"90 seconds", "7 days", "3 months", "2 years"}) {
    INFO(width);
    CHECK(nb_different("CAST(date_bin(INTERVAL '$', t::TIMESTAMPTZ_NS) AS TIMESTAMP) <> "
                       "time_bucket(INTERVAL '$', t, TIMESTAMP '1970-01-01')",
                       width) == "0");
  }
}

TEST_CASE("every part has a function of its name", "[time_functions]") {
  Calculator is;
  CHECK(is("year($t)") == "2024");
  CHECK(is("weekofyear($t)") == "13");
  CHECK(is("dayofweek($t)") == "0");
  CHECK(is("datepart('minute', $t)") == "14");
  CHECK(is("nanosecond($t)") == "15123456789");
  CHECK(is("date_part('epoch', $t)") == "1711890855");
  CHECK(is("date_part('moon', $t)").find("moon") != std::string::npos);
  CHECK(is("date_trunc('dow', $t)").starts_with("Invalid Input Error: date_trunc"));
}

TEST_CASE("integers divide as in PostgreSQL and NULLs sort as there", "[time_functions]") {
  Calculator is;
  CHECK(is("7 / 2") == "3");
  CHECK(is("SELECT string_agg(coalesce(x::VARCHAR, 'NULL'), ' ') FROM "
           "(SELECT x FROM (VALUES (3), (NULL), (1)) t(x) ORDER BY x DESC LIMIT 3)") == "NULL 3 1");
  CHECK(is("SELECT string_agg(coalesce(x::VARCHAR, 'NULL'), ' ') FROM "
           "(SELECT x FROM (VALUES (3), (NULL), (1)) t(x) ORDER BY x LIMIT 3)") == "1 3 NULL");
}

}  // namespace
}  // namespace micromegas::query
