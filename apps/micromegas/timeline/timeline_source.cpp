#include "apps/micromegas/timeline/timeline_source.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/micromegas/target/answer_rows.h"

namespace micromegas::cli {
namespace {

/// Names beyond these count as spans, but nothing is known of what is usual for them.
constexpr int kMostNames = 1000;

/// `worker-2` before `worker-10`: runs of digits compare by their value.
bool natural_less(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto take_number = [&](std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return digits;
  };
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const auto left = take_number(a);
      const auto right = take_number(b);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
      continue;
    }
    if (a[0] != b[0]) return a[0] < b[0];
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() < b.size();
}

SpanMark ended_as(std::string_view state) {
  if (state == "error") return SpanMark::kError;
  if (state == "cancelled") return SpanMark::kCancelled;
  return SpanMark::kNone;
}

class Reader {
 public:
  Reader(QueryTarget& target, const SelectedProcess& process, const std::optional<TimeRange>& range,
         const CancellationToken& cancel)
      : target_(target),
        id_(sql_literal(process.process_id.to_string())),
        range_(range),
        cancel_(cancel) {
    timeline_.process_id = process.process_id.to_string();
    timeline_.exe = process.exe;
  }

  Timeline read(std::uint64_t max_spans) {
    read_totals();
    read_spans(max_spans);
    read_threads();
    set_range();
    finish_timeline(timeline_);
    return std::move(timeline_);
  }

 private:
  using Visitor = std::function<void(const AnswerRow&)>;

  void ask(const std::string& sql, const std::optional<TimeRange>& range, const Visitor& visit) {
    for_each_row(target_, {sql, range, std::nullopt, cancel_}, visit);
  }

  /// A SELECT of `columns` from the spans that overlap the range.
  void ask_spans(const std::string& columns, const std::string& rest, const Visitor& visit) {
    ask("SELECT " + columns + " FROM view_instance('async_spans', " + id_ + ") " + rest, range_,
        visit);
  }

  /// The tables of processes and streams are read without the range, which means the time of their
  /// last block there.
  void ask_about_process(const std::string& columns, const std::string& table,
                         const Visitor& visit) {
    ask("SELECT " + columns + " FROM " + table + " WHERE process_id = " + id_, std::nullopt, visit);
  }

  void read_totals() {
    ask_spans("COUNT(*) AS spans, MIN(begin_time) AS first_begin, MAX(end_time) AS last_end", "",
              [&](const AnswerRow& row) {
                timeline_.all_spans = static_cast<std::uint64_t>(row.integer("spans"));
                const auto begin = row.optional_time("first_begin").value_or(Timestamp{});
                timeline_.range = {begin, row.optional_time("last_end").value_or(begin)};
              });
    ask_spans(
        "name, COUNT(*) AS spans, CAST(COALESCE(SUM(duration), 0) AS BIGINT) AS total, "
        "CAST(COALESCE(MEDIAN(duration), 0) AS BIGINT) AS usual",
        "GROUP BY name ORDER BY total DESC, name LIMIT " + std::to_string(kMostNames),
        [&](const AnswerRow& row) {
          timeline_.names.push_back({row.text("name"),
                                     static_cast<std::uint64_t>(row.integer("spans")),
                                     row.integer("total"), row.integer("usual")});
        });
  }

  void read_spans(std::uint64_t max_spans) {
    ask_spans(
        "span_id, parent_span_id, depth, name, target, filename, line, begin_time, end_time, "
        "begin_stream_id, end_stream_id, state",
        "ORDER BY end_time IS NULL DESC, duration DESC, begin_time, span_id LIMIT " +
            std::to_string(max_spans),
        [&](const AnswerRow& row) { add_span(row); });
  }

