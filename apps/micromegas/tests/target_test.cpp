#include <chrono>
#include <memory>
#include <string>

#include <arrow/api.h>
#include <catch2/catch.hpp>

#include "apps/micromegas/processes_command.h"
#include "apps/micromegas/target/answer_rows.h"
#include "apps/micromegas/target/flight_target.h"
#include "apps/micromegas/target/lake_target.h"
#include "apps/micromegas/target/process_selector.h"
#include "apps/micromegas/timeline/timeline_source.h"
#include "base/error.h"
#include "flight/server.h"
#include "recorded_process.h"

namespace micromegas::cli {
namespace {

using namespace std::chrono_literals;

/// A program of three threads, two of one name, with a span that hops and one that does not end.
class Recording {
 public:
  Recording() {
    const auto late = app_.thread("worker-10");
    const auto ui = app_.thread("ui");
    const auto twin = app_.thread("ui");
    app_.at(1ms).begin(ui, "request");
    app_.at(2ms).begin(ui, "fetch", views::ChildOf{"request"});
    app_.at(9ms).end(late, "fetch");
    app_.at(11ms).end(ui, "request");
    app_.at(12ms).begin(twin, "stuck");
    app_.at(20ms).flush();
  }

  views::RecordedProcess& app() { return app_; }
  std::string folder() const {
    return app_.lake().lake()->partitions_folder().parent_path().string();
  }

  std::unique_ptr<QueryTarget> open_lake() const { return open_lake_target(folder()); }

  /// The same over Flight SQL.
  std::unique_ptr<QueryTarget> connect() {
    if (server_ == nullptr) {
      flight::ServerOptions options;
      options.port = 0;
      server_ = flight::Server::start(app_.lake().open(), options);
    }
    return connect_flight_target("grpc://127.0.0.1:" + std::to_string(server_->port()), "");
  }

 private:
  views::RecordedProcess app_;
  std::unique_ptr<flight::Server> server_;
};

Question question(std::string sql) {
  Question question;
  question.sql = std::move(sql);
  return question;
}

std::string span_text(const Timeline& timeline, const TimelineSpan& span) {
  const auto ms = [&](Timestamp time) {
    return std::to_string((time.ns - timeline.range.begin.ns) / 1'000'000);
  };
  return span.name + ' ' + ms(span.begin) + '-' + ms(span.end) + ' ' +
         timeline.threads[span.begin_thread] + '>' + timeline.threads[span.end_thread] +
         (span.is_open ? " open\n" : "\n");
}

Timeline timeline_of(QueryTarget& target, std::uint64_t max_spans,
                     const std::optional<TimeRange>& range = std::nullopt) {
  const auto process = find_process(target, "latest", {});
  return read_timeline(target, process, range, max_spans, {});
}

}  // namespace

TEST_CASE("a server and the folder of its lake give the same answers", "[target]") {
  Recording recording;
  for (const auto& target : {recording.open_lake(), recording.connect()}) {
    auto ask = question("SELECT COUNT(*) AS n FROM view_instance('async_events', '" +
                        recording.app().process_id().to_string() + "')");
    std::int64_t events = 0;
    for_each_row(*target, ask, [&](const AnswerRow& row) { events = row.integer("n"); });
    CHECK(events == 5);

    ask = question("SELECT * FROM (VALUES (1, NULL), (2, 'b')) AS t(a, b)");
    ask.limit = 1;
    int rows = 0;
    for_each_row(*target, ask, [&](const AnswerRow& row) {
      ++rows;
      CHECK(row.integer("a") == 1);
      CHECK(row.is_null("b"));
      CHECK(row.text("b").empty());
      CHECK_THROWS_WITH(row.text("c"), Catch::Contains("'c' is missing"));
      CHECK_THROWS_WITH(row.time("a"), Catch::Contains("not a time"));
    });
    CHECK(rows == 1);
  }
}

TEST_CASE("a time range filters what a view shows", "[target]") {
  Recording recording;
  const auto start = recording.app().process().start_time.floor_to_microsecond();
  for (const auto& target : {recording.open_lake(), recording.connect()}) {
    auto ask = question("SELECT name FROM view_instance('async_events', '" +
                        recording.app().process_id().to_string() + "') ORDER BY time");
    ask.range = TimeRange{{start.ns + 2'000'000}, {start.ns + 9'000'000}};
    std::string names;
    for_each_row(*target, ask, [&](const AnswerRow& row) { names += row.text("name") + ' '; });
    CHECK(names == "fetch fetch ");
  }
}

TEST_CASE("errors keep their kind over the wire", "[target]") {
  Recording recording;
  for (const auto& target : {recording.open_lake(), recording.connect()}) {
    try {
      target->ask(question("SELEC 1"));
      FAIL("answered");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::kInvalidArgument);
      CHECK_THAT(error.what(), Catch::Contains("syntax") && !Catch::Contains("gRPC"));
    }
    auto cancelled = question("SELECT 1");
    cancelled.cancel.cancel();
    try {
      for_each_row(*target, cancelled, [](const AnswerRow&) {});
      FAIL("answered");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::kCancelled);
    }
  }
}

