#include "apps/micromegas/timeline/timeline.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "apps/micromegas/render/human_text.h"

namespace micromegas::cli {
namespace {

/// A span is slow from this many times the median of its name on, if there are enough to compare.
constexpr std::int64_t kSlowFactor = 4;
constexpr std::uint64_t kEnoughToCompare = 4;

class Marker {
 public:
  explicit Marker(const Timeline& timeline) {
    for (const auto& name : timeline.names) totals_[name.name] = &name;
    for (const auto& span : timeline.spans) {
      if (!span.is_open) ended_.emplace(span.span_id, span.end);
    }
  }

  SpanMark mark_of(const TimelineSpan& span) const {
    if (span.is_open) {
      return ended_.contains(span.parent_span_id) ? SpanMark::kAbandoned : SpanMark::kOpen;
    }
    if (span.ended_as != SpanMark::kNone) return span.ended_as;
    return is_slow(span) ? SpanMark::kSlow : SpanMark::kNone;
  }

 private:
  bool is_slow(const TimelineSpan& span) const {
    const auto found = totals_.find(span.name);
    return found != totals_.end() && found->second->spans >= kEnoughToCompare &&
           span.duration_ns() >= kSlowFactor * std::max<std::int64_t>(found->second->median_ns, 1);
  }

  std::unordered_map<std::string_view, const SpanNameTotals*> totals_;
  std::unordered_map<std::int64_t, Timestamp> ended_;
};

void append_count(std::string& text, std::uint64_t count, std::string_view what) {
  if (count > 0) text += " · " + count_text(count) + ' ' + std::string(what);
}

}  // namespace

std::string_view to_string(SpanMark mark) noexcept {
  switch (mark) {
    case SpanMark::kNone:
      return "";
    case SpanMark::kSlow:
      return "slow";
    case SpanMark::kOpen:
      return "open";
    case SpanMark::kAbandoned:
      return "abandoned";
    case SpanMark::kError:
      return "error";
    case SpanMark::kCancelled:
      return "cancelled";
  }
  return "";
}

void finish_timeline(Timeline& timeline) {
  std::stable_sort(timeline.spans.begin(), timeline.spans.end(),
                   [](const TimelineSpan& a, const TimelineSpan& b) {
                     if (a.begin != b.begin) return a.begin < b.begin;
                     if (a.depth != b.depth) return a.depth < b.depth;
                     return a.span_id < b.span_id;
                   });
  const Marker marker(timeline);
  for (auto& span : timeline.spans) span.mark = marker.mark_of(span);
}

std::string summary_text(const Timeline& timeline) {
  std::array<std::uint64_t, kNbSpanMarks> marked{};
  std::uint64_t hops = 0;
  for (const auto& span : timeline.spans) {
    ++marked[static_cast<std::size_t>(span.mark)];
    if (span.hops()) ++hops;
  }
  auto text = count_text(timeline.all_spans) + (timeline.all_spans == 1 ? " span" : " spans");
  if (timeline.spans_left_out() > 0) {
    text = "the " + count_text(timeline.spans.size()) + " longest of " + text;
  }
  text += " on " + std::to_string(timeline.threads.size()) +
          (timeline.threads.size() == 1 ? " thread in " : " threads in ") +
          duration_text(timeline.range.end.ns - timeline.range.begin.ns);
  append_count(text, hops, hops == 1 ? "hop" : "hops");
  for (const auto mark : {SpanMark::kError, SpanMark::kCancelled, SpanMark::kOpen,
                          SpanMark::kAbandoned, SpanMark::kSlow}) {
    append_count(text, marked[static_cast<std::size_t>(mark)], to_string(mark));
  }
  return text;
}

}  // namespace micromegas::cli