  void add_span(const AnswerRow& row) {
    TimelineSpan span;
    span.span_id = row.integer("span_id");
    span.parent_span_id = row.optional_integer("parent_span_id").value_or(0);
    span.depth = row.integer("depth");
    span.name = row.text("name");
    span.target = row.text("target");
    span.place = row.text("filename") + ':' + row.text("line");
    span.begin = row.time("begin_time");
    span.is_open = row.is_null("end_time");
    span.ended_as = ended_as(row.text("state"));
    span.end = span.is_open ? span.begin : row.time("end_time");
    span.begin_thread = stream_index(row.text("begin_stream_id"));
    span.end_thread = span.is_open ? span.begin_thread : stream_index(row.text("end_stream_id"));
    timeline_.spans.push_back(std::move(span));
  }

  std::size_t stream_index(const std::string& stream_id) {
    return stream_indices_.try_emplace(stream_id, stream_indices_.size()).first->second;
  }

  /// A stream that has spans.
  struct Thread {
    std::size_t index = 0;  ///< As the spans have it until `sort_threads`.
    std::string name;
    std::string thread_id;
  };

  /// Names the streams that have spans, for people: several threads of one name get their ids.
  void read_threads() {
    std::vector<Thread> threads(stream_indices_.size());
    for (const auto& [stream_id, index] : stream_indices_) threads[index] = {index, stream_id, {}};
    ask_about_process(
        "stream_id, property_get(properties, 'thread-name') AS thread_name, "
        "property_get(properties, 'thread-id') AS thread_id",
        "streams", [&](const AnswerRow& row) {
          const auto found = stream_indices_.find(row.text("stream_id"));
          if (found == stream_indices_.end()) return;
          auto& thread = threads[found->second];
          thread.thread_id = row.text("thread_id");
          if (!row.text("thread_name").empty()) thread.name = row.text("thread_name");
        });

    std::map<std::string, int> bearers;
    for (const auto& thread : threads) ++bearers[thread.name];
    for (auto& thread : threads) {
      if (bearers[thread.name] > 1) thread.name += '-' + thread.thread_id;
    }
    sort_threads(std::move(threads));
  }

  /// Gives each thread its lane.
  void sort_threads(std::vector<Thread> threads) {
    std::sort(threads.begin(), threads.end(), [](const Thread& a, const Thread& b) {
      if (a.name != b.name) return natural_less(a.name, b.name);
      return a.index < b.index;
    });
    std::vector<std::size_t> lane_of(threads.size());
    for (std::size_t lane = 0; lane < threads.size(); ++lane) {
      lane_of[threads[lane].index] = lane;
      timeline_.threads.push_back(threads[lane].name);
    }
    for (auto& span : timeline_.spans) {
      span.begin_thread = lane_of[span.begin_thread];
      span.end_thread = lane_of[span.end_thread];
    }
  }

  /// The picture begins with the first span and ends with the last event that the process sent, or
  /// sooner if the range does. What has not ended reaches to the end.
  void set_range() {
    auto& range = timeline_.range;
    for (const auto& span : timeline_.spans) range.end = std::max(range.end, span.begin);
    ask_about_process("last_block_end_time", "processes", [&](const AnswerRow& row) {
      const auto last = row.optional_time("last_block_end_time");
      if (last) range.end = std::max(range.end, *last);
    });
    if (range_) {
      range.begin = std::max(range.begin, range_->begin);
      range.end = std::max(range.begin, std::min(range.end, range_->end));
    }
    for (auto& span : timeline_.spans) {
      if (span.is_open) span.end = std::max(span.begin, range.end);
    }
  }

  QueryTarget& target_;
  const std::string id_;
  const std::optional<TimeRange> range_;
  const CancellationToken cancel_;
  std::map<std::string, std::size_t> stream_indices_;
  Timeline timeline_;
};

}  // namespace

Timeline read_timeline(QueryTarget& target, const SelectedProcess& process,
                       const std::optional<TimeRange>& range, std::uint64_t max_spans,
                       const CancellationToken& cancel) {
  return Reader(target, process, range, cancel).read(max_spans);
}

}  // namespace micromegas::cli
