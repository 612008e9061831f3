#include "apps/micromegas/timeline/timeline.h"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "apps/micromegas/timeline/time_axis.h"
#include "apps/micromegas/timeline/timeline_html.h"
#include "apps/micromegas/timeline/timeline_layout.h"
#include "apps/micromegas/timeline/timeline_svg.h"
#include "apps/micromegas/timeline/timeline_text.h"

namespace micromegas::cli {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kStart = 1'795'327'341'000'000'000;

/// A picture's spans, told in milliseconds.
struct Sketch {
  Timeline timeline;

  explicit Sketch(std::int64_t length_ms, std::vector<std::string> threads) {
    timeline.process_id = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0";
    timeline.exe = "/usr/bin/demo";
    timeline.range = {{kStart}, {kStart + length_ms * kMs}};
    timeline.threads = std::move(threads);
  }

  /// A span on `begin_thread`, ended on `end_thread`.
  Sketch& span(std::int64_t id, std::int64_t parent, const std::string& name, std::int64_t begin,
               std::int64_t end, std::size_t begin_thread, std::size_t end_thread) {
    TimelineSpan span;
    span.span_id = id;
    span.parent_span_id = parent;
    span.name = name;
    span.target = "demo";
    span.place = "demo.cpp:7";
    span.begin = {kStart + begin * kMs};
    span.end = {kStart + end * kMs};
    span.begin_thread = begin_thread;
    span.end_thread = end_thread;
    for (const auto& other : timeline.spans) {
      if (other.span_id == parent) span.depth = other.depth + 1;
    }
    timeline.spans.push_back(span);
    return *this;
  }

  Sketch& open_span(std::int64_t id, std::int64_t parent, const std::string& name,
                    std::int64_t begin, std::size_t thread) {
    const auto end = (timeline.range.end.ns - kStart) / kMs;
    span(id, parent, name, begin, end, thread, thread);
    timeline.spans.back().is_open = true;
    return *this;
  }

  /// The latest span ended in this way.
  Sketch& ended_as(SpanMark mark) {
    timeline.spans.back().ended_as = mark;
    return *this;
  }

  Sketch& usual(const std::string& name, std::uint64_t spans, std::int64_t median_ms) {
    timeline.names.push_back({name, spans, 0, median_ms * kMs});
    return *this;
  }

  Timeline& finish() {
    timeline.all_spans = std::max<std::uint64_t>(timeline.all_spans, timeline.spans.size());
    finish_timeline(timeline);
    return timeline;
  }

