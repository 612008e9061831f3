#include "views/async_events_view.h"

#include <chrono>

#include <arrow/type.h>
#include <catch2/catch.hpp>

#include "recorded_process.h"

namespace micromegas::views {

using namespace std::chrono_literals;

TEST_CASE("a span that ends on another thread keeps its parent", "[async_events]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  const auto worker = app.thread("worker");

  app.at(10ns).begin(ui, "request");
  app.at(20ns).begin(ui, "fetch", ChildOf{"request"});
  app.at(30ns).end(worker, "fetch");
  app.at(40ns).end(ui, "request");

  CHECK(rows_of(app, "async_events") ==  // Ids print as the names given above.
        "10 begin request -       ui    \n"
        "20 begin fetch   request ui    \n"
        "30 end   fetch   request worker\n"
        "40 end   request -       ui    \n");
}

TEST_CASE("thread spans in the same blocks are passed over", "[async_events]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  app.at(1ns).begin_thread_span(ui, "frame");
  app.at(2ns).begin(ui, "request");
  app.at(3ns).end(ui, "request");
  app.at(4ns).end_thread_span(ui, "frame");
  CHECK(rows_of(app, "async_events") ==
        "2 begin request - ui\n"
        "3 end   request - ui\n");
}

TEST_CASE("a span named at run time has that name and its call site's place", "[async_events]") {
  RecordedProcess app;
  const auto ui = app.thread("ui");
  app.at(1ns).begin_named(ui, "GET /index");
  app.at(2ns).begin_named(ui, "GET /about");
  app.at(3ns).end_named(ui, "GET /index");
  app.flush();

  const auto rows = async_events(app.lake().lake(), app.process_id());
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "GET /index");
  CHECK(rows[1].name == "GET /about");
  CHECK(rows[2].name == "GET /index");
  CHECK(rows[0].filename == "main.cpp");
  CHECK(rows[0].target == "app");
  CHECK(rows[0].line == 7);
  CHECK(rows[0].hash == rows[2].hash);
  CHECK(rows[0].hash != rows[1].hash);
}

}  // namespace micromegas::views
