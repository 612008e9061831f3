#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/micromegas/timeline/timeline.h"
#include "apps/micromegas/timeline/timeline_layout.h"

namespace micromegas::cli {

/// The sizes of a drawing, in pixels: lanes below each other, time from left to right.
class TimelineGeometry {
 public:
  static constexpr double kGutter = 140;  ///< Left of the lanes, for the threads' names.
  static constexpr double kRight = 16;
  static constexpr double kAxisHeight = 26;

  TimelineGeometry(const Timeline& timeline, const TimelineLayout& layout, double width);

  double width() const { return width_; }
  double height() const { return height_; }  ///< Of all lanes.
  double bar_height() const { return bar_height_; }
  bool has_labels() const;  ///< Bars are high enough for text.

  double x_of(Timestamp time) const;
  double lane_top(std::size_t thread) const { return lane_tops_[thread]; }
  double lane_bottom(std::size_t thread) const { return lane_tops_[thread + 1]; }
  double bar_top(std::size_t thread, std::size_t row) const;

 private:
  TimeRange range_;
  double width_;
  double height_ = 0;
  double row_height_;
  double bar_height_;
  std::vector<double> lane_tops_;  ///< One more than there are lanes.
};

/// Draws with the classes that `picture.css` colours.
class TimelineDrawing {
 public:
  TimelineDrawing(const Timeline& timeline, const TimelineLayout& layout,
                  const TimelineGeometry& geometry);

  /// Gradients, and the region that bars are clipped to. Once per document.
  std::string definitions() const;

  std::string axis() const;   ///< Labels and ticks, `kAxisHeight` high.
  std::string lanes() const;  ///< Stripes, names, grid, bars, hops.

  /// Dashed lines from parents to their children: helpful for few spans, a thicket for many.
  std::string parent_links() const;

  /// The colour class of a span's name: `c0`, ... for those that take most time, then `c-other`.
  std::string colour_class(const std::string& name) const;

 private:
  std::string piece(const TimelineSpan& span, double x, double end_x, double y) const;
  void append_span(std::size_t index, std::string& bars, std::string& hops) const;
  std::string tooltip(const TimelineSpan& span) const;

  const Timeline& timeline_;
  const TimelineLayout& layout_;
  const TimelineGeometry& geometry_;
};

/// The gap between the two pieces of a span that hops: this share of its length, up to so many
/// pixels.
inline constexpr double kHopGapShare = 0.08;
inline constexpr double kWidestHopGap = 14;

/// How many names have a colour of their own.
inline constexpr std::size_t kNameColours = 9;

/// Text as it may stand in XML and HTML, between tags and in quoted attributes.
std::string xml_escaped(std::string_view text);

/// A number with at most two decimals.
std::string pixels(double value);

}  // namespace micromegas::cli
