#include "query/statement_guard.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "query/database.h"

namespace micromegas::query {
namespace {

/// A database without lake or files: the guard only parses.
class Guard {
 public:
  Guard() : database_({}, "/nonexistent"), connection_(database_.connect()) {}

  std::string admitted(std::string_view sql) { return admit_statement(connection_.get(), sql).sql; }
  std::string refusal(std::string_view sql) {
    try {
      return "admitted: " + admitted(sql);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kInvalidArgument ? error.what() : "not the caller's fault";
    }
  }

 private:
  Database database_;
  DuckdbConnection connection_;
};

TEST_CASE("statements that read are admitted as they are", "[guard]") {
  Guard guard;
  for (const std::string sql :
       {"SELECT 1", "select 1;", " -- hello\n SELECT /* there */ 1 -- bye", "VALUES (1, 2)",
        "FROM processes", "TABLE blocks", "SELECT * FROM main.streams",
        "WITH a AS (SELECT 1), b AS (FROM a) SELECT * FROM b",
        "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 4) FROM r",
        "SELECT * FROM view_instance('async_events', 'x') a JOIN list_partitions() b ON true",
        "SELECT * FROM range(3), generate_series(1, 2), unnest([1, 2])",
        "SELECT 1 UNION ALL SELECT 2 ORDER BY 1 LIMIT 1",
        "SELECT * FROM (SELECT * FROM processes) p WHERE EXISTS (SELECT 1 FROM blocks)",
        "SELECT * FROM processes p, LATERAL (SELECT p.exe) q", "DESCRIBE processes",
        "DESCRIBE SELECT 1", "SELECT * FROM processes PIVOT (count(*) FOR exe IN ('a', 'b'))"}) {
    CHECK(guard.admitted(sql) == sql);
  }
  CHECK(guard.admitted("explain select 1") == "EXPLAIN  select 1");
}

TEST_CASE("statements that do more than read are refused by name", "[guard]") {
  Guard guard;
  for (const std::string sql :
       {"COPY (SELECT 1) TO 'x'",
        "CREATE TABLE t AS SELECT 1",
        "CREATE MACRO m(x) AS x",
        "INSERT INTO processes VALUES (1)",
        "UPDATE processes SET exe = ''",
        "DELETE FROM processes",
        "DROP VIEW processes",
        "ALTER TABLE x ADD COLUMN y INT",
        "TRUNCATE processes",
        "SET threads = 1",
        "RESET threads",
        "PRAGMA version",
        "ATTACH 'x' AS y",
        "DETACH y",
        "USE memory",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE 'x'",
        "IMPORT DATABASE 'x'",
        "CALL range(3)",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE p",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "VACUUM",
        "CHECKPOINT",
        "ANALYZE",
        "CREATE SECRET s (TYPE s3)",
        "MERGE INTO processes USING blocks ON true WHEN MATCHED THEN DELETE"}) {
    const std::string first_word = sql.substr(0, sql.find(' '));
    CHECK(guard.refusal(sql).starts_with("refused: " + first_word + ". Allowed: one SELECT"));
  }
  CHECK(guard.refusal("WITH x AS (INSERT INTO processes VALUES (1) RETURNING *) FROM x")
            .starts_with("refused: INSERT within a statement"));
  CHECK(guard.refusal("SELECT 1; SELECT 2").starts_with("refused: 2 statements"));
  CHECK(guard.refusal("SELECT 1; COPY (SELECT 1) TO 'x'").starts_with("refused: "));
  CHECK(guard.refusal("").starts_with("the statement is empty"));
  CHECK(guard.refusal("-- nothing").starts_with("the statement is empty"));
}

TEST_CASE("EXPLAIN only explains", "[guard]") {
  Guard guard;
  CHECK(guard.refusal("EXPLAIN ANALYZE SELECT 1").starts_with("refused: EXPLAIN with ANALYZE"));
  CHECK(guard.refusal("EXPLAIN /* */ analyze COPY (SELECT 1) TO 'x'").starts_with("refused: "));
  CHECK(guard.refusal("EXPLAIN (ANALYZE) SELECT 1").starts_with("refused: EXPLAIN with"));
  CHECK(guard.refusal("EXPLAIN COPY (SELECT 1) TO 'x'").starts_with("refused: COPY"));
  CHECK(guard.refusal("EXPLAIN EXPLAIN ANALYZE SELECT 1").starts_with("refused: EXPLAIN"));
}

TEST_CASE("files are no tables", "[guard]") {
  Guard guard;
  for (const std::string table :
       {"'/etc/passwd'", "'x.csv'", "\"x.parquet\"", "'*.parquet'", "\"../x.json\"", "x.y.z"}) {
    CHECK(guard.refusal("SELECT * FROM " + table).starts_with("table '"));
    CHECK(guard.refusal("SELECT (SELECT 1 FROM " + table + ")").starts_with("table '"));
    CHECK(guard.refusal("DESCRIBE SELECT * FROM " + table).starts_with("table '"));
  }
  for (const std::string function :
       {"read_text", "read_blob", "read_csv", "read_parquet", "parquet_metadata", "glob",
        "sniff_csv", "read_json", "parquet_scan", "read_duckdb"}) {
    CHECK(guard.refusal("SELECT * FROM " + function + "('x')")
              .starts_with("refused: table function '" + function + "'"));
    CHECK(guard.refusal("SELECT 1 WHERE 1 IN (SELECT 1 FROM " + function + "('x'))")
              .starts_with("refused: table function"));
  }
}

TEST_CASE("DuckDB's own catalogs and other SQL by the back door are refused", "[guard]") {
  Guard guard;
  for (const std::string sql :
       {"FROM duckdb_tables", "FROM pg_catalog.pg_class", "FROM sqlite_master", "FROM pg_class",
        "FROM information_schema.schemata", "FROM system.main.duckdb_views",
        "FROM micromegas_information_tables"}) {
    CHECK(guard.refusal(sql).starts_with("table '"));
  }
  for (const std::string sql :
       {"FROM duckdb_settings()", "FROM duckdb_secrets()", "FROM pragma_version()",
        "FROM query('SELECT 1')", "FROM query_table('x')", "FROM micromegas_processes()",
        "FROM json_execute_serialized_sql('x')", "FROM duckdb_logs()",
        "FROM which_secret('a', 'b')", "FROM system.main.range(3)"}) {
    CHECK(guard.refusal(sql).starts_with("refused: table function"));
  }
  for (const std::string call :
       {"getenv('HOME')", "current_setting('memory_limit')", "getvariable('x')",
        "micromegas_view_sql('a', 'b')", "json_serialize_plan('SELECT 1')", "write_log('x')",
        "sleep_ms(1000000)", "pg_sleep(1)", "nextval('x')", "GetEnv('HOME')",
        "system.main.getenv('HOME')", "main.getenv('HOME')"}) {
    CHECK(guard.refusal("SELECT " + call).starts_with("refused: function"));
    CHECK(guard.refusal("SELECT 1 ORDER BY coalesce(" + call + ", 1)")
              .starts_with("refused: function"));
  }
  CHECK(guard.refusal("SHOW ALL TABLES").starts_with("refused: SHOW"));
  CHECK(guard.refusal("SHOW DATABASES").starts_with("refused: SHOW"));
  CHECK(guard.refusal("SUMMARIZE processes").starts_with("refused: SUMMARIZE"));
  CHECK(guard.refusal("SELECT * FROM (SHOW TABLES)").starts_with("refused: SHOW"));
}

TEST_CASE("a WITH name opens nothing beyond the part that may see it", "[guard]") {
  Guard guard;
  CHECK(guard
            .refusal("SELECT * FROM (WITH duckdb_columns AS (SELECT 1) FROM duckdb_columns), "
                     "duckdb_columns")
            .starts_with("table 'duckdb_columns' not found (at line 1, column 72)"));
  CHECK(guard.refusal("WITH a AS (FROM \"x.csv\"), \"x.csv\" AS (SELECT 1) FROM a")
            .starts_with("table 'x.csv'"));
  CHECK(guard.refusal("WITH \"x.csv\" AS (FROM \"x.csv\") FROM \"x.csv\"")
            .starts_with("table 'x.csv'"));
  CHECK(guard.refusal("SELECT (WITH pg_class AS (SELECT 1) SELECT 1), (FROM pg_class)")
            .starts_with("table 'pg_class'"));

  // A recursive one begins with a part that does not see it.
  for (
      const char* statement :
      {("WITH RECURSIVE duckdb_tables AS (SELECT * FROM duckdb_tables UNION ALL SELECT * FROM "
        "duckdb_tables WHERE false) FROM duckdb_tables"),
       ("WITH RECURSIVE \"x.parquet\" AS (SELECT * FROM \"x.parquet\" UNION ALL SELECT * FROM "
        "\"x.parquet\" WHERE false) FROM \"x.parquet\""),
       ("WITH RECURSIVE duckdb_tables AS (WITH a AS (FROM duckdb_tables) FROM a UNION ALL SELECT * "
        "FROM duckdb_tables WHERE false) FROM duckdb_tables"),
       ("WITH RECURSIVE \"x.parquet\" AS (WITH a AS (FROM \"x.parquet\") FROM a UNION ALL SELECT * "
        "FROM \"x.parquet\" WHERE false) FROM \"x.parquet\"")}) {
    CHECK(guard.refusal(statement).starts_with("table '"));
  }
  const std::string repeated =
      "WITH RECURSIVE R AS (SELECT 1 AS i UNION ALL (WITH x AS (FROM r) SELECT i + 1 FROM x, "
      "(SELECT 1 FROM r LIMIT 1) WHERE i < 4)) FROM r";
  CHECK(guard.admitted(repeated) == repeated);
}

TEST_CASE("Unicode spaces shift no edit into another place", "[guard]") {
  Guard guard;
  // As pasted from a chat: a no-break space before the literal, a byte order mark before all.
  CHECK(guard.admitted("\ufeffSELECT\u00a0TIMESTAMP\u202f'2020-01-01\u00a0'") ==
        "   SELECT  TIMESTAMPTZ_NS   '2020-01-01\u00a0'");
  CHECK(guard.admitted("SELECT end\u2003, 1 AS \"a\u00a0\", '\u3000' -- \u200b") ==
        "SELECT \"end\"   , 1 AS \"a\u00a0\", '\u3000' --    ");

  // 41 bytes too many place the type of the literal on the quote of a name, and open the name.
  std::string spaces;
  for (int i = 0; i < 41; ++i) spaces += "\u00a0";
  const std::string attack = "1 \"aaaaaaaa, * FROM duckdb_settings() --\", TIMESTAMP '2020-01-01'";
  CHECK(guard.admitted("SELECT" + spaces + attack) ==
        "SELECT" + std::string(82, ' ') +
            "1 \"aaaaaaaa, * FROM duckdb_settings() --\", TIMESTAMPTZ_NS '2020-01-01'");

  // DuckDB knows no E'...' when it looks for spaces: to it, the quote ends at the backslash.
  const std::string hidden = "SELECT E'\\'" + spaces + "', " + attack;
  CHECK_FALSE(guard.refusal(hidden).starts_with("admitted"));
}

TEST_CASE("the dialect of the original is put into the text", "[guard]") {
  Guard guard;
  CHECK(guard.admitted("SELECT 'é', TIMESTAMP '2024-01-01T00:00:00+02:00'") ==
        "SELECT 'é', TIMESTAMPTZ_NS '2024-01-01T00:00:00+02:00'");
  CHECK(guard.admitted(
            "SELECT cast('2024-01-01' as timestamp), '2024-01-01'::timestamptz, x::TIMESTAMP "
            "FROM processes") ==
        "SELECT cast('2024-01-01' as TIMESTAMPTZ_NS), '2024-01-01'::TIMESTAMPTZ_NS, x::TIMESTAMP "
        "FROM processes");
  CHECK(guard.admitted("SELECT arrow_cast(arrow_cast(a + 1, 'Int64'), 'Float64') FROM blocks") ==
        "SELECT CAST(CAST(a + 1 AS BIGINT) AS DOUBLE) FROM blocks");
  CHECK(guard.refusal("SELECT arrow_cast(a, 'Int65')").starts_with("arrow_cast (at line 1"));
  CHECK(guard.refusal("SELECT arrow_cast(a, b)").starts_with("arrow_cast"));
  CHECK(guard.admitted("SELECT tables.table_name FROM information_schema.tables") ==
        "SELECT tables.table_name FROM micromegas_information_tables AS tables");
  CHECK(guard.admitted("FROM information_schema.columns c") ==
        "FROM micromegas_information_columns c");
  CHECK(guard.admitted("SHOW TABLES;").starts_with("SELECT * FROM micromegas_information_tables"));
  CHECK(guard.refusal("SHOW COLUMNS FROM duckdb_tables").starts_with("table 'duckdb_tables'"));
}

TEST_CASE("errors say where", "[guard]") {
  Guard guard;
  CHECK(guard.refusal("SELEC 1") == "SQL syntax: syntax error at or near \"SELEC\" (at byte 0)");
  CHECK(guard.refusal("SELECT 1\nFROM nowhere")
            .starts_with("table 'nowhere' not found (at line 2, column 6). Tables are processes"));
  CHECK(guard.refusal("SELECT ?").starts_with("parameters"));
  CHECK(guard.refusal("SELECT $1").starts_with("parameters"));
  CHECK(guard.refusal(std::string_view("SELECT 1\0", 9)).starts_with("the statement holds a NUL"));
  CHECK(guard.refusal(std::string(2 << 20, ' ')).starts_with("the statement is over 1 MiB"));
}

TEST_CASE("no text keeps the parser busy", "[guard]") {
  Guard guard;
  const auto repeated = [](std::string_view piece, int count) {
    std::string text = "SELECT ";
    for (int i = 0; i < count; ++i) text += piece;
    return text;
  };
  CHECK(guard.refusal(repeated("(", 10'000)).starts_with("the statement is nested too deeply"));
  CHECK(guard.refusal(repeated("abs(", 10'000)).starts_with("the statement is nested too deeply"));
  CHECK(guard.refusal(repeated("- ", 10'000)).starts_with("the statement is nested too deeply"));
  CHECK(guard.refusal(repeated("(SELECT ", 10'000)).starts_with("the statement is nested"));
  CHECK(
      guard.refusal("SELECT --\r" + repeated("(", 20'000)).starts_with("the statement is nested"));
  CHECK(guard.refusal(repeated("[", 300) + "1").starts_with("the statement is nested too deeply"));
  CHECK(guard.admitted(repeated("(", 150) + "1" + std::string(150, ')')).size() > 300);
  CHECK(
      guard.refusal(repeated("1 + ", 5'000) + "1").starts_with("SQL syntax: Max expression depth"));

  const std::string levels = "at most 8 WITH or PIVOT within each other";
  CHECK_THAT(guard.refusal(repeated("(WITH a AS (", 60)), Catch::EndsWith(levels));
  CHECK_THAT(guard.refusal(repeated("(PIVOT a ON ", 60)), Catch::EndsWith(levels));
  CHECK_THAT(guard.refusal(repeated("with a as materialized (", 60)), Catch::EndsWith(levels));
  CHECK_THAT(guard.refusal(repeated(") WITH a AS (", 60)), Catch::StartsWith("SQL syntax: "));
  std::string nested = "SELECT 1";
  for (int i = 0; i < 8; ++i) nested.insert(0, "WITH a AS (").append(") FROM a");
  CHECK(guard.admitted(nested) == nested);
  std::string beside = "SELECT 1";
  for (int i = 0; i < 30; ++i) beside += " UNION ALL (WITH a AS (SELECT 1) FROM a)";
  CHECK(guard.admitted(beside) == beside);
}

TEST_CASE("a statement has room for long lists, within bounds", "[guard]") {
  Guard guard;
  const auto list = [](int count) {
    std::string sql = "SELECT * FROM processes WHERE process_id IN ('0'";
    for (int i = 1; i < count; ++i) sql += ", '" + std::to_string(i) + "'";
    return sql + ")";
  };
  CHECK(guard.admitted(list(19'000)) == list(19'000));
  CHECK(guard.refusal(list(21'000)) ==
        "the statement has more than 40000 words, values and signs: ask in several requests");

  const auto selects = [](int count) {
    std::string sql = "SELECT 1";
    for (int i = 1; i < count; ++i) sql += " UNION ALL SELECT 1";
    return sql;
  };
  CHECK(guard.admitted(selects(900)) == selects(900));
  CHECK(guard.refusal(selects(1'001)).starts_with("the statement holds more than 1000 SELECTs"));
}

}  // namespace
}  // namespace micromegas::query
