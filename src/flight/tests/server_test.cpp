#include "flight/server.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <arrow/array.h>
#include <arrow/flight/client.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <catch2/catch.hpp>

#include "base/counters.h"
#include "base/error.h"
#include "flight_client.h"
#include "query/status.h"
#include "result_text.h"

namespace micromegas::flight {
namespace {

namespace fl = arrow::flight;
using namespace std::chrono_literals;
using query::check;

void record_request(ServedProcess& app) {
  const auto ui = app.thread("ui");
  app.at(10ns).begin(ui, "request");
  app.at(20ns).begin(ui, "fetch", views::ChildOf{"request"});
  app.at(30ns).end(ui, "fetch");
  app.at(40ns).end(ui, "request");
  app.flush();
}

std::string rows_of(fl::FlightClient& client, const std::string& command) {
  const auto info = check(client.GetFlightInfo(fl::FlightDescriptor::Command(command)));
  REQUIRE(info->endpoints().size() == 1);
  CHECK(info->endpoints()[0].locations.empty());
  auto stream = check(client.DoGet(call_options({}), info->endpoints()[0].ticket));
  arrow::ipc::DictionaryMemo memo;
  CHECK(check(info->GetSchema(&memo))->Equals(*check(stream->GetSchema()), true));
  return query::rows_text(*check(fl::MakeRecordBatchReader(std::move(stream))));
}

TEST_CASE("a ticket with SQL gives its rows", "[flight]") {
  ServedProcess app;
  record_request(app);
  auto client = app.connect();
  CHECK(
      client.rows("SELECT event_type, name FROM " + app.view("async_events") + " ORDER BY time;") ==
      "begin | request\nbegin | fetch\nend | fetch\nend | request\n");
  CHECK(client.get(field(1, "SELECT 1")).status == "OK");
}

TEST_CASE("a flight info holds the true schema and the ticket", "[flight]") {
  ServedProcess app;
  record_request(app);
  auto client = app.connect();
  CHECK(rows_of(client.raw(),
                any("CommandStatementQuery",
                    field(1, "SELECT name, time - time AS d FROM " + app.view("async_events") +
                                 " WHERE event_type = 'begin' ORDER BY time"))) ==
        "request | 0\nfetch | 0\n");
  CHECK(rows_of(client.raw(), any("CommandStatementQuery", field(1, "SELECT 1 WHERE false")))
            .empty());

  arrow::ipc::DictionaryMemo memo;
  const auto schema = check(check(client.raw().GetSchema(fl::FlightDescriptor::Command(
                                      any("CommandStatementQuery", field(1, "SELECT 1 AS a")))))
                                ->GetSchema(&memo));
  CHECK(schema->ToString() == "a: int32");
}

TEST_CASE("a prepared statement is planned, executed as often as wanted, and closed", "[flight]") {
  ServedProcess app;
  record_request(app);
  auto client = app.connect();
  const std::string sql = "SELECT count(*) FROM " + app.view("async_events");
  auto results = check(client.raw().DoAction(fl::Action{
      "CreatePreparedStatement",
      arrow::Buffer::FromString(any("ActionCreatePreparedStatementRequest", field(1, sql)))}));
  const auto result = check(results->Next());
  REQUIRE(result != nullptr);
  const auto body = result->body->ToString();
  CHECK(body.find(field(1, sql)) != std::string::npos);
  CHECK(check(results->Next()) == nullptr);

  const auto command = any("CommandPreparedStatementQuery", field(1, sql));
  CHECK(rows_of(client.raw(), command) == "4\n");
  CHECK(rows_of(client.raw(), command) == "4\n");
  CHECK(client
            .action("ClosePreparedStatement",
                    any("ActionClosePreparedStatementRequest", field(1, sql)))
            .status == "OK");
}

TEST_CASE("the range header filters, the limit header cuts", "[flight]") {
  ServedProcess app;
  record_request(app);
  auto client = app.connect();
  const std::string sql = "SELECT name FROM " + app.view("async_events") + " ORDER BY time";
  CHECK(client.rows(sql, {{"query_range_begin", "2023-11-14T22:13:20.000000020Z"},
                          {"query_range_end", "2023-11-15T00:13:20.000000030+02:00"}}) ==
        "fetch\nfetch\n");
  CHECK(client.rows(sql, {{"query_range_begin", "2023-11-14T22:13:20.000000020Z"}}).size() == 28);
  CHECK(client.rows(sql, {{"limit", "1"}}) == "request\n");

  const auto outcome = client.outcome(sql, {{"query_range_begin", "soon"}});
  CHECK(outcome.status == "Invalid");
  CHECK(outcome.text.find("header query_range_begin: cannot read 'soon'") != std::string::npos);
  CHECK(client.info(any("CommandStatementQuery", field(1, sql)), {{"limit", "x"}}).status ==
        "Invalid");
}

TEST_CASE("dictionaries travel when the header asks for them", "[flight]") {
  ServedProcess app;
  record_request(app);
  auto client = app.connect();
  const std::string ticket =
      any("TicketStatementQuery", field(1, "SELECT name FROM " + app.view("async_events")));
  const auto type = [&](const Headers& headers) {
    auto stream = check(client.raw().DoGet(call_options(headers), {ticket}));
    const auto table = check(stream->ToTable());
    CHECK(table->num_rows() == 4);
    return table->schema()->field(0)->type()->id();
  };
  CHECK(type({}) == arrow::Type::STRING);
  CHECK(type({{"preserve_dictionary", "true"}}) == arrow::Type::DICTIONARY);
}

TEST_CASE("errors have the status of their kind and the id that the log has", "[flight]") {
  ServerOptions options;
  options.engine.memory_limit = std::size_t{48} << 20;
  options.engine.spill_limit = std::size_t{64} << 20;
  ServedProcess app(options);
  auto client = app.connect();
  const auto bad = client.outcome("SELECT nope");
  CHECK(bad.status == "Invalid");
  CHECK(bad.text.find("Binder Error") != std::string::npos);
  CHECK(bad.text.find("(query_id=") != std::string::npos);
  CHECK(client.outcome("COPY (SELECT 1) TO 'x'").status == "Invalid");
  CHECK(client.outcome("EXPLAIN ANALYZE COPY (SELECT 1) TO 'x'").status == "Invalid");
  CHECK(client.outcome("SELECT * FROM read_text('/etc/passwd')").status == "Invalid");
  CHECK(client.outcome("SELECT * FROM view_instance('async_events', 'global')").status ==
        "Invalid");
  CHECK(client.outcome("SELECT 1 / 0").status == "Invalid");
  const auto huge = client.outcome("SELECT len(list(repeat('x', 1000))) FROM range(1000000)");
  CHECK(huge.status == "Invalid");
  CHECK(huge.text.find("Out of Memory Error") != std::string::npos);
  CHECK(client.info(any("CommandStatementQuery", field(1, "SELECT nope"))).status == "Invalid");
  const auto long_name = client.outcome("SELECT \"" + std::string(100'000, 'x') + "\"");
  CHECK(long_name.status == "Invalid");
  CHECK(client.rows("SELECT 1") == "1\n");
}

TEST_CASE("malformed messages are the caller's mistake and harm nobody", "[flight]") {
  ServedProcess app;
  auto client = app.connect();
  for (const std::string& bytes :
       {std::string(), std::string("\xff\xff\xff"), std::string(100'000, '\x0a'),
        any("CommandStatementQuery", "\x0a\x7f"),
        any("TicketStatementQuery", std::string(9, '\xff')), std::string("hello")}) {
    CHECK(client.get(bytes).status == "Invalid");
    CHECK(client.info(bytes).status == "Invalid");
    CHECK(client.action("CreatePreparedStatement", bytes).status == "Invalid");
    CHECK(client.action("ClosePreparedStatement", bytes).status == "Invalid");
  }
  CHECK(outcome_of(client.raw().GetFlightInfo(fl::FlightDescriptor::Path({"a"})).status()).status ==
        "Invalid");
  CHECK(client.rows("SELECT 1") == "1\n");
}

TEST_CASE("what is not offered says so", "[flight]") {
  ServedProcess app;
  auto client = app.connect();
  CHECK(client.info(any("CommandStatementUpdate", field(1, "x"))).status == "NotImplemented");
  CHECK(client.info(any("CommandGetPrimaryKeys", field(3, "x")))
            .text.find("CommandGetPrimaryKeys is not offered") != std::string::npos);
  CHECK(client.action("CloseSession", "").status == "NotImplemented");
  CHECK(outcome_of(client.raw().ListFlights().status()).status == "NotImplemented");
}

TEST_CASE("the catalog has three tables without a catalog", "[flight]") {
  ServedProcess app;
  auto client = app.connect();
  CHECK(rows_of(client.raw(), any("CommandGetTables", "")) ==
        " |  | blocks | table\n |  | processes | table\n |  | streams | table\n");
  CHECK(rows_of(client.raw(), any("CommandGetTables", field(3, "p%") + field(4, "BASE TABLE"))) ==
        " |  | processes | table\n");
  CHECK(rows_of(client.raw(), any("CommandGetTables", field(4, "VIEW"))).empty());
  CHECK(rows_of(client.raw(), any("CommandGetTables", field(1, "other"))).empty());
  CHECK(rows_of(client.raw(), any("CommandGetCatalogs", "")) == "\n");
  CHECK(rows_of(client.raw(), any("CommandGetDbSchemas", "")) == " | \n");
  CHECK(rows_of(client.raw(), any("CommandGetTableTypes", "")) == "table\n");
  const auto info = rows_of(client.raw(), any("CommandGetSqlInfo", std::string("\x08\x00", 2)));
  CHECK(info.find("Micromegas Flight SQL Server") != std::string::npos);
  CHECK(rows_of(client.raw(), any("CommandGetSqlInfo", "")).size() > info.size());

  const auto stream = check(client.raw().DoGet(
      call_options({}),
      {any("CommandGetTables", field(3, "streams") + std::string("\x28\x01", 2))}));
  const auto table = check(stream->ToTable());
  const auto& bytes =
      static_cast<const arrow::BinaryArray&>(*table->GetColumnByName("table_schema")->chunk(0));
  arrow::ipc::DictionaryMemo memo;
  arrow::io::BufferReader reader(arrow::Buffer::FromString(bytes.GetString(0)));
  CHECK(check(arrow::ipc::ReadSchema(&reader, &memo))->field(0)->name() == "stream_id");
}

TEST_CASE("without a key nothing is told", "[flight][auth]") {
  ServerOptions options;
  options.api_keys_json = R"([{"name": "ci", "key": "secret-key"}])";
  ServedProcess app(options);
  auto client = app.connect();
  for (const Headers& headers : {Headers{}, Headers{{"authorization", "Bearer wrong"}},
                                 Headers{{"authorization", "secret-key"}},
                                 Headers{{"authorization", "Basic Y2k6c2VjcmV0LWtleQ=="}}}) {
    const auto outcome = client.outcome("SELECT 1", headers);
    CHECK(outcome.status == "Unauthenticated");
    CHECK(outcome.text.find("invalid token") != std::string::npos);
    CHECK(client.info(any("CommandGetSqlInfo", ""), headers).status == "Unauthenticated");
  }
  CHECK(client.action("CreatePreparedStatement", "").status == "Unauthenticated");
  CHECK(client.rows("SELECT 1", {{"authorization", "Bearer secret-key"}}) == "1\n");
}

TEST_CASE("a handshake with user and password answers with a bearer token", "[flight][auth]") {
  ServerOptions options;
  options.api_keys_json = R"([{"name": "ci", "key": "secret-key"}])";
  ServedProcess app(options);
  auto client = app.connect();
  const auto token = check(client.raw().AuthenticateBasicToken({}, "anyone", "secret-key"));
  CHECK(token.first == "authorization");
  CHECK(token.second == "Bearer secret-key");
  CHECK(client.rows("SELECT 1", {token}) == "1\n");
  const auto refused = client.raw().AuthenticateBasicToken({}, "anyone", "wrong");
  CHECK(outcome_of(refused.status()).status == "Unauthenticated");

  ServedProcess open;
  auto anybody = open.connect();
  CHECK_FALSE(check(anybody.raw().AuthenticateBasicToken({}, "a", "b")).second.empty());
}

TEST_CASE("a client that goes away ends its query within a second", "[flight][cancel]") {
  ServerOptions options;
  options.engine.threads = 1;
  ServedProcess app(options);
  const std::string endless =
      "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 8";
  {
    auto client = app.connect();
    fl::FlightCallOptions call;
    call.timeout = fl::TimeoutDuration{0.3};
    const auto begin = std::chrono::steady_clock::now();
    auto stream = client.raw().DoGet(call, {any("TicketStatementQuery", field(1, endless))});
    const auto status = stream.ok() ? (*stream)->ToTable().status() : stream.status();
    CHECK_FALSE(status.ok());
    CHECK(std::chrono::steady_clock::now() - begin < 1s);
  }
  // Only when the abandoned query has ended is the server done so soon.
  std::this_thread::sleep_for(700ms);
  const auto begin = std::chrono::steady_clock::now();
  app.server().stop();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
}

TEST_CASE("stopping the server ends what still runs", "[flight][cancel]") {
  ServedProcess app;
  std::string status;
  std::thread client([&] {
    status = app.connect()
                 .outcome(
                     "SELECT count(*) FROM range(10000000) a, range(10000000) b "
                     "WHERE (a.range * b.range) % 7 = 8")
                 .status;
  });
  std::this_thread::sleep_for(300ms);
  const auto begin = std::chrono::steady_clock::now();
  app.server().stop();
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  client.join();
  CHECK(status != "OK");
}

TEST_CASE("eight clients are served at once", "[flight][concurrency]") {
  ServedProcess app;
  record_request(app);
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  clients.reserve(8);
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      auto client = app.connect();
      for (int n = 0; n < 20; ++n) {
        if (client.rows("SELECT count(*) FROM " + app.view("async_events")) != "4\n") ++wrong;
        if (client.outcome("SELECT nope").status != "Invalid") ++wrong;
      }
    });
  }
  for (auto& client : clients) client.join();
  CHECK(wrong == 0);
}

TEST_CASE("a large result arrives whole, in messages that every client accepts", "[flight]") {
  ServedProcess app;
  auto client = app.connect();
  auto stream = check(client.raw().DoGet(
      call_options({}), {any("TicketStatementQuery",
                             field(1, "SELECT range, repeat('x', 100) AS t FROM range(300000)"))}));
  std::int64_t rows = 0;
  for (;;) {
    const auto chunk = check(stream->Next());
    if (chunk.data == nullptr) break;
    rows += chunk.data->num_rows();
    CHECK(chunk.data->num_rows() <= 20'000);  // 112 bytes each.
  }
  CHECK(rows == 300'000);
}

TEST_CASE("a port that is taken is told with its address", "[flight]") {
  ServedProcess app;
  ServerOptions options;
  options.port = app.server().port();
  CHECK_THROWS_WITH(
      Server::start(app.lake().lake(), options),
      Catch::StartsWith("Flight: cannot listen on 127.0.0.1:" + std::to_string(options.port)));
}

TEST_CASE("a statement that cannot be planned counts as a query that failed", "[flight]") {
  ServedProcess app;
  record_request(app);
  auto client = app.connect();
  const auto counter = [](const std::string& name) {
    const std::string text = render_counters();
    const auto at = text.find('\n' + name + ' ');
    return at == std::string::npos ? -1L : std::stol(text.substr(at + name.size() + 2));
  };
  const auto queries = counter("micromegas_queries_total");
  const auto failures = counter("micromegas_query_failures_total");
  const auto plan = [&](const std::string& sql) {
    return client.info(any("CommandStatementQuery", field(1, sql))).status;
  };
  CHECK(plan("SELECT 1") == "OK");
  CHECK(counter("micromegas_queries_total") == queries);
  CHECK(plan("SELECT nothing") == "Invalid");
  CHECK(client
            .action("CreatePreparedStatement",
                    any("ActionCreatePreparedStatementRequest", field(1, "COPY x TO 'y'")))
            .status == "Invalid");
  CHECK(counter("micromegas_queries_total") == queries + 2);
  CHECK(counter("micromegas_query_failures_total") == failures + 2);
}

}  // namespace
}  // namespace micromegas::flight
