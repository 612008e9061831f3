#include <arrow/type.h>
#include <catch2/catch.hpp>

#include "apps/micromegas/tests/rendered.h"

namespace micromegas::cli {
namespace {

std::string table(const std::vector<TestColumn>& columns, const TableStyle& style = {}) {
  return "\n" + rendered(OutputFormat::kTable, {batch_of(columns)}, style);
}

const auto kTime = arrow::timestamp(arrow::TimeUnit::NANO, "+00:00");

}  // namespace

TEST_CASE("numbers stand to the right, text to the left, times are RFC 3339", "[table]") {
  CHECK(table({{"time", kTime, "[1795327341939069005, 0]"},
               {"name", arrow::utf8(), R"(["request", "fetch"])"},
               {"spans", arrow::int64(), "[12, 1204]"},
               {"mean", arrow::float64(), "[41.5, 0.25]"},
               {"ok", arrow::boolean(), "[true, false]"}}) == R"(
time                            name     spans  mean  ok
──────────────────────────────  ───────  ─────  ────  ─────
2026-11-22T06:02:21.939069005Z  request     12  41.5  true
1970-01-01T00:00:00.000000000Z  fetch     1204  0.25  false
)");
}

TEST_CASE("NULL, empty text and the text NULL look different", "[table]") {
  CHECK(table({{"text", arrow::utf8(), R"([null, "", "NULL", "null"])"},
               {"n", arrow::int32(), "[null, 1, 2, 3]"}}) == R"(
text       n
──────  ────
NULL    NULL
           1
"NULL"     2
null       3
)");
}

TEST_CASE("a result without rows shows its columns", "[table]") {
  CHECK(table({{"span_id", arrow::int64(), "[]"}, {"name", arrow::utf8(), "[]"}}) == R"(
span_id  name
───────  ────
)");
}

TEST_CASE("the widest text column gives way when the line is short", "[table]") {
  CHECK(table({{"id", arrow::int64(), "[1234567890123]"},
               {"short", arrow::utf8(), R"(["abc"])"},
               {"long", arrow::utf8(), R"(["the quick brown fox jumps"])"}},
              {32, 0, false}) == R"(
           id  short  long
─────────────  ─────  ──────────
1234567890123  abc    the quick…
)");
}

TEST_CASE("a maximal column width cuts text but no number", "[table]") {
  CHECK(table({{"id", arrow::int64(), "[1234567890123]"},
               {"text", arrow::utf8(), R"(["the quick brown fox"])"}},
              {0, 9, false}) == R"(
           id  text
─────────────  ─────────
1234567890123  the quic…
)");
}

TEST_CASE("rows too wide for any line become blocks", "[table]") {
  CHECK(table({{"first", arrow::int64(), "[1234567890123, 2]"},
               {"second", arrow::int64(), "[1234567890123, null]"},
               {"third", arrow::utf8(), R"(["the quick brown fox jumps", "b"])"}},
              {30, 0, false}) == R"(
row 1 ────────────────────────
first   1234567890123
second  1234567890123
third   the quick brown fox j…
row 2 ────────────────────────
first   2
second  NULL
third   b
)");
}

TEST_CASE("values cannot break the table or speak to the terminal", "[table]") {
  CHECK(table({{"text", arrow::utf8(), R"(["two\nlines", "\u001b[31mred", "tab\there"])"}}) == R"(
text
───────────
two\nlines
\x1b[31mred
tab\there
)");
}

TEST_CASE("wide characters take two cells", "[table]") {
  CHECK(table({{"name", arrow::utf8(), R"(["日本", "né"])"}, {"n", arrow::int8(), "[1, 2]"}}) == R"(
name  n
────  ─
日本  1
né    2
)");
}

TEST_CASE("rows beyond those that were measured stream through the same columns", "[table]") {
  std::string many = "[";
  for (int i = 0; i < 1500; ++i) many += i == 0 ? "\"ab\"" : ",\"ab\"";
  const auto first = batch_of({{"t", arrow::utf8(), many + "]"}});
  const auto second = batch_of({{"t", arrow::utf8(), R"(["abcdef"])"}});
  const auto text = rendered(OutputFormat::kTable, {first, second});
  CHECK(text.substr(0, 12) == "t\n──\nab\n");
  CHECK(text.substr(text.size() - 8) == "ab\na…\n");
}

TEST_CASE("colours mark the head and what is NULL", "[table]") {
  CHECK(rendered(OutputFormat::kTable, {batch_of({{"a", arrow::utf8(), "[null]"}})},
                 {0, 0, true}) == "\x1b[1ma\x1b[0m\n\x1b[2m────\x1b[0m\n\x1b[2mNULL\x1b[0m\n");
}

}  // namespace micromegas::cli
