#include <thread>

#include <catch2/catch.hpp>

#include <micromegas/thread_span.h>

#include "recorded_program.h"

namespace micromegas::tracing {
namespace {

struct Cart {
  int total(bool) const {
    MM_SPAN_FUNCTION();
    return 0;
  }
};

TEST_CASE("thread spans nest by scope and are recorded in order", "[thread_span]") {
  RecordedProgram program;
  {
    MM_SPAN("outer");
    {
      MM_SPAN("inner");
    }
    {
      MM_SPAN("second");
    }
  }
  program.stop();

  std::string order;
  for (const Event& event : program.events()) {
    CHECK(event.span_id == 0);
    order += (event.is_begin() ? "<" : "/") + event.name + " ";
  }
  CHECK(order == "<outer <inner /inner <second /second /outer ");
}

TEST_CASE("a thread span can be named after its function or at run time", "[thread_span]") {
  RecordedProgram program;
  Cart{}.total(true);
  for (const std::string colour : {"red", "green", "red"}) {
    MM_NAMED_SPAN("paint " + colour);
  }
  program.stop();

  const std::vector<Event> events = program.events();
  REQUIRE(events.size() == 8);
  CHECK(events[0].name.ends_with("Cart::total"));
  CHECK(events[0].type == "BeginThreadSpanEvent");
  CHECK(events[2].name == "paint red");
  CHECK(events[2].type == "BeginThreadNamedSpanEvent");
  CHECK(events[3].type == "EndThreadNamedSpanEvent");
  CHECK(program.events_named("paint red").size() == 4);
  CHECK(program.events_named("paint green").size() == 2);
}

TEST_CASE("every thread has a stream that says which thread it is", "[thread_span]") {
  RecordedProgram program;
  {
    MM_SPAN("on the main thread");
  }
  std::thread([] {
    ::pthread_setname_np(::pthread_self(), "painter");
    MM_SPAN("on the painter's");
  }).join();
  program.stop();

  REQUIRE(program.streams().size() == 2);
  CHECK(program.begin_of("on the painter's").thread == "painter");
  CHECK(program.begin_of("on the main thread").thread != "painter");
}

TEST_CASE("without a recorder spans are not recorded and do no harm", "[thread_span]") {
  {
    MM_SPAN("before");
  }
  RecordedProgram program;
  {
    MM_SPAN("during");
  }
  program.stop();
  {
    MM_SPAN("after");
  }
  CHECK(program.events().size() == 2);

  RecordedProgram next;
  {
    MM_SPAN("in the next recording");
  }
  next.stop();
  REQUIRE(next.events().size() == 2);
  CHECK(next.events()[0].name == "in the next recording");
}

TEST_CASE("with CPU tracing off the process is announced and nothing else", "[thread_span]") {
  RecordedProgram program({.cpu_tracing = false});
  {
    MM_SPAN("not recorded");
  }
  program.stop();
  CHECK(program.process().process_id == program.recorder().process_id());
  CHECK(program.streams().empty());
}

TEST_CASE("where the processor's counter is no clock the monotonic clock serves", "[thread_span]") {
  RecordedProgram program({.processor_counter = false});
  const std::int64_t before = Timestamp::now().ns;
  // A new thread: those that recorded before keep to their counter.
  std::thread([] {
    for (int i = 0; i < 5000; ++i) {
      MM_SPAN("slow but right");
    }
  }).join();
  const std::int64_t after = Timestamp::now().ns;
  program.stop();

  const std::vector<Event> events = program.events();
  REQUIRE(events.size() == 10000);
  constexpr std::int64_t kTolerance = 1'000'000;
  CHECK(events.front().time >= before - kTolerance);
  CHECK(events.back().time <= after + kTolerance);
}

}  // namespace
}  // namespace micromegas::tracing
