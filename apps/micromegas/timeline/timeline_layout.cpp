#include "apps/micromegas/timeline/timeline_layout.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace micromegas::cli {
namespace {

/// Pieces that would be narrower than this share of the picture keep their row for that long, so
/// that neighbours do not touch.
constexpr std::int64_t kNarrowestShare = 300;

struct Piece {
  std::size_t span;  ///< Index into the timeline's spans.
  std::size_t thread;
  std::int64_t begin;
  std::int64_t end;
  bool is_end;
};

class Packer {
 public:
  Packer(const Timeline& timeline, std::size_t max_rows)
      : timeline_(timeline),
        max_rows_(max_rows),
        narrowest_((timeline.range.end.ns - timeline.range.begin.ns) / kNarrowestShare),
        lanes_(timeline.threads.size()),
        rows_(timeline.spans.size()),
        end_rows_(timeline.spans.size()) {
    for (std::size_t i = 0; i < timeline.spans.size(); ++i) {
      index_of_.emplace(timeline.spans[i].span_id, i);
    }
  }

  TimelineLayout pack() {
    for (const auto& piece : pieces()) place(piece);
    TimelineLayout layout;
    for (std::size_t i = 0; i < timeline_.spans.size(); ++i) {
      const auto& span = timeline_.spans[i];
      if (!rows_[i] || (span.hops() && !end_rows_[i])) {
        ++layout.spans_without_room;
      } else {
        layout.spans.push_back({&span, *rows_[i], end_rows_[i]});
      }
    }
    for (const auto& lane : lanes_) layout.rows.push_back(std::max<std::size_t>(lane.size(), 1));
    return layout;
  }

 private:
  std::vector<Piece> pieces() const {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < timeline_.spans.size(); ++i) {
      const auto& span = timeline_.spans[i];
      const auto middle = span.begin.ns + span.duration_ns() / 2;
      const auto first_end = span.hops() ? middle : span.end.ns;
      pieces.push_back({i, span.begin_thread, span.begin.ns, first_end, false});
      if (span.hops()) pieces.push_back({i, span.end_thread, middle, span.end.ns, true});
    }
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
    return pieces;
  }

  /// The first row below the parent's, if that one is drawn in this lane.
  std::size_t first_row(const Piece& piece) const {
    const auto parent = index_of_.find(timeline_.spans[piece.span].parent_span_id);
    if (parent == index_of_.end()) return 0;
    const auto& span = timeline_.spans[parent->second];
    if (span.end_thread == piece.thread && end_rows_[parent->second]) {
      return *end_rows_[parent->second] + 1;
    }
    if (span.begin_thread == piece.thread && rows_[parent->second]) {
      return *rows_[parent->second] + 1;
    }
    return 0;
  }

  void place(const Piece& piece) {
    auto& free_from = lanes_[piece.thread];
    auto row = std::min(first_row(piece), max_rows_);
    while (row < free_from.size() && free_from[row] > piece.begin) ++row;
    if (row >= max_rows_) return;
    if (row >= free_from.size()) free_from.resize(row + 1, INT64_MIN);
    free_from[row] = std::max(piece.end, piece.begin + narrowest_);
    (piece.is_end ? end_rows_ : rows_)[piece.span] = row;
  }

  const Timeline& timeline_;
  const std::size_t max_rows_;
  const std::int64_t narrowest_;
  std::vector<std::vector<std::int64_t>> lanes_;  ///< Per lane and row: free from when on.
  std::vector<std::optional<std::size_t>> rows_;
  std::vector<std::optional<std::size_t>> end_rows_;
  std::unordered_map<std::int64_t, std::size_t> index_of_;
};

}  // namespace

std::size_t TimelineLayout::total_rows() const {
  return std::accumulate(rows.begin(), rows.end(), std::size_t{0});
}

TimelineLayout lay_out(const Timeline& timeline, std::size_t max_rows) {
  return Packer(timeline, max_rows).pack();
}

}  // namespace micromegas::cli
