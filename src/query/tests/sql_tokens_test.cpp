#include "query/sql_tokens.h"

#include <catch2/catch.hpp>

namespace micromegas::query {
namespace {

std::string cut(std::string_view sql) {
  std::string text;
  for (const auto& token : tokenize(sql))
    text += (text.empty() ? "" : "|") + std::string(token.text);
  return text;
}

TEST_CASE("comments and white space separate tokens and are none", "[sql_tokens]") {
  CHECK(cut("select/* a /* b */ c */1 -- d\n+\t2 --") == "select|1|+|2");
  CHECK(cut("1 -- a carriage return ends a comment, too\r(") == "1|(");
  CHECK(cut("  ").empty());
  CHECK(cut("/* never closed select").empty());
}

TEST_CASE("Unicode spaces separate tokens, too", "[sql_tokens]") {
  CHECK(cut("\ufeffselect\u00a0a\u2000\"b\u00a0\"\u3000"
            "1\u2060$$x$$") == "select|a|\"b\u00a0\"|1|$$x$$");
  CHECK(cut("\u00a1\u200c \xc2") == "\u00a1\u200c|\xc2");
}

TEST_CASE("quotes hold anything", "[sql_tokens]") {
  CHECK(cut("'it''s -- no comment' \"a\"\"b\" E'\\'' $$it's$$ $t$ $$ $t$") ==
        "'it''s -- no comment'|\"a\"\"b\"|E'\\''|$$it's$$|$t$ $$ $t$");
  CHECK(cut("'never closed") == "'never closed");
  CHECK(cut("$1 é") == "$|1|é");
}

TEST_CASE("an unquoted end is a column, except where it closes a CASE", "[sql_tokens]") {
  CHECK(quote_end_columns("SELECT max(end), t.END FROM t ORDER BY end") ==
        "SELECT max(\"end\"), t.\"end\" FROM t ORDER BY \"end\"");
  CHECK(quote_end_columns("SELECT CASE WHEN end > 1 THEN end ELSE end END AS end") ==
        "SELECT CASE WHEN \"end\" > 1 THEN \"end\" ELSE \"end\" END AS \"end\"");
  CHECK(quote_end_columns("SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END, end") ==
        "SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END, \"end\"");
  CHECK(quote_end_columns("SELECT 'end', \"end\" -- end") == "SELECT 'end', \"end\" -- end");
}

}  // namespace
}  // namespace micromegas::query
