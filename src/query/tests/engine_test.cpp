#include "query/engine.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <catch2/catch.hpp>

#include "recorded_lake.h"

namespace micromegas::query {
namespace {

using namespace std::chrono_literals;

/// request on ui, with a child that hops to worker, and one that never ends.
void record_hop(RecordedLake& app) {
  const auto ui = app.thread("ui");
  const auto worker = app.thread("worker");
  app.at(10ns).begin(ui, "request");
  app.at(20ns).begin(ui, "fetch", views::ChildOf{"request"});
  app.at(1000030ns).end(worker, "fetch");
  app.at(1000040ns).end(ui, "request");
  app.at(1000050ns).begin(worker, "stuck");
  app.flush();
}

TEST_CASE("the rows of a view are those of the recorded spans", "[engine]") {
  RecordedLake app;
  record_hop(app);
  CHECK(app.rows("SELECT event_type, name, span_id, parent_span_id, depth, "
                 "time - TIMESTAMP '2023-11-14T22:13:20Z' AS t "
                 "FROM view_instance('async_events', '$process') ORDER BY time") ==
        "begin | request | 1 | NULL | 0 | 10\n"
        "begin | fetch | 2 | 1 | 1 | 20\n"
        "end | fetch | 2 | 1 | 1 | 1000030\n"
        "end | request | 1 | NULL | 0 | 1000040\n"
        "begin | stuck | 3 | NULL | 0 | 1000050\n");
}

TEST_CASE("a view's columns have the documented types", "[engine]") {
  RecordedLake app;
  record_hop(app);
  CHECK(app.schema("SELECT * FROM view_instance('async_events', '$process')") ==
        "stream_id: string\n"
        "block_id: string\n"
        "time: timestamp[ns, tz=+00:00]\n"
        "event_type: string\n"
        "span_id: int64\n"
        "parent_span_id: int64\n"
        "depth: uint32\n"
        "hash: uint32\n"
        "name: string\n"
        "filename: string\n"
        "target: string\n"
        "line: uint32\n");
}

TEST_CASE("dictionaries stay where the request asks for them", "[engine]") {
  RecordedLake app;
  record_hop(app);
  RequestOptions request;
  request.preserve_dictionary = true;
  const std::string dictionary = "dictionary<values=string, indices=int32, ordered=0>";
  const std::string sql =
      "SELECT name, target AS t, upper(name) AS u, time "
      "FROM view_instance('async_events', '$process') ORDER BY time LIMIT 2";
  CHECK(app.schema(sql, request) == "name: " + dictionary + "\nt: " + dictionary +
                                        "\nu: string\ntime: timestamp[ns, tz=+00:00]\n");
  CHECK(app.rows(sql, request) == app.rows(sql));
}

TEST_CASE("tables show what was ingested a moment ago, with the original's columns", "[engine]") {
  RecordedLake app;
  CHECK(app.rows("SELECT * FROM processes").empty());
  record_hop(app);
  CHECK(app.rows("SELECT process_id = '$process', exe, tsc_frequency, start_time, "
                 "parent_process_id = '', properties, last_block_end_ticks FROM processes") ==
        "true | recorded | 1000000000 | 2023-11-14T22:13:20.000000000Z | true | 40000000 | "
        "1000050\n");
  CHECK(
      app.rows("SELECT tags, jsonb_format_json(properties), format, "
               "array_position(tags, 'cpu') IS NOT NULL, property_get(properties, 'THREAD-NAME'), "
               "property_get(properties, 'nope'), properties_length(properties) "
               "FROM streams ORDER BY 5") ==
      "[cpu] | {\"thread-name\":\"ui\"} | micromegas-transit | true | ui | NULL | 1\n"
      "[cpu] | {\"thread-name\":\"worker\"} | micromegas-transit | true | worker | NULL | 1\n");
  CHECK(app.rows("SELECT nb_objects, object_offset, end_ticks, \"streams.tags\", "
                 "\"processes.exe\", payload_size > 0 FROM blocks ORDER BY nb_objects") ==
        "2 | 0 | 1000050 | [cpu] | recorded | true\n"
        "3 | 0 | 1000050 | [cpu] | recorded | true\n");
  CHECK(app.rows("SELECT count(*) FROM blocks") == "2\n");

  CHECK(app.schema("SELECT * FROM processes").starts_with("process_id: string\nexe: string\n"));
  CHECK(app.schema("SELECT tags, properties FROM streams") ==
        "tags: list<tag: string>\nproperties: binary\n");
  const auto blocks = app.schema("SELECT * FROM blocks");
  CHECK(std::count(blocks.begin(), blocks.end(), '\n') == 29);
  CHECK(blocks.find("streams.insert_time: timestamp[ns, tz=+00:00]\nstreams.format: string\n"
                    "processes.start_time: timestamp[ns, tz=+00:00]\n"
                    "processes.start_ticks: int64\nprocesses.tsc_frequency: int64\n"
                    "processes.exe: string\n") != std::string::npos);
}

TEST_CASE("a range filters each view by its own columns, also below joins", "[engine]") {
  RecordedLake app;
  record_hop(app);
  RequestOptions request;
  request.range = RecordedLake::range(20, 1000030);
  CHECK(app.rows("SELECT event_type, name FROM view_instance('async_events', '$process') "
                 "ORDER BY time",
                 request) == "begin | fetch\nend | fetch\n");
  CHECK(app.rows("WITH e AS (SELECT * FROM view_instance('async_events', '$process')) "
                 "SELECT count(*) FROM e a JOIN (SELECT * FROM e) b ON a.span_id = b.span_id",
                 request) == "4\n");
  CHECK(app.rows("SELECT name, state FROM view_instance('async_spans', '$process') ORDER BY name",
                 request) == "fetch | ended\nrequest | ended\n");
  // Insert times are now, long after that range.
  CHECK(app.rows("SELECT count(*) FROM processes", request) == "0\n");
  CHECK(app.rows("SELECT count(*) FROM blocks", request) == "2\n");
  request.range = RecordedLake::range(2'000'000, 3'000'000);
  CHECK(app.rows("SELECT count(*) FROM view_instance('async_events', '$process')", request) ==
        "0\n");
}

TEST_CASE("a range that holds everything leaves no filter in the plan", "[engine]") {
  RecordedLake app;
  record_hop(app);
  const std::string explain = "EXPLAIN SELECT name FROM view_instance('async_events', '$process')";
  RequestOptions request;
  request.range = RecordedLake::range(0, 2'000'000);
  CHECK(app.rows(explain, request) == app.rows(explain));
  request.range = RecordedLake::range(20, 2'000'000);
  CHECK(app.rows(explain, request) != app.rows(explain));
}

TEST_CASE("only the columns and rows that a statement needs are read from the files", "[engine]") {
  RecordedLake app;
  record_hop(app);
  const auto plan = app.rows(
      "EXPLAIN SELECT name FROM view_instance('async_events', '$process') "
      "WHERE span_id = 2 AND event_type = 'begin'");
  INFO(plan);
  const auto scan = plan.substr(plan.find("Read Parquet"));
  CHECK(scan.find("span_id = 2") != std::string::npos);
  CHECK(scan.find("event_type = 'begin'") != std::string::npos);
  CHECK(scan.find("name") != std::string::npos);
  CHECK(scan.find("filename") == std::string::npos);
  CHECK(scan.find("block_id") == std::string::npos);
}

TEST_CASE("the schema told beforehand is the schema that comes", "[engine]") {
  RecordedLake app;
  record_hop(app);
  for (const std::string text :
       {"SELECT * FROM view_instance('async_events', '$process')",
        "SELECT * FROM view_instance('async_spans', '$process')",
        "SELECT *, count(*) OVER () FROM processes", "SELECT * FROM streams",
        "SELECT * FROM blocks", "SHOW TABLES", "SHOW COLUMNS FROM blocks", "DESCRIBE streams",
        "EXPLAIN SELECT 1", "SELECT * FROM list_partitions()", "SELECT * FROM list_view_sets()",
        "SELECT * FROM list_block_errors()",
        "SELECT now(), [1.5], {'a': sum(1)}, DATE '2024-01-01'",
        ("SELECT time - time, date_trunc('hour', time) FROM "
         "view_instance('async_events', '$process')")}) {
    INFO(text);
    const auto told = app.engine().schema_of(app.sql(text), {});
    const auto came = app.engine().execute(app.sql(text), {})->schema();
    CHECK(told->Equals(*came, /*check_metadata=*/true));
  }
}

TEST_CASE("asking for a schema builds nothing", "[engine]") {
  RecordedLake app;
  record_hop(app);
  app.engine().schema_of(app.sql("SELECT * FROM view_instance('async_events', '$process')"), {});
  CHECK(app.rows("SELECT count(*) FROM list_partitions()") == "0\n");
  app.rows("SELECT count(*) FROM view_instance('async_events', '$process')");
  CHECK(app.rows("SELECT view_set_name, view_instance_id = '$process', sum(num_rows), "
                 "min(min_event_time), min(file_size) > 0, max(sort_order) "
                 "FROM list_partitions() GROUP BY ALL") ==
        "async_events | true | 5 | 2023-11-14T22:13:20.000000010Z | true | NULL\n");
}

TEST_CASE("both sides of a join see one state of a live process", "[engine]") {
  RecordedLake app;
  record_hop(app);
  auto reader = app.engine().execute(
      app.sql("SELECT count(*) FROM view_instance('async_events', '$process') a "
              "FULL JOIN view_instance('async_events', '$process') b "
              "ON a.span_id = b.span_id AND a.event_type = b.event_type "
              "WHERE a.span_id IS NULL OR b.span_id IS NULL"),
      {});
  CHECK(reader->schema()->num_fields() == 1);
}

TEST_CASE("numbers leave as types that every client reads", "[engine]") {
  RecordedLake app;
  CHECK(app.schema("SELECT count(*), sum(range) AS s, sum(range * 1.5) AS d, avg(range) AS a, "
                   "max(range)::DECIMAL(10, 0) AS w FROM range(4)") ==
        "count(*): int64\ns: int64\nd: double\na: double\nw: int64\n");
  CHECK(app.rows("SELECT count(*), sum(range) AS s, sum(range * 1.5) AS d, "
                 "max(range)::DECIMAL(10, 0) AS w FROM range(4)") == "4 | 6 | 9 | 3\n");
  CHECK(app.rows("SELECT sum(-range) FROM range(4)") == "-6\n");
  CHECK(app.error("SELECT sum(9223372036854775807) FROM range(2)")
            .starts_with("invalid argument: a whole number (18446744073709551614) is beyond"));
  CHECK(app.schema("SELECT 'a'::ENUM('a', 'b') AS e, [sum(1)] AS l, uuid() AS u") ==
        "e: string\nl: list<item: int64>\nu: string\n");
  CHECK(app.rows("SELECT 'b'::ENUM('a', 'b') AS e, [sum(1), NULL] AS l") == "b | [1, NULL]\n");
}

TEST_CASE("every time leaves in nanoseconds", "[engine]") {
  RecordedLake app;
  CHECK(app.schema("SELECT now() AS n, TIMESTAMP '2024-01-01T00:00:00+02:00' AS t, "
                   "CAST(string_split('2024-01-01|x', '|')[1] AS TIMESTAMP) AS c") ==
        "n: timestamp[ns, tz=+00:00]\nt: timestamp[ns, tz=+00:00]\nc: timestamp[ns]\n");
  CHECK(app.rows("SELECT TIMESTAMP '2024-01-01T00:00:00.123456789+02:00'") ==
        "2023-12-31T22:00:00.123456789Z\n");
  CHECK(app.error("SELECT make_timestamp(9000, 1, 1, 0, 0, 0)")
            .starts_with("invalid argument: a timestamp of the result has no nanoseconds"));
}

TEST_CASE("a limit cuts after the statement's own", "[engine]") {
  RecordedLake app;
  RequestOptions request;
  request.limit = 3;
  CHECK(app.rows("SELECT * FROM range(10)", request) == "0\n1\n2\n");
  CHECK(app.rows("SELECT * FROM range(10) LIMIT 2", request) == "0\n1\n");
  CHECK(app.rows("SELECT count(*) FROM range(100000)", request) == "100000\n");
  request.limit = 0;
  CHECK(app.rows("SELECT * FROM range(10)", request).empty());
  CHECK(app.schema("SELECT * FROM range(10)", request) == "range: int64\n");
}

TEST_CASE("batches are neither tiny nor beyond a message", "[engine]") {
  RecordedLake app;
  const auto sizes = [&](const std::string& sql) {
    auto reader = app.engine().execute(sql, {});
    std::vector<std::int64_t> rows;
    std::shared_ptr<arrow::RecordBatch> batch;
    while (reader->ReadNext(&batch).ok() && batch != nullptr) rows.push_back(batch->num_rows());
    return rows;
  };
  const auto narrow = sizes("SELECT range FROM range(200000)");
  CHECK(narrow.size() <= 4);
  const auto wide = sizes("SELECT repeat('x', 10000) FROM range(2000)");
  CHECK(wide.size() >= 10);
  CHECK(*std::max_element(wide.begin(), wide.end()) <= 210);
  CHECK(sizes("SELECT repeat('x', 5000000) FROM range(3)") == std::vector<std::int64_t>{1, 1, 1});
  CHECK(sizes("SELECT 1 WHERE false").empty());
}

TEST_CASE("errors keep their kind and name what was wrong", "[engine]") {
  RecordedLake app;
  const auto unknown = ProcessId::random().to_string();
  CHECK(app.error("SELECT * FROM view_instance('async_events', '" + unknown + "')") ==
        "invalid argument: process " + unknown + " not found");
  CHECK(app.error("SELECT * FROM view_instance('async_events', 'global')")
            .starts_with("invalid argument: async_events has no global instance"));
  CHECK(
      app.error("SELECT * FROM view_instance('async_events', 'x')")
          .starts_with("invalid argument: view_instance('async_events', 'x'): 'x' is not a UUID"));
  CHECK(app.error("SELECT * FROM view_instance('nope', '$process')")
            .starts_with("invalid argument: view set 'nope' not found; there are: async_events"));
  CHECK(app.error("SELECT * FROM view_instance('async_events')").starts_with("invalid argument:"));
  CHECK(app.error("SELECT * FROM view_instance('async_events', NULL)")
            .starts_with("invalid argument: view_instance: expected two texts"));
  CHECK(app.error("SELECT p.exe FROM processes p, LATERAL (FROM view_instance('async_events', "
                  "p.process_id))")
            .starts_with("invalid argument:"));
  CHECK(app.error("SELECT nope FROM processes").starts_with("invalid argument: Binder Error"));
  CHECK(app.error("SELECT 1 / 0").starts_with("invalid argument:"));
  CHECK(app.error("SELECT CAST('x' AS BIGINT)").starts_with("invalid argument: Conversion Error"));
  CHECK(app.error("SELECT error('oops')").starts_with("invalid argument:"));
  CHECK(app.error("SELECT nope(1)").starts_with("invalid argument: Catalog Error"));
  CHECK(app.error("SELECT property_get('no jsonb'::BLOB, 'x')").starts_with("invalid argument:"));
  const auto operators = app.error("SELECT DATE '2024-01-01' * 2");
  CHECK(operators.size() < 1'000);
  CHECK(operators.find("LINE 1") != std::string::npos);
}

TEST_CASE("arguments of view_instance may be constant expressions in any spelling", "[engine]") {
  RecordedLake app;
  record_hop(app);
  CHECK(app.rows("SELECT count(*) FROM view_instance('async' || '_events', upper('$process'))") ==
        "5\n");
  CHECK(app.rows("SELECT count(*) FROM view_instance('async_events', '{$process}')") == "5\n");
  CHECK(app.rows("SELECT count(DISTINCT view_instance_id) FROM list_partitions()") == "1\n");
}

TEST_CASE("the information schema shows the tables of a lake and nothing else", "[engine]") {
  RecordedLake app;
  CHECK(app.rows("SHOW TABLES") ==
        "micromegas | main | blocks | BASE TABLE\n"
        "micromegas | main | processes | BASE TABLE\n"
        "micromegas | main | streams | BASE TABLE\n");
  CHECK(app.schema("SHOW TABLES") ==
        "table_catalog: string\ntable_schema: string\ntable_name: string\ntable_type: string\n");
  CHECK(app.rows("SELECT table_name, tables.table_type FROM information_schema.tables "
                 "WHERE table_name IN ('processes', 'log_entries') ORDER BY 1") ==
        "processes | BASE TABLE\n");
  CHECK(app.rows(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = 'streams' AND ordinal_position <= 5 ORDER BY ordinal_position") ==
        "stream_id | VARCHAR\nprocess_id | VARCHAR\ndependencies_metadata | BLOB\n"
        "objects_metadata | BLOB\ntags | VARCHAR[]\n");
  CHECK(app.rows("SELECT column_name, is_nullable FROM (SELECT * FROM information_schema.columns) "
                 "WHERE column_name = 'processes.exe'") == "processes.exe | YES\n");
  CHECK(app.rows("SHOW COLUMNS FROM processes")
            .starts_with("micromegas | main | processes | "
                         "process_id | VARCHAR | YES\n"));
  CHECK(app.rows("DESCRIBE SELECT exe FROM processes") ==
        "exe | VARCHAR | YES | NULL | NULL | NULL\n");
}

TEST_CASE("the list of view sets tells which have instances", "[engine]") {
  RecordedLake app;
  CHECK(app.rows("SELECT view_set_name, has_view_maker, global_instance_available "
                 "FROM list_view_sets() ORDER BY view_set_name") ==
        "async_events | true | false\n"
        "async_spans | true | false\n"
        "blocks | false | true\n"
        "processes | false | true\n"
        "streams | false | true\n");
}

}  // namespace
}  // namespace micromegas::query
