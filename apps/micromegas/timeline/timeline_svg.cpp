#include "apps/micromegas/timeline/timeline_svg.h"

#include <algorithm>

#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/render/text_width.h"
#include "apps/micromegas/timeline/timeline_assets.h"
#include "apps/micromegas/timeline/timeline_drawing.h"
#include "apps/micromegas/timeline/timeline_layout.h"

namespace micromegas::cli {
namespace {

constexpr double kWidth = 1280;
constexpr double kMargin = 12;
constexpr double kTitleHeight = 50;
constexpr double kLegendHeight = 22;
constexpr double kFootHeight = 26;
constexpr double kCharacterWidth = 6.6;
constexpr std::size_t kLongestLegendName = 26;
constexpr std::size_t kMaxRows = 40;
constexpr std::size_t kMostLinkedSpans = 120;  ///< Beyond, links hide more than they show.

std::string text_at(double x, double y, const std::string& attributes, std::string_view text) {
  return "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" " + attributes + '>' +
         xml_escaped(text) + "</text>";
}

std::string legend(const Timeline& timeline, const TimelineDrawing& drawing) {
  std::string out = "<g>";
  double x = kMargin;
  for (std::size_t i = 0; i < std::min(timeline.names.size(), kNameColours); ++i) {
    const auto name = truncate_to_width(printable(timeline.names[i].name), kLongestLegendName);
    const auto width = 24 + static_cast<double>(text_width(name)) * kCharacterWidth + 12;
    if (x + width > kWidth - kMargin) break;
    out += "<g class=\"" + drawing.colour_class(timeline.names[i].name) +
           "\"><rect class=\"bar\" x=\"" + pixels(x) +
           "\" y=\"3\" width=\"14\" height=\"10\" rx=\"3\"/></g>" + text_at(x + 20, 12, "", name);
    x += width;
  }
  return out + "</g>";
}

}  // namespace

std::string timeline_as_svg(const Timeline& timeline) {
  const auto layout = lay_out(timeline, kMaxRows);
  const TimelineGeometry geometry(timeline, layout, kWidth);
  const TimelineDrawing drawing(timeline, layout, geometry);
  const auto lanes_top = kTitleHeight + kLegendHeight + TimelineGeometry::kAxisHeight;
  const auto height = lanes_top + geometry.height() + kFootHeight;

  std::string foot = "A curve joins where a span began with where it ended on another thread.";
  if (layout.spans_without_room > 0) {
    foot += "  " + count_text(layout.spans_without_room) + " spans found no room.";
  }

  const auto moved_down = [](double y) {
    return "<g transform=\"translate(0 " + pixels(y) + ")\">";
  };
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + pixels(kWidth) +
                    "\" height=\"" + pixels(height) + "\" viewBox=\"0 0 " + pixels(kWidth) + ' ' +
                    pixels(height) + "\">\n<style>\n" + std::string(kPictureCss) + "</style>\n" +
                    drawing.definitions() +
                    "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  out +=
      text_at(kMargin, 22, "style=\"font-size:16px;font-weight:600\"", program_name(timeline.exe)) +
      text_at(kWidth - kMargin, 22, "text-anchor=\"end\" style=\"fill:var(--quiet)\"",
              timeline.process_id + "   " + to_rfc3339(timeline.range.begin)) +
      text_at(kMargin, 42, "style=\"font-size:12px\"", summary_text(timeline)) + '\n';
  out += moved_down(kTitleHeight) + legend(timeline, drawing) + "</g>\n";
  out += moved_down(kTitleHeight + kLegendHeight) + drawing.axis() + "</g>\n";
  out += moved_down(lanes_top) + drawing.lanes();
  if (layout.spans.size() <= kMostLinkedSpans) out += drawing.parent_links();
  out +=
      "</g>\n" + text_at(kMargin, height - 9, "style=\"fill:var(--quiet)\"", foot) + "\n</svg>\n";
  return out;
}

}  // namespace micromegas::cli
