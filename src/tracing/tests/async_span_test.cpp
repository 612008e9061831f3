#include <functional>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include <micromegas/async_span.h>

#include "recorded_program.h"
#include "worker.h"

namespace micromegas::tracing {
namespace {

TEST_CASE("a span that ends on another thread keeps its ids and its parent", "[async_span]") {
  RecordedProgram program;
  Worker worker("worker");
  {
    AsyncSpan request(MM_SITE("request"));
    ContextScope inside(request.context());
    AsyncSpan fetch(MM_SITE("fetch"));
    worker.run_there([span = std::move(fetch)]() mutable { span.end(); });
  }
  program.stop();

  CHECK(program.tree() ==
        "request\n"
        "  fetch\n");
  const Event begin = program.begin_of("fetch");
  const Event end = program.end_of("fetch");
  CHECK(begin.thread != "worker");
  CHECK(end.thread == "worker");
  CHECK(begin.span_id == end.span_id);
  CHECK(begin.parent_span_id == end.parent_span_id);
  CHECK(begin.depth == end.depth);
  CHECK(begin.time <= end.time);
}

TEST_CASE("a handle that is moved from, ended or empty ends nothing", "[async_span]") {
  RecordedProgram program;
  {
    AsyncSpan empty;
    AsyncSpan first(MM_SITE("first"));
    AsyncSpan second = std::move(first);
    second.end();
    second.end(Outcome::kError);
    second = AsyncSpan(MM_SITE("third"));
    empty = std::move(second);
  }
  program.stop();
  CHECK(program.events_named("first").size() == 2);
  CHECK(program.events_named("third").size() == 2);
}

TEST_CASE("a bound callback runs in the context it was bound in", "[async_span]") {
  RecordedProgram program;
  Worker worker("worker");
  std::function<void()> bound;
  {
    AsyncSpan request(MM_SITE("request"));
    ContextScope inside(request.context());
    bound = bind_context([] { AsyncSpan callback(MM_SITE("callback")); });
  }
  worker.run_there(bound);
  worker.run_there([] { AsyncSpan other(MM_SITE("unrelated")); });
  program.stop();

  CHECK(program.tree() ==
        "request\n"
        "  callback\n"
        "unrelated\n");
  CHECK(program.begin_of("callback").thread == "worker");
}

TEST_CASE("a span ends in the way it is told", "[async_span]") {
  RecordedProgram program;
  AsyncSpan done(MM_SITE("done"));
  AsyncSpan failed(MM_SITE("failed"));
  AsyncSpan given_up(MM_SITE("given up"));
  AsyncSpan named(MM_SITE(""), "named");
  done.end();
  failed.end(Outcome::kError);
  given_up.end(Outcome::kCancelled);
  named.end(Outcome::kCancelled);
  program.stop();
  CHECK(program.end_of("done").outcome == 0);
  CHECK(program.end_of("failed").outcome == 1);
  CHECK(program.end_of("given up").outcome == 2);
  CHECK(program.end_of("named").outcome == 2);
}

TEST_CASE("an async span named at run time is a named span event", "[async_span]") {
  RecordedProgram program;
  {
    const std::string name = "user 7";
    AsyncSpan span(MM_SITE(""), name);
  }
  program.stop();
  CHECK(program.begin_of("user 7").type == "BeginAsyncNamedSpanEvent");
  CHECK(program.end_of("user 7").type == "EndAsyncNamedSpanEvent");
}

TEST_CASE("span ids are unique over threads, positive and never zero", "[async_span]") {
  RecordedProgram program;
  constexpr int kThreads = 4;
  constexpr int kSpans = 5000;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < kSpans; ++j) AsyncSpan span(MM_SITE("one of many"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  program.stop();

  std::set<std::int64_t> ids;
  for (const Event& event : program.events()) {
    if (event.is_begin()) ids.insert(static_cast<std::int64_t>(event.span_id));
  }
  CHECK(ids.size() == kThreads * kSpans);
  CHECK(*ids.begin() > 0);
}

}  // namespace
}  // namespace micromegas::tracing