  const TimelineSpan& operator[](std::int64_t id) const {
    return *std::find_if(timeline.spans.begin(), timeline.spans.end(),
                         [&](const TimelineSpan& span) { return span.span_id == id; });
  }
};

Sketch small_service() {
  Sketch sketch(200, {"main", "worker-1"});
  sketch.usual("request", 10, 20).usual("fetch", 20, 10).usual("wait", 1, 0);
  sketch.span(1, 0, "request", 0, 100, 0, 1)
      .span(2, 1, "fetch", 10, 20, 0, 0)
      .span(3, 1, "fetch", 50, 99, 1, 1)
      .open_span(4, 0, "wait", 120, 1);
  sketch.finish();
  return sketch;
}

/// Whether each tag that opens closes: what an XML reader asks first.
bool is_balanced(const std::string& xml) {
  std::vector<std::string> open;
  for (auto at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const auto end = xml.find('>', at);
    if (end == std::string::npos) return false;
    if (xml[at + 1] == '/') {
      if (open.empty() || xml.substr(at + 2, end - at - 2) != open.back()) return false;
      open.pop_back();
    } else if (xml[end - 1] != '/') {
      open.push_back(xml.substr(at + 1, xml.find_first_of(" >\n", at) - at - 1));
    }
  }
  return open.empty();
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a span stands out when it is slow, open or abandoned", "[timeline]") {
  Sketch sketch(1000, {"main"});
  sketch.usual("fetch", 50, 10).usual("rare", 2, 1);
  sketch.span(1, 0, "fetch", 0, 39, 0, 0).span(2, 0, "fetch", 0, 40, 0, 0);
  sketch.span(3, 0, "rare", 0, 500, 0, 0);  // Too few of its name to say what is usual.
  sketch.open_span(4, 0, "fetch", 0, 0)
      .open_span(5, 1, "fetch", 1, 0)
      .open_span(6, 4, "fetch", 1, 0);
  sketch.finish();
  CHECK(sketch[1].mark == SpanMark::kNone);
  CHECK(sketch[2].mark == SpanMark::kSlow);
  CHECK(sketch[3].mark == SpanMark::kNone);
  CHECK(sketch[4].mark == SpanMark::kOpen);
  CHECK(sketch[5].mark == SpanMark::kAbandoned);
  CHECK(sketch[6].mark == SpanMark::kOpen);
  CHECK(summary_text(sketch.timeline) ==
        "6 spans on 1 thread in 1.00 s · 2 open · 1 abandoned · 1 slow");
}

TEST_CASE("a span that failed or was given up says so, however long it took", "[timeline]") {
  Sketch sketch(1000, {"main"});
  sketch.usual("fetch", 50, 10);
  sketch.span(1, 0, "fetch", 0, 10, 0, 0).span(2, 0, "fetch", 20, 500, 0, 0);
  sketch.ended_as(SpanMark::kError).span(3, 0, "fetch", 600, 700, 0, 0);
  sketch.ended_as(SpanMark::kCancelled).finish();
  CHECK(sketch[1].mark == SpanMark::kNone);
  CHECK(sketch[2].mark == SpanMark::kError);
  CHECK(sketch[3].mark == SpanMark::kCancelled);
  CHECK(summary_text(sketch.timeline) == "3 spans on 1 thread in 1.00 s · 1 error · 1 cancelled");

  const auto page = timeline_as_html(sketch.timeline);
  CHECK_THAT(page, Catch::Contains("<span class=\"error\"><i></i>error &times; 1</span>"));
  CHECK_THAT(page, Catch::Contains("<span class=\"cancelled\"><i></i>cancelled &times; 1</span>"));
  CHECK_THAT(page, !Catch::Contains("<span class=\"slow\">"));
  CHECK_THAT(timeline_as_text(sketch.timeline, {}), Catch::Contains("480 ms  error"));
}

TEST_CASE("the text picture shows bars by thread, hops and what is open", "[timeline]") {
  const auto sketch = small_service();
  CHECK("\n" + timeline_as_text(sketch.timeline, {80, 40, false}) == R"(
demo  0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0  2026-11-22 06:02:21 UTC
4 spans on 2 threads in 200 ms · 1 hop · 1 open · 2 slow
main
  request  ████████████████████▶                        100 ms  slow → worker-1
    fetch    ███                                       10.0 ms
worker-1
    fetch            ███████████                       49.0 ms  slow
  wait                             ██████████████▓▒░   80.0 ms  open
           ┴───────────────────┴────────────────────
           0 ms                100 ms
)");
}

TEST_CASE("the text picture counts what it leaves out", "[timeline]") {
  const auto sketch = small_service();
  const auto text = timeline_as_text(sketch.timeline, {100, 2, false});
  CHECK(count_of(text, "█") > 0);
  CHECK_THAT(text, Catch::Contains("main\n  request") && Catch::Contains("  1 shorter\n"));
}

TEST_CASE("pieces of a lane do not overlap and children lie below their parent", "[timeline]") {
  Sketch sketch(1000, {"a", "b"});
  std::int64_t id = 0;
  for (std::int64_t i = 0; i < 60; ++i) {
    const auto parent = ++id;
    sketch.span(parent, 0, "request", i * 7, i * 7 + 90, i % 2, (i / 2) % 2);
    sketch.span(++id, parent, "fetch", i * 7 + 5, i * 7 + 30, i % 2, (i + 1) % 2);
  }
  const auto& timeline = sketch.finish();
  const auto layout = lay_out(timeline, 64);
  REQUIRE(layout.spans.size() == timeline.spans.size());

  struct Piece {
    std::size_t thread, row;
    std::int64_t begin, end;
  };
  std::vector<Piece> pieces;
  for (const auto& placed : layout.spans) {
    const auto& span = *placed.span;
    const auto middle = placed.end_row ? placed.middle() : span.end;
    pieces.push_back({span.begin_thread, placed.row, span.begin.ns, middle.ns});
    if (placed.end_row)
      pieces.push_back({span.end_thread, *placed.end_row, middle.ns, span.end.ns});
    CHECK(span.hops() == placed.end_row.has_value());
  }
  for (const auto& a : pieces) {
    REQUIRE(a.row < layout.rows[a.thread]);
    for (const auto& b : pieces) {
      const bool same_row = &a != &b && a.thread == b.thread && a.row == b.row;
      if (same_row) REQUIRE((a.end <= b.begin || b.end <= a.begin));
    }
  }
  CHECK(layout.spans[1].row > layout.spans[0].row);
}

TEST_CASE("lanes are bounded and what found no row is counted", "[timeline]") {
  Sketch sketch(1000, {"a"});
  for (std::int64_t i = 1; i <= 100; ++i) sketch.span(i, 0, "wait", 0, 1000, 0, 0);
  const auto layout = lay_out(sketch.finish(), 30);
  CHECK(layout.spans.size() == 30);
  CHECK(layout.spans_without_room == 70);
  CHECK_THAT(timeline_as_svg(sketch.timeline), Catch::Contains("60 spans found no room"));
}

TEST_CASE("the SVG is well formed, with two pieces and a curve for a span that hops",
          "[timeline]") {
  auto sketch = small_service();
  sketch.timeline.spans[0].name = "a<b>&\"c\"";
  sketch.timeline.all_spans = 1000;
  const auto svg = timeline_as_svg(sketch.timeline);
  CHECK(is_balanced(svg));
  CHECK(count_of(svg, "data-i=\"0\"") == 2);  // Its bars, and its curve.
  CHECK(count_of(svg, "data-i=\"1\"") == 1);
  CHECK(count_of(svg, "class=\"c-other") == 3);  // Gradient, bars, curve.
  CHECK_THAT(svg, Catch::Contains("a&lt;b&gt;&amp;&quot;c&quot;") && !Catch::Contains("a<b>"));
  CHECK_THAT(svg, Catch::Contains("the 4 longest of 1,000 spans on 2 threads"));
  CHECK_THAT(svg, Catch::Contains("unended open"));
}

TEST_CASE("no name can break out of the page", "[timeline]") {
  auto sketch = small_service();
  sketch.timeline.spans[0].name = "</script><script>alert(1)</script>";
  sketch.timeline.exe = "<b>";
  const auto html = timeline_as_html(sketch.timeline);
  CHECK(count_of(html, "<script") == 2);
  CHECK(count_of(html, "</script>") == 2);
  CHECK(count_of(html, "<b>") == 0);
}

TEST_CASE("the page needs nothing from elsewhere", "[timeline]") {
  const auto html = timeline_as_html(small_service().timeline);
  CHECK(count_of(html, "src=") == 0);
  CHECK(count_of(html, "<link") == 0);
  CHECK(count_of(html, "@import") == 0);
  // The one address is the name of the SVG namespace.
  CHECK(count_of(html, "http") == count_of(html, "http://www.w3.org/2000/svg"));
}

TEST_CASE("a timeline without spans is still a picture", "[timeline]") {
  Sketch sketch(0, {});
  sketch.finish();
  CHECK(is_balanced(timeline_as_svg(sketch.timeline)));
  CHECK_THAT(timeline_as_text(sketch.timeline, {}), Catch::Contains("0 spans on 0 threads"));
  CHECK_THAT(timeline_as_html(sketch.timeline), Catch::Contains("0 spans"));
}

TEST_CASE("axis ticks stand at round times in one unit", "[timeline]") {
  const auto labels = [](std::int64_t duration_ns, std::size_t count) {
    std::string text;
    for (const auto& tick : axis_ticks(duration_ns, count)) text += tick.label + "|";
    return text;
  };
  CHECK(labels(412 * kMs, 5) == "0 ms|200 ms|400 ms|");
  CHECK(labels(3000 * kMs, 7) == "0.0 s|0.5 s|1.0 s|1.5 s|2.0 s|2.5 s|3.0 s|");
  CHECK(labels(833 * kMs, 5) == "0 ms|250 ms|500 ms|750 ms|");
  CHECK(labels(900, 4) == "0 ns|500 ns|");
  CHECK(labels(600'000 * kMs, 6) == "0 min|2 min|4 min|6 min|8 min|10 min|");
  CHECK(labels(0, 6) == "0 ns|");
}

}  // namespace micromegas::cli
