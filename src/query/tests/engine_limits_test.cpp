#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include <arrow/record_batch.h>
#include <catch2/catch.hpp>

#include "query/database.h"
#include "query/status.h"
#include "recorded_lake.h"

namespace micromegas::query {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEndless =
    "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 8";

TEST_CASE("a cancelled query stops within a second", "[engine][cancel]") {
  RecordedLake app;
  RequestOptions request;
  std::thread client([&] {
    std::this_thread::sleep_for(200ms);
    request.cancel.cancel();
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(app.error(kEndless, request) == "cancelled: the request was cancelled");
  client.join();
  CHECK(std::chrono::steady_clock::now() - begin < 1200ms);
  CHECK(app.rows("SELECT 1") == "1\n");
}

TEST_CASE("a query that is cancelled while its view is built stops and leaves the next one well",
          "[engine][cancel]") {
  RecordedLake app;
  const auto ui = app.thread("ui");
  for (int block = 0; block < 400; ++block) {
    for (int i = 0; i < 500; ++i) {
      app.at(std::chrono::nanoseconds(block * 1000 + i)).begin(ui, "span " + std::to_string(i % 9));
    }
    app.flush(ui);
  }
  RequestOptions request;
  std::thread client([&] {
    std::this_thread::sleep_for(5ms);
    request.cancel.cancel();
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK(app.error("SELECT count(*) FROM view_instance('async_events', '$process')", request) ==
        "cancelled: the request was cancelled");
  client.join();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(app.rows("SELECT count(*) FROM view_instance('async_events', '$process')") == "200000\n");
}

TEST_CASE("a request that was cancelled beforehand does nothing", "[engine][cancel]") {
  RecordedLake app;
  RequestOptions request;
  request.cancel.cancel();
  CHECK(app.error("SELECT 1", request) == "cancelled: the request was cancelled");
}

TEST_CASE("a reader that is let go of ends its query", "[engine][cancel]") {
  RecordedLake app;
  for (int i = 0; i < 20; ++i) {
    auto reader = app.engine().execute("SELECT * FROM range(100000000)", {});
    std::shared_ptr<arrow::RecordBatch> batch;
    check(reader->ReadNext(&batch));
    CHECK(batch->num_rows() > 0);
  }
  CHECK(app.rows("SELECT 1") == "1\n");
}

TEST_CASE("what exceeds the memory limit spills, and beyond that ends with an error",
          "[engine][memory]") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("micromegas-spill-test-" + Uuid::random().to_string());
  {
    EngineOptions options;
    options.memory_limit = std::size_t{48} << 20;
    options.spill_folder = folder;
    options.spill_limit = std::size_t{1} << 30;
    RecordedLake app(options);
    CHECK(app.rows("SELECT count(*), min(h) IS NOT NULL FROM (SELECT hash(range) AS h, "
                   "repeat('x', 50) AS t FROM range(2000000) ORDER BY h OFFSET 1)") ==
          "1999999 | true\n");
    CHECK(app.error("SELECT len(list(repeat('x', 1000))) FROM range(1000000)")
              .starts_with("resource exhausted: Out of Memory Error"));
    CHECK(app.rows("SELECT 1") == "1\n");
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("functions that make as much as they are told to have a bound", "[engine][memory]") {
  RecordedLake app;
  for (const std::string call :
       {"len(range(300000000))", "len(range(0, 5000000000, 10))", "len(range(0, -300000000, -1))",
        "len(generate_series(1, 300000000))", "len(repeat('x', 4000000000))",
        "len(repeat('0123456789', 7000000))", "len(lpad('x', 2000000000, 'y'))",
        "len(rpad('x', 2000000000, 'y'))", "len(list_resize([1], 1000000000))",
        "len(array_resize([1], 1000000000, 2))", "len(repeat([1, 2, 3], 1000000000))",
        "len(generate_series(TIMESTAMP '2020-01-01', TIMESTAMP '2021-01-01', INTERVAL '1 second'))",
        "sum(len(repeat('x', 1000000 + range))) FROM range(2000)"}) {
    INFO(call);
    CHECK_THAT(app.error("SELECT " + call), Catch::Contains("make at most 64 MiB at a time"));
  }
}

TEST_CASE("within their bound they do what they always did", "[engine]") {
  RecordedLake app;
  CHECK(app.rows("SELECT range(3)::VARCHAR, range(2, 4)::VARCHAR, range(9, 3, -3)::VARCHAR") ==
        "[0, 1, 2] | [2, 3] | [9, 6]\n");
  CHECK(app.rows("SELECT generate_series(2)::VARCHAR, range(NULL) IS NULL") ==
        "[0, 1, 2] | true\n");
  CHECK(app.rows("SELECT len(generate_series(TIMESTAMP '2020-01-01', TIMESTAMP '2020-02-01', "
                 "INTERVAL '1 day')), len(range(DATE '2020-01-01', DATE '2020-03-01', "
                 "INTERVAL '1 month'))") == "32 | 2\n");
  CHECK(
      app.rows("SELECT repeat('ab', 2), 'ab'.repeat(2), repeat([1], 2)::VARCHAR, repeat('x', -1), "
               "repeat('\\xAA'::BLOB, 2)::VARCHAR") == "abab | abab | [1, 1] |  | \\xAA\\xAA\n");
  CHECK(app.rows("SELECT lpad('x', 3, '-'), rpad('x', 3, '-'), list_resize([1], 2)::VARCHAR, "
                 "array_resize([1], 3, 7)::VARCHAR") == "--x | x-- | [1, NULL] | [1, 7, 7]\n");
  CHECK(app.rows("SELECT count(*), max(len(repeat('x', 1000))) FROM range(100000)") ==
        "100000 | 1000\n");
  CHECK(app.rows("SELECT sum(i) FROM (SELECT unnest(range(1000)) AS i)") == "499500\n");
}

TEST_CASE("an engine leaves no spill folder of its own behind", "[engine][memory]") {
  const auto spill_folders = [] {
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
      count += entry.path().filename().string().starts_with("micromegas-spill-") ? 1u : 0u;
    }
    return count;
  };
  const auto before = spill_folders();
  {
    EngineOptions options;
    options.memory_limit = std::size_t{48} << 20;
    RecordedLake app(options);
    app.rows(
        "SELECT count(*) FROM (SELECT hash(range) AS h, repeat('x', 50) AS t "
        "FROM range(2000000) ORDER BY h OFFSET 1)");
  }
  CHECK(spill_folders() == before);
}

TEST_CASE("many clients at once get what one gets", "[engine][concurrency]") {
  RecordedLake app;
  const auto ui = app.thread("ui");
  for (int i = 0; i < 1000; ++i) {
    app.at(std::chrono::nanoseconds(10 * i)).begin(ui, "span " + std::to_string(i % 7));
  }
  app.flush();
  const std::vector<std::string> statements = {
      "SELECT count(*) FROM view_instance('async_events', '$process')",
      "SELECT name, count(*) FROM view_instance('async_events', '$process') GROUP BY 1 ORDER BY 1",
      "SELECT exe FROM processes",
      "SELECT tags FROM streams",
      "SELECT nb_objects FROM blocks",
      "SELECT count(*) FROM list_view_sets()",
      "SELECT sum(range) FROM range(100000)"};
  std::vector<std::string> expected;
  expected.reserve(statements.size());
  for (const auto& statement : statements) expected.push_back(app.rows(statement));
  CHECK(expected[0] == "1000\n");

  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  clients.reserve(8);
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&, client] {
      for (std::size_t i = 0; i < 40; ++i) {
        const std::size_t which = (i + static_cast<std::size_t>(client)) % statements.size();
        if (app.rows(statements[which]) != expected[which]) ++wrong;
        if (app.error("SELECT * FROM view_instance('async_events', 'global')")
                .find("no global instance") == std::string::npos) {
          ++wrong;
        }
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(wrong == 0);
}

// A second lock behind the guard: what gets past the guard still meets a closed database.
TEST_CASE("the database reads no other folder and changes no setting", "[engine]") {
  const auto folder = std::filesystem::temp_directory_path();
  Database database({}, folder / "nothing-here");
  database.lock();
  const auto connection = database.connect();
  const std::vector<std::string> statements = {
      "SELECT * FROM read_text('/etc/hostname')",
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM glob('/etc/*')",
      "COPY (SELECT 1) TO '" + (folder / "x.csv").string() + "'",
      "ATTACH '" + (folder / "x.db").string() + "'",
      "SET threads = 1",
      "SET enable_external_access = true",
      "INSTALL httpfs",
      "LOAD httpfs"};
  for (const auto& sql : statements) {
    INFO(sql);
    CHECK_THROWS_AS(run(connection.get(), sql), Error);
  }
}

}  // namespace
}  // namespace micromegas::query
