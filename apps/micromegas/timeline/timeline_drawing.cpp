#include "apps/micromegas/timeline/timeline_drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <unordered_map>

#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/render/text_width.h"
#include "apps/micromegas/timeline/time_axis.h"

namespace micromegas::cli {
namespace {

constexpr double kLanePadding = 7;
constexpr double kLabelHeight = 12;      // The least height of a bar that holds text.
constexpr double kCharacterWidth = 6.3;  // Of the 11 pixel font; labels that might not fit are cut.
constexpr double kLabelInset = 5;
constexpr double kNarrowestBar = 1.5;
constexpr std::size_t kShortestLabel = 3;
constexpr double kHalfTickLabel = 30;
constexpr double kShortHop = 10;  // Below this length curves would outweigh their spans.
constexpr const char* kThinLine = " style=\"stroke-width:0.7;stroke-opacity:0.3\"";
constexpr std::size_t kTicks = 9;

struct RowSize {
  std::size_t up_to_rows;
  double row;
  double bar;
};

// The more rows, the lower they are: a picture should fit a screen, or nearly.
constexpr std::array<RowSize, 3> kRowSizes{{{60, 21, 17}, {140, 15, 12}, {SIZE_MAX, 8, 6}}};

const RowSize& row_size(std::size_t rows) {
  return *std::find_if(kRowSizes.begin(), kRowSizes.end() - 1,
                       [&](const RowSize& size) { return rows <= size.up_to_rows; });
}

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + pixels(value) + '"';
}

}  // namespace

