#include <array>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <pthread.h>

#include <micromegas/micromegas.h>
#include <micromegas/testing.h>

#include "testing/block_events.h"
#include "testing/span_assembly.h"
#include "transit/message_block_encoder.h"

namespace micromegas::testing {
namespace {

std::string printed(const auto& thing) {
  std::ostringstream out;
  out << thing;
  return out.str();
}

TEST_CASE("a span knows its parent, depth, outcome, place and threads", "[testing]") {
  Recording recording;
  {
    AsyncSpan request(MM_SITE("request"));
    AsyncSpan fetch(MM_SITE("fetch"), request.context());
    std::thread([&] {
      ::pthread_setname_np(::pthread_self(), "worker");
      fetch.end(Outcome::kError);
    }).join();
  }
  const Recorded recorded = recording.take();
  const Span& fetch = recorded.span("fetch");
  CHECK(fetch.kind == "async");
  CHECK(fetch.parent == "request");
  CHECK(fetch.depth == 1);
  CHECK(fetch.outcome == "error");
  CHECK(fetch.target == "app");
  CHECK(fetch.file.ends_with("recording_test.cpp"));
  CHECK(fetch.line > 0);
  CHECK(fetch.end_thread == "worker");
  CHECK(fetch.end_thread_id != fetch.thread_id);
  CHECK(fetch.duration.count() > 0);
  CHECK(recorded.span("request").parent.empty());
  CHECK(recorded.span("request").outcome == "ok");
  CHECK(recorded.tree() ==
        "request\n"
        "  fetch error\n");
}

TEST_CASE("thread spans nest by thread", "[testing]") {
  Recording recording;
  {
    MM_SPAN("outer");
    MM_SPAN("inner");
    std::thread([] {
      MM_SPAN("elsewhere");
      MM_NAMED_SPAN(std::string("named"));
    }).join();
    const Recorded recorded = recording.take();
    CHECK(recorded.span("inner").parent == "outer");
    CHECK(recorded.span("elsewhere").parent.empty());
    CHECK(recorded.span("named").parent == "elsewhere");
    CHECK(recorded.span("inner").kind == "thread");
    CHECK(recorded.tree() ==
          "outer open\n"
          "  inner open\n"
          "elsewhere\n"
          "  named\n");
  }
  CHECK(recording.take().span("inner").outcome == "ok");
}

TEST_CASE("several takes see more and more of the same", "[testing]") {
  Recording recording;
  for (int i = 1; i <= 3; ++i) {
    {
      MM_SPAN("again");
    }
    CHECK(recording.take().count("again") == static_cast<std::size_t>(i));
  }
  CHECK(recording.take().spans_named("again").size() == 3);
  CHECK(recording.take().spans_named("never").empty());
}

TEST_CASE("each recording begins afresh", "[testing]") {
  {
    Recording recording;
    MM_SPAN("before");
  }
  Recording recording;
  CHECK(recording.take().spans().empty());
  CHECK(printed(recording.take()) == "nothing\n");
}

TEST_CASE("what was not recorded is an exception that shows what was", "[testing]") {
  Recording recording;
  for (int i = 0; i < 2; ++i) {
    const AsyncSpan twice(MM_SITE("twice"));
  }
  const Recorded recorded = recording.take();
  const auto text_of = [&](const char* name) -> std::string {
    try {
      recorded.span(name);
    } catch (const NotRecorded& e) {
      return e.what();
    }
    return "found";
  };
  CHECK(
      text_of("once").starts_with("there is no span \"once\"; recorded was:\n"
                                  "async span \"twice\", depth 0, ok, on "));
  CHECK(text_of("twice").starts_with("there is more than one span \"twice\";"));
  CHECK_THROWS_AS(recorded.log("text"), NotRecorded);
  CHECK_THROWS_AS(recorded.metric("name"), NotRecorded);
}

TEST_CASE("there is one recording at a time", "[testing]") {
  const Recording recording;
  CHECK_THROWS_AS(Recording(), std::logic_error);
}

// --- what is read from blocks made by hand

template <class Encoder>
void append(const Encoder& encoder, tracing::StreamKind kind, std::vector<BlockEvent>& events) {
  const KeptBlock block{Bytes(encoder.dependencies().begin(), encoder.dependencies().end()),
                        Bytes(encoder.objects().begin(), encoder.objects().end())};
  append_events({StreamId::random(), kind, {}}, block, events);
}

Recorded assemble(const std::vector<BlockEvent>& events) {
  SpanAssembly assembly;
  for (const BlockEvent& event : events) assembly.add(event);
  return assembly.finish();
}

struct NameAndValue {
  std::string_view name;
  std::string_view value;
};
constexpr std::array kUser{NameAndValue{"user", "7"}};

TEST_CASE("logs have their level, target, message and properties", "[testing]") {
  transit::LogBlockEncoder encoder;
  const transit::LogSiteView ready{"ready", "shop", "", "", 1, 4};
  const transit::LogSiteView retry{"retry {}", "shop", "", "", 2, 3};
  encoder.static_text(&ready, ready, {1});
  encoder.text(&retry, retry, "retry 5", {2});
  encoder.tagged_text(&retry, retry, kUser, "retry 6", {3});
  std::vector<BlockEvent> events;
  append(encoder, tracing::StreamKind::kLog, events);

  const Recorded recorded = assemble(events);
  REQUIRE(recorded.logs().size() == 3);
  CHECK(recorded.log("ready").level == "info");
  CHECK(recorded.log("retry 5").target == "shop");
  CHECK(recorded.log("retry 5").properties.empty());
  CHECK(recorded.log("6").properties == Properties{{"user", "7"}});
  CHECK(printed(recorded.log("6")) == "warn shop: retry 6 {user=7}");
}

TEST_CASE("metrics have their unit, value and properties", "[testing]") {
  transit::MetricsBlockEncoder encoder;
  const transit::MetricSiteView length{"length", "count", "shop", "", 1};
  const transit::MetricSiteView load{"load", "none", "shop", "", 2};
  encoder.integer(&length, length, 12, {1});
  encoder.tagged_floating(&load, load, kUser, 0.5, {2});
  std::vector<BlockEvent> events;
  append(encoder, tracing::StreamKind::kMetrics, events);

  const Recorded recorded = assemble(events);
  CHECK(recorded.metric("length").value == 12);
  CHECK(recorded.metric("length").unit == "count");
  CHECK(recorded.metrics_named("load").size() == 1);
  CHECK(printed(recorded.metric("load")) == "load = 0.5 none {user=7}");
}

}  // namespace
}  // namespace micromegas::testing
