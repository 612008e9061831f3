#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace micromegas::cli {

/// How a span stands out.
enum class SpanMark {
  kNone,
  kSlow,       ///< Took several times as long as spans of its name usually do.
  kOpen,       ///< Has not ended: still running, or stuck.
  kAbandoned,  ///< Has not ended, though the span it belongs to has: nobody waits for it.
  kError,      ///< Was left by an exception, or said that it failed.
  kCancelled,  ///< Was given up before it was done.
};
inline constexpr std::size_t kNbSpanMarks = 6;

/// The word for it: `slow`, `open`, ...; empty for kNone.
std::string_view to_string(SpanMark mark) noexcept;

/// One async span as a picture needs it.
struct TimelineSpan {
  std::int64_t span_id = 0;
  std::int64_t parent_span_id = 0;  ///< 0: a root.
  std::int64_t depth = 0;
  std::string name;
  std::string target;
  std::string place;  ///< `file:line`
  Timestamp begin;
  Timestamp end;  ///< Of an open span: the end of the picture.
  bool is_open = false;
  SpanMark ended_as = SpanMark::kNone;  ///< kError or kCancelled, when it is said to have ended so.
  std::size_t begin_thread = 0;         ///< Indices into `Timeline::threads`.
  std::size_t end_thread = 0;           ///< Of an open span: where it began.
  SpanMark mark = SpanMark::kNone;

  std::int64_t duration_ns() const { return end.ns - begin.ns; }
  bool hops() const { return begin_thread != end_thread; }
};

/// What is known of all spans of one name, those that the picture leaves out included.
struct SpanNameTotals {
  std::string name;
  std::uint64_t spans = 0;
  std::int64_t total_ns = 0;
  std::int64_t median_ns = 0;  ///< Of the ended ones.
};

/// A process's async spans by thread: what the pictures are drawn from.
struct Timeline {
  std::string process_id;
  std::string exe;
  TimeRange range;
  std::vector<std::string> threads;   ///< Names, in the order of the lanes.
  std::vector<TimelineSpan> spans;    ///< By begin, parents before their children.
  std::vector<SpanNameTotals> names;  ///< Greatest total first.
  std::uint64_t all_spans = 0;        ///< In the range, drawn or not.

  std::uint64_t spans_left_out() const { return all_spans - spans.size(); }
};

/// Puts the spans in order and gives each its mark. To be called once, when the rest is filled in.
void finish_timeline(Timeline& timeline);

/// One line of figures: `312 spans on 4 threads in 1.20 s · 118 hops · 2 open · 3 slow`. When spans
/// are left out it says so first (`the 2,000 longest of 12,000 spans on ...`) and speaks of the
/// others.
std::string summary_text(const Timeline& timeline);

}  // namespace micromegas::cli