std::string pixels(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  std::string digits = text.data();
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

TimelineGeometry::TimelineGeometry(const Timeline& timeline, const TimelineLayout& layout,
                                   double width)
    : range_(timeline.range),
      width_(width),
      row_height_(row_size(layout.total_rows()).row),
      bar_height_(row_size(layout.total_rows()).bar) {
  for (const auto rows : layout.rows) {
    lane_tops_.push_back(height_);
    // A lane is never lower than its name.
    height_ +=
        2 * kLanePadding + std::max(static_cast<double>(rows) * row_height_, 2 * kLabelHeight);
  }
  lane_tops_.push_back(height_);
}

bool TimelineGeometry::has_labels() const { return bar_height_ >= kLabelHeight; }

double TimelineGeometry::x_of(Timestamp time) const {
  const auto length = std::max<std::int64_t>(range_.end.ns - range_.begin.ns, 1);
  const auto share = static_cast<double>(time.ns - range_.begin.ns) / static_cast<double>(length);
  return kGutter + share * (width_ - kGutter - kRight);
}

double TimelineGeometry::bar_top(std::size_t thread, std::size_t row) const {
  return lane_top(thread) + kLanePadding + static_cast<double>(row) * row_height_;
}

TimelineDrawing::TimelineDrawing(const Timeline& timeline, const TimelineLayout& layout,
                                 const TimelineGeometry& geometry)
    : timeline_(timeline), layout_(layout), geometry_(geometry) {}

std::string TimelineDrawing::colour_class(const std::string& name) const {
  const auto count = std::min(timeline_.names.size(), kNameColours);
  for (std::size_t i = 0; i < count; ++i) {
    if (timeline_.names[i].name == name) return "c" + std::to_string(i);
  }
  return "c-other";
}

std::string TimelineDrawing::definitions() const {
  std::string out = "<defs>";
  const auto gradient = [&](const std::string& colour) {
    out += "<linearGradient id=\"fade-" + colour + "\" class=\"" + colour +
           "\"><stop offset=\"0.4\"/><stop offset=\"1\" stop-opacity=\"0.06\"/></linearGradient>";
  };
  for (std::size_t i = 0; i < kNameColours; ++i) gradient("c" + std::to_string(i));
  gradient("c-other");
  out +=
      "<clipPath id=\"chart\"><rect" + attribute("x", TimelineGeometry::kGutter) + " y=\"-40\"" +
      attribute("width", geometry_.width() - TimelineGeometry::kGutter - TimelineGeometry::kRight) +
      attribute("height", geometry_.height() + 40) + "/></clipPath>";
  return out + "</defs>\n";
}

std::string TimelineDrawing::axis() const {
  std::string out = "<g class=\"axis\">";
  const auto length = timeline_.range.end.ns - timeline_.range.begin.ns;
  for (const auto& tick : axis_ticks(length, kTicks)) {
    const auto x = geometry_.x_of({timeline_.range.begin.ns + tick.offset_ns});
    if (x + kHalfTickLabel > geometry_.width()) continue;
    out += "<text" + attribute("x", x) + " y=\"16\">" + tick.label + "</text>";
  }
  return out + "</g>\n";
}

std::string TimelineDrawing::tooltip(const TimelineSpan& span) const {
  const auto at = [&](Timestamp time, std::size_t thread) {
    return "\n+" + duration_text(time.ns - timeline_.range.begin.ns) + " on " +
           xml_escaped(timeline_.threads[thread]);
  };
  auto text = xml_escaped(span.name) + "  " + duration_text(span.duration_ns());
  if (span.mark != SpanMark::kNone) text += "  (" + std::string(to_string(span.mark)) + ")";
  text += "\nspan " + std::to_string(span.span_id);
  if (span.parent_span_id != 0) text += ", child of " + std::to_string(span.parent_span_id);
  text += at(span.begin, span.begin_thread);
  if (!span.is_open) text += at(span.end, span.end_thread);
  return text + "\n" + xml_escaped(span.target) + "  " + xml_escaped(span.place);
}

std::string TimelineDrawing::piece(const TimelineSpan& span, double x, double end_x,
                                   double y) const {
  const auto height = geometry_.bar_height();
  auto out = "<rect class=\"bar\"" + attribute("x", x) + attribute("y", y) +
             attribute("width", std::max(end_x - x, kNarrowestBar)) + attribute("height", height) +
             " rx=\"3\"/>";
  if (!geometry_.has_labels()) return out;
  const auto room =
      static_cast<std::size_t>(std::max(0.0, (end_x - x - 2 * kLabelInset) / kCharacterWidth));
  const auto label = room < kShortestLabel ? "" : truncate_to_width(printable(span.name), room);
  return out + "<text" + attribute("x", x + kLabelInset) + attribute("y", y + height - 5) + '>' +
         xml_escaped(label) + "</text>";
}

void TimelineDrawing::append_span(std::size_t index, std::string& bars, std::string& hops) const {
  const auto& placed = layout_.spans[index];
  const auto& span = *placed.span;
  const auto x = geometry_.x_of(span.begin);
  const auto end_x = geometry_.x_of(span.end);
  const auto y = geometry_.bar_top(span.begin_thread, placed.row);
  const auto mark = std::string(to_string(span.mark));
  const auto classes = " class=\"" + colour_class(span.name) + (span.is_open ? " unended" : "") +
                       (mark.empty() ? "" : ' ' + mark) + "\" data-i=\"" + std::to_string(index) +
                       '"';

  bars += "<g" + classes + "><title>" + tooltip(span) + "</title>";
  if (placed.end_row) {
    const auto gap = std::min(kWidestHopGap, (end_x - x) * kHopGapShare) / 2;
    const auto left = geometry_.x_of(placed.middle()) - gap;
    const auto right = geometry_.x_of(placed.middle()) + gap;
    const auto end_y = geometry_.bar_top(span.end_thread, *placed.end_row);
    bars += piece(span, x, left, y) + piece(span, right, end_x, end_y);
    const auto from_y = pixels(y + geometry_.bar_height() / 2);
    const auto to_y = pixels(end_y + geometry_.bar_height() / 2);
    hops += "<path" + classes + (end_x - x < kShortHop ? kThinLine : "") + " d=\"M" + pixels(left) +
            ' ' + from_y + 'C' + pixels(left + kWidestHopGap) + ' ' + from_y + ' ' +
            pixels(right - kWidestHopGap) + ' ' + to_y + ' ' + pixels(right) + ' ' + to_y + "\"/>";
  } else {
    bars += piece(span, x, end_x, y);
  }
  bars += "</g>\n";
}

std::string TimelineDrawing::lanes() const {
  std::string stripes;
  std::string names;
  for (std::size_t thread = 0; thread < timeline_.threads.size(); ++thread) {
    const auto top = geometry_.lane_top(thread);
    const auto height = geometry_.lane_bottom(thread) - top;
    stripes += std::string("<rect class=\"lane") + (thread % 2 == 1 ? " odd" : "") + "\" x=\"0\"" +
               attribute("y", top) + attribute("width", geometry_.width()) +
               attribute("height", height) + "/>";
    names += "<text x=\"12\"" + attribute("y", top + kLanePadding + kLabelHeight + 1) + '>' +
             xml_escaped(truncate_to_width(timeline_.threads[thread], 19)) + "</text>";
  }

  std::string grid;
  for (const auto& tick : axis_ticks(timeline_.range.end.ns - timeline_.range.begin.ns, kTicks)) {
    const auto x = geometry_.x_of({timeline_.range.begin.ns + tick.offset_ns});
    grid += "<path d=\"M" + pixels(x) + " 0V" + pixels(geometry_.height()) + "\"/>";
  }

  std::string bars;
  std::string hops;
  for (std::size_t i = 0; i < layout_.spans.size(); ++i) append_span(i, bars, hops);
  return "<g class=\"stripes\">" + stripes + "</g>\n<g class=\"grid\">" + grid +
         "</g>\n<g class=\"names\">" + names +
         "</g>\n<g class=\"links\" clip-path=\"url(#chart)\">" +
         "</g>\n<g class=\"bars\" clip-path=\"url(#chart)\">\n" + bars +
         "</g>\n<g class=\"hops\" clip-path=\"url(#chart)\">" + hops + "</g>\n";
}

std::string TimelineDrawing::parent_links() const {
  std::unordered_map<std::int64_t, const PlacedSpan*> by_id;
  for (const auto& placed : layout_.spans) by_id.emplace(placed.span->span_id, &placed);
  std::string out = "<g class=\"links\">";
  for (const auto& child : layout_.spans) {
    const auto found = by_id.find(child.span->parent_span_id);
    if (found == by_id.end()) continue;
    const auto& parent = *found->second;
    const bool in_end_piece = parent.end_row && child.span->begin > parent.middle();
    const auto thread = in_end_piece ? parent.span->end_thread : parent.span->begin_thread;
    const auto row = in_end_piece ? *parent.end_row : parent.row;
    const auto x = pixels(geometry_.x_of(child.span->begin) + 1);
    const auto half = geometry_.bar_height() / 2;
    out += "<path d=\"M" + x + ' ' + pixels(geometry_.bar_top(thread, row) + half) + 'V' +
           pixels(geometry_.bar_top(child.span->begin_thread, child.row) + half) + "\"/>";
  }
  return out + "</g>\n";
}

}  // namespace micromegas::cli
