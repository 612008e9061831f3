#include "apps/micromegas/timeline/timeline_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/render/text_width.h"
#include "apps/micromegas/timeline/time_axis.h"

namespace micromegas::cli {
namespace {

constexpr std::size_t kWidestNames = 30;
constexpr std::size_t kDurationWidth = 10;
constexpr std::size_t kNarrowestChart = 20;
constexpr std::size_t kWidestNotes = 24;
constexpr std::size_t kTickDistance = 14;
constexpr std::int64_t kDeepestIndent = 6;

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kRed = "\x1b[31m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kReset = "\x1b[0m";
constexpr std::array<const char*, 6> kBarColours{"\x1b[34m", "\x1b[36m", "\x1b[32m",
                                                 "\x1b[35m", "\x1b[94m", "\x1b[96m"};

std::string repeated(const char* cell, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += cell;
  return text;
}

class TextPicture {
 public:
  TextPicture(const Timeline& timeline, const TimelineTextStyle& style)
      : timeline_(timeline), style_(style) {
    choose_spans();
    for (const auto* span : chosen_) {
      notes_width_ = std::max(notes_width_, text_width(notes_of(*span)));
      names_width_ = std::max(names_width_, text_width(name_of(*span)) + 2);
    }
    notes_width_ = std::min(notes_width_, kWidestNotes);
    names_width_ = std::min(names_width_, kWidestNames);
    const auto others = names_width_ + kDurationWidth + 3 + notes_width_;
    chart_width_ = style.width > others + kNarrowestChart ? style.width - others : kNarrowestChart;
  }

  std::string draw() {
    text_ += coloured(printable(program_name(timeline_.exe)), kBold) + "  " + timeline_.process_id +
             "  " + clock_text(timeline_.range.begin) + " UTC\n" + summary_text(timeline_) + "\n";
    for (std::size_t thread = 0; thread < timeline_.threads.size(); ++thread) draw_thread(thread);
    if (!timeline_.spans.empty()) draw_axis();
    return text_;
  }

 private:
  /// The longest spans that there is room for, in their old order.
  void choose_spans() {
    std::vector<const TimelineSpan*> longest;
    longest.reserve(timeline_.spans.size());
    for (const auto& span : timeline_.spans) longest.push_back(&span);
    std::stable_sort(longest.begin(), longest.end(), [](const auto* a, const auto* b) {
      return a->duration_ns() > b->duration_ns();
    });
    if (longest.size() > style_.max_spans) longest.resize(style_.max_spans);
    std::sort(longest.begin(), longest.end());  // By address: they lie in one vector, in order.
    chosen_ = std::move(longest);
  }

  std::string coloured(const std::string& text, const char* code) const {
    return style_.colours ? code + text + kReset : text;
  }

  const char* bar_colour(const TimelineSpan& span) const {
    for (std::size_t i = 0; i < timeline_.names.size(); ++i) {
      if (timeline_.names[i].name == span.name) return kBarColours[i % kBarColours.size()];
    }
    return kBarColours[0];
  }

  static const char* notes_colour(SpanMark mark) {
    if (mark == SpanMark::kNone || mark == SpanMark::kCancelled) return kDim;
    return mark == SpanMark::kSlow ? kYellow : kRed;
  }

  static std::string name_of(const TimelineSpan& span) {
    const auto indent = 2 + 2 * std::clamp<std::int64_t>(span.depth, 0, kDeepestIndent);
    return std::string(static_cast<std::size_t>(indent), ' ') + printable(span.name);
  }

  std::string notes_of(const TimelineSpan& span) const {
    std::string notes{to_string(span.mark)};
    if (span.hops()) {
      if (!notes.empty()) notes += ' ';
      notes += "→ " + printable(timeline_.threads[span.end_thread]);
    }
    return notes;
  }

  std::size_t cell_of(Timestamp time) const {
    const auto length =
        std::max<std::int64_t>(timeline_.range.end.ns - timeline_.range.begin.ns, 1);
    const auto share =
        static_cast<double>(time.ns - timeline_.range.begin.ns) / static_cast<double>(length);
    const auto cell = share * static_cast<double>(chart_width_);
    return static_cast<std::size_t>(std::clamp(cell, 0.0, static_cast<double>(chart_width_ - 1)));
  }

  std::string bar_of(const TimelineSpan& span, std::size_t cells) const {
    if (span.is_open) {
      // Fades: nobody knows where it ends.
      const std::array<const char*, 3> fading{"▓", "▒", "░"};
      const auto faded = std::min<std::size_t>(cells, fading.size());
      auto bar = repeated("█", cells - faded);
      for (auto i = fading.size() - faded; i < fading.size(); ++i) bar += fading[i];
      return bar;
    }
    if (!span.hops()) return repeated("█", cells);
    return repeated("█", cells - 1) + "▶";
  }

  void draw_span(const TimelineSpan& span) {
    const auto first = cell_of(span.begin);
    const auto last = std::max(first, cell_of(span.end));
    const auto cells = last - first + 1;
    std::string line = pad_right(truncate_to_width(name_of(span), names_width_ - 1), names_width_) +
                       std::string(first, ' ') + coloured(bar_of(span, cells), bar_colour(span)) +
                       std::string(chart_width_ - first - cells, ' ') +
                       pad_left(duration_text(span.duration_ns()), kDurationWidth);
    const auto notes = truncate_to_width(notes_of(span), kWidestNotes);
    if (!notes.empty()) {
      line += "  " + coloured(notes, notes_colour(span.mark));
    }
    text_ += line + '\n';
  }

  void draw_thread(std::size_t thread) {
    const auto begins_here = [&](const TimelineSpan& span) { return span.begin_thread == thread; };
    const auto here = std::count_if(timeline_.spans.begin(), timeline_.spans.end(), begins_here);
    text_ += coloured(printable(timeline_.threads[thread]), kBold) + '\n';
    std::int64_t drawn = 0;
    for (const auto* span : chosen_) {
      if (!begins_here(*span)) continue;
      draw_span(*span);
      ++drawn;
    }
    if (here > drawn) {
      text_ +=
          coloured("  " + count_text(static_cast<std::uint64_t>(here - drawn)) + " shorter", kDim) +
          '\n';
    }
  }

  void draw_axis() {
    const auto length = timeline_.range.end.ns - timeline_.range.begin.ns;
    std::string marks = repeated("─", chart_width_);
    std::string labels;
    for (const auto& tick : axis_ticks(length, chart_width_ / kTickDistance + 1)) {
      const auto cell = cell_of({timeline_.range.begin.ns + tick.offset_ns});
      if (cell + text_width(tick.label) > chart_width_ || cell < labels.size()) continue;
      labels += std::string(cell - labels.size(), ' ') + tick.label;
      marks.replace(cell * std::string_view("─").size(), std::string_view("─").size(), "┴");
    }
    const std::string margin(names_width_, ' ');
    text_ += coloured(margin + marks + '\n' + margin + labels, kDim) + '\n';
  }

  const Timeline& timeline_;
  const TimelineTextStyle& style_;
  std::vector<const TimelineSpan*> chosen_;
  std::size_t names_width_ = 0;
  std::size_t notes_width_ = 0;
  std::size_t chart_width_ = 0;
  std::string text_;
};

}  // namespace

std::string timeline_as_text(const Timeline& timeline, const TimelineTextStyle& style) {
  return TextPicture(timeline, style).draw();
}

}  // namespace micromegas::cli