TEST_CASE("without a server or a lake it is said what to do", "[target]") {
  const auto nobody = connect_flight_target("grpc://127.0.0.1:1", "");
  CHECK_THROWS_WITH(nobody->ask(question("SELECT 1")),
                    Catch::Contains("no server answers at grpc://127.0.0.1:1") &&
                        Catch::Contains("micromegas serve") && Catch::Contains("--lake"));
  try {
    open_lake_target("no-such-folder");
    FAIL("opened");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kUnavailable);
    CHECK_THAT(error.what(), Catch::Contains("no-such-folder"));
  }
}

TEST_CASE("processes are found by latest, id and name", "[target]") {
  Recording recording;
  const auto target = recording.open_lake();
  const auto id = recording.app().process_id();
  const auto& exe = recording.app().process().exe;
  CHECK(find_process(*target, "latest", {}).process_id == id);
  CHECK(find_process(*target, id.to_string(), {}).exe == exe);
  CHECK(find_process(*target, exe.substr(1, 3), {}).process_id == id);
  CHECK_THROWS_WITH(find_process(*target, "no-such-program", {}),
                    Catch::Contains("no process matches 'no-such-program'"));

  int processes = 0;
  for_each_row(*target, question(newest_processes_sql(5)), [&](const AnswerRow& row) {
    ++processes;
    CHECK(row.text("process_id") == id.to_string());
    CHECK(row.integer("events") == 5);
    CHECK(row.integer("blocks") == 3);
  });
  CHECK(processes == 1);
}

TEST_CASE("a timeline reads spans, threads and what is usual", "[target]") {
  Recording recording;
  const auto target = recording.open_lake();
  const auto timeline = timeline_of(*target, 10);
  CHECK(timeline.process_id == recording.app().process_id().to_string());
  CHECK(timeline.all_spans == 3);
  CHECK(timeline.names.size() == 3);
  // Threads of one name bear their ids; 10 ms is where the last block ended.
  REQUIRE(timeline.threads.size() == 3);
  CHECK(timeline.threads[0].substr(0, 3) == "ui-");
  CHECK(timeline.threads[1].substr(0, 3) == "ui-");
  CHECK(timeline.threads[2] == "worker-10");
  REQUIRE(timeline.spans.size() == 3);
  const auto& request = timeline.threads[timeline.spans[0].begin_thread];
  CHECK(span_text(timeline, timeline.spans[0]) == "request 0-10 " + request + '>' + request + '\n');
  CHECK(span_text(timeline, timeline.spans[1]) == "fetch 1-8 " + request + ">worker-10\n");
  CHECK(timeline.spans[1].parent_span_id == timeline.spans[0].span_id);
  CHECK(timeline.spans[2].mark == SpanMark::kOpen);
  CHECK(timeline.spans[2].end == timeline.range.end);
}

TEST_CASE("a bounded timeline keeps open and long spans, within the range", "[target]") {
  Recording recording;
  const auto target = recording.open_lake();
  const auto two = timeline_of(*target, 2);
  REQUIRE(two.spans.size() == 2);
  CHECK(two.spans_left_out() == 1);
  CHECK(two.spans[0].name == "request");
  CHECK(two.spans[1].name == "stuck");

  const auto start = recording.app().process().start_time.floor_to_microsecond();
  const TimeRange range{{start.ns + 3'000'000}, {start.ns + 4'000'000}};
  const auto part = timeline_of(*target, 10, range);
  CHECK(part.range == range);
  CHECK(part.all_spans == 2);
}

}  // namespace micromegas::cli
