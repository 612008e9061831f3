#include "apps/micromegas/timeline/timeline_html.h"

#include <algorithm>
#include <map>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/timeline/timeline_assets.h"
#include "apps/micromegas/timeline/timeline_drawing.h"
#include "apps/micromegas/timeline/timeline_layout.h"

namespace micromegas::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kWidth = 1280;  ///< Until the script knows the window's.
constexpr std::size_t kMaxRows = 80;
constexpr std::size_t kMostNotable = 14;

/// Each text once; spans hold its index.
class TextTable {
 public:
  std::size_t index_of(const std::string& text) {
    const auto [entry, is_new] = indices_.try_emplace(text, texts_.size());
    if (is_new) texts_.push_back(text);
    return entry->second;
  }
  const Json& texts() const { return texts_; }

 private:
  std::map<std::string, std::size_t> indices_;
  Json texts_ = Json::array();
};

/// What `viewer.js` reads. Times count from the picture's begin, so that they are exact in
/// JavaScript.
std::string viewer_data(const Timeline& timeline, const TimelineLayout& layout,
                        const TimelineGeometry& geometry) {
  TextTable names;
  TextTable places;
  Json spans = Json::array();
  for (const auto& placed : layout.spans) {
    const auto& span = *placed.span;
    Json tops = {geometry.bar_top(span.begin_thread, placed.row)};
    if (placed.end_row) tops.push_back(geometry.bar_top(span.end_thread, *placed.end_row));
    spans.push_back({{"id", span.span_id},
                     {"p", span.parent_span_id},
                     {"d", span.depth},
                     {"b", span.begin.ns - timeline.range.begin.ns},
                     {"e", span.end.ns - timeline.range.begin.ns},
                     {"open", span.is_open},
                     {"n", names.index_of(span.name)},
                     {"g", places.index_of(span.target + "  " + span.place)},
                     {"t", {span.begin_thread, span.end_thread}},
                     {"m", std::string(to_string(span.mark))},
                     {"y", tops}});
  }
  const Json data = {{"gutter", TimelineGeometry::kGutter},
                     {"right", TimelineGeometry::kRight},
                     {"barHeight", geometry.bar_height()},
                     {"height", geometry.height()},
                     {"hopGap", kWidestHopGap},
                     {"hopGapShare", kHopGapShare},
                     {"length", timeline.range.end.ns - timeline.range.begin.ns},
                     {"threads", timeline.threads},
                     {"names", names.texts()},
                     {"places", places.texts()},
                     {"spans", spans}};
  auto text = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  // "</script>" in a name would end the script; "<!--" would hide what follows.
  for (auto at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    text.replace(at, 1, "\\u003c");
  }
  return text;
}

std::string legend(const Timeline& timeline, const TimelineDrawing& drawing) {
  std::string out = "<div class=\"legend\">";
  for (std::size_t i = 0; i < std::min(timeline.names.size(), kNameColours); ++i) {
    const auto& name = timeline.names[i];
    out += "<span class=\"" + drawing.colour_class(name.name) + "\" title=\"median " +
           duration_text(name.median_ns) + "\"><i></i>" + xml_escaped(name.name) + " &times; " +
           count_text(name.spans) + "</span>";
  }
  for (const auto mark : {SpanMark::kError, SpanMark::kCancelled, SpanMark::kOpen,
                          SpanMark::kAbandoned, SpanMark::kSlow}) {
    const auto bears = [&](const TimelineSpan& span) { return span.mark == mark; };
    const auto spans = std::count_if(timeline.spans.begin(), timeline.spans.end(), bears);
    if (spans == 0) continue;
    const std::string word(to_string(mark));
    out.append("<span class=\"").append(word).append("\"><i></i>").append(word);
    out.append(" &times; ").append(count_text(static_cast<std::uint64_t>(spans)));
    out.append("</span>");
  }
  return out + "</div>";
}

/// Buttons that lead to the spans that stand out, the longest first.
std::string notable(const TimelineLayout& layout) {
  std::vector<std::size_t> marked;
  for (std::size_t i = 0; i < layout.spans.size(); ++i) {
    if (layout.spans[i].span->mark != SpanMark::kNone) marked.push_back(i);
  }
  std::stable_sort(marked.begin(), marked.end(), [&](std::size_t a, std::size_t b) {
    return layout.spans[a].span->duration_ns() > layout.spans[b].span->duration_ns();
  });
  if (marked.size() > kMostNotable) marked.resize(kMostNotable);
  std::string out = "<div class=\"notable\">";
  for (const auto i : marked) {
    const auto& span = *layout.spans[i].span;
    const auto mark = std::string(to_string(span.mark));
    out += "<button class=\"" + mark + "\" data-i=\"" + std::to_string(i) + "\">";
    out += mark + ": " + xml_escaped(span.name) + ' ' + duration_text(span.duration_ns());
    out += "</button>";
  }
  return marked.empty() ? "" : out + "</div>";
}

std::string svg_head(const char* id, double height) {
  return std::string("<svg id=\"") + id + "\" width=\"100%\" height=\"" + pixels(height) + "\">";
}

}  // namespace

std::string timeline_as_html(const Timeline& timeline) {
  const auto layout = lay_out(timeline, kMaxRows);
  const TimelineGeometry geometry(timeline, layout, kWidth);
  const TimelineDrawing drawing(timeline, layout, geometry);
  const auto program = xml_escaped(program_name(timeline.exe));

  std::string without_room;
  if (layout.spans_without_room > 0) {
    without_room = " <span class=\"left-out\">" + count_text(layout.spans_without_room) +
                   " spans found no room</span>";
  }

  return "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>" + program +
         "</title>\n<style>\n" + std::string(kPictureCss) + std::string(kViewerCss) +
         "</style>\n<header><h1>" + program + "</h1><code>" + timeline.process_id + "  " +
         to_rfc3339(timeline.range.begin) + "</code>\n<div class=\"summary\">" +
         xml_escaped(summary_text(timeline)) + without_room +
         "</div>\n<div class=\"tools\"><input type=\"search\" id=\"filter\" placeholder=\"filter: "
         "name, "
         "file, id, slow, open, error\">" +
         legend(timeline, drawing) + "</div>" + notable(layout) + "</header>\n" +
         svg_head("axis", TimelineGeometry::kAxisHeight) + drawing.axis() + "</svg>\n" +
         svg_head("lanes", geometry.height()) + drawing.definitions() + drawing.lanes() +
         "</svg>\n<footer><kbd>Ctrl</kbd> + wheel zooms, drag pans, click shows a span's family, "
         "double click zooms to it; keys <kbd>w</kbd> <kbd>s</kbd> <kbd>a</kbd> <kbd>d</kbd>, "
         "<kbd>0</kbd> all, <kbd>Esc</kbd> back. A curve joins where a span began with where it "
         "ended "
         "on another thread; when it changed threads is not recorded.</footer>\n<div "
         "id=\"tip\"></div>\n"
         "<script type=\"application/json\" id=\"data\">" +
         viewer_data(timeline, layout, geometry) + "</script>\n<script>\n" +
         std::string(kViewerJs) + "</script>\n</html>\n";
}

}  // namespace micromegas::cli
