#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "views/call_site.h"
#include "views/column_buffer.h"
#include "views/record_builder.h"
#include "views/site_cache.h"
#include "views/string_dictionary.h"

namespace micromegas::views {

/// Which end of an async span an event is; also its index in the dictionary of `event_type`.
enum class AsyncEventType : std::int32_t { kBegin = 0, kEnd = 1 };

/// How a span stands after its end; also its index in the dictionary of `end_state`.
enum class SpanEndState : std::int32_t { kEnded = 0, kError = 1, kCancelled = 2 };

/// One row of `async_events`, without what it shares with other rows of its block or call site.
struct AsyncEvent {
  AsyncEventType event_type = AsyncEventType::kBegin;
  Timestamp time;
  std::uint64_t span_id = 0;
  std::uint64_t parent_span_id = 0;  ///< 0 (a root) becomes NULL.
  std::uint32_t depth = 0;
  SpanEndState end_state = SpanEndState::kEnded;  ///< Of an end.
};

/// What a name, file name or target may have, and what all distinct ones of a row group have
/// together. A block of a megabyte can hold texts of many more, which LZ4 makes of nothing: without
/// bounds, blocks of one process would fill the memory of a server whenever somebody asks for it.
inline constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxGroupTextBytes = std::size_t{32} << 20;

/// Gathers rows of `async_events`.
///
///     builder.begin_block(stream_id, block_id);
///     for (each event) builder.append(event, key_of_site, [&] { return texts_of_site; });
///
/// Texts go in once per block, by the key under which the block knows them; then a row costs a
/// lookup and a store per column.
class AsyncEventRecordBuilder final : public RecordBuilder {
 public:
  explicit AsyncEventRecordBuilder(std::size_t capacity);

  /// Names the source of the rows that follow; keys of call sites mean something else from here on.
  void begin_block(std::string_view stream_id, std::string_view block_id);

  /// `texts()` returns the CallSiteTexts of `site_key`. It is called for the first event of a key
  /// only, and may throw: no row is added then. A text above `kMaxTextBytes` is a BlockFault.
  /// REQUIRES: begin_block was called since the last `finish`; !full().
  template <class Texts>
  void append(const AsyncEvent& event, std::uint64_t site_key, Texts texts) {
    store(event, sites_.find_or_make(site_key, [&] { return intern(texts()); }));
  }

  std::size_t nb_rows() const noexcept override { return nb_rows_; }
  /// There is room for `capacity` rows, and for rows with `kMaxGroupTextBytes` of distinct texts.
  bool full() const noexcept { return nb_rows_ >= row_limit_; }
  void truncate(std::size_t nb_rows) noexcept override { nb_rows_ = nb_rows; }
  RecordBatchWithRange finish() override;

 private:
  /// What the rows of a call site share, by index of the dictionaries.
  struct Site {
    std::int32_t name = 0;
    std::int32_t filename = 0;
    std::int32_t target = 0;
    std::uint32_t line = 0;
    std::uint32_t hash = 0;
  };

  void store(const AsyncEvent& event, const Site& site) noexcept {
    const std::size_t row = nb_rows_++;
    stream_id_[row] = stream_;
    block_id_[row] = block_;
    time_[row] = event.time.ns;
    event_type_[row] = static_cast<std::int32_t>(event.event_type);
    span_id_[row] = static_cast<std::int64_t>(event.span_id);
    parent_span_id_[row] = static_cast<std::int64_t>(event.parent_span_id);
    depth_[row] = event.depth;
    hash_[row] = site.hash;
    name_[row] = site.name;
    filename_[row] = site.filename;
    target_[row] = site.target;
    line_[row] = site.line;
    end_state_[row] = static_cast<std::int32_t>(event.end_state);
  }

  Site intern(const CallSiteTexts& texts);
  void clear();

  const std::size_t capacity_;
  std::size_t row_limit_;  ///< The capacity, until texts have used up their share.
  std::size_t nb_rows_ = 0;
  std::int32_t stream_ = 0;
  std::int32_t block_ = 0;

  SiteCache<Site> sites_;
  StringDictionary streams_;
  StringDictionary blocks_;
  StringDictionary names_;
  StringDictionary filenames_;
  StringDictionary targets_;

  ColumnBuffer<std::int32_t> stream_id_;
  ColumnBuffer<std::int32_t> block_id_;
  ColumnBuffer<std::int64_t> time_;
  ColumnBuffer<std::int32_t> event_type_;
  ColumnBuffer<std::int64_t> span_id_;
  ColumnBuffer<std::int64_t> parent_span_id_;
  ColumnBuffer<std::uint32_t> depth_;
  ColumnBuffer<std::uint32_t> hash_;
  ColumnBuffer<std::int32_t> name_;
  ColumnBuffer<std::int32_t> filename_;
  ColumnBuffer<std::int32_t> target_;
  ColumnBuffer<std::uint32_t> line_;
  ColumnBuffer<std::int32_t> end_state_;
};

}  // namespace micromegas::views
