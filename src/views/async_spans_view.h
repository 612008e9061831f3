#pragma once

#include <memory>
#include <optional>
#include <string>

#include "views/async_events_view.h"
#include "views/view.h"
#include "views/view_factory.h"

namespace micromegas::views {

/// `async_spans` of one process: one row per async span, its begin paired with its end
/// (docs/reference/views.md).
///
/// Derived: its SQL pairs the rows of `async_events`, of the whole process, so that a span is
/// complete wherever its two ends lie; the query's range then keeps the spans that overlap it.
class AsyncSpansView final : public View {
 public:
  explicit AsyncSpansView(ProcessId process_id);

  const ViewKey& key() const override { return key_; }
  std::shared_ptr<arrow::Schema> schema() const override;
  std::string schema_hash() const override;
  ProcessId process_id() const override { return events_->process_id(); }
  std::string stream_tag() const override { return events_->stream_tag(); }
  const View& source() const override { return *events_; }
  std::optional<TimeRange> source_range(const std::optional<TimeRange>&) const override {
    return std::nullopt;
  }
  std::string select_sql(const std::string& source_sql,
                         const std::optional<TimeRange>& query_range) const override;

  /// Never called: rows come from the source.
  void append_rows(BlockSource& block, RowWriter& rows) const override;

 private:
  const std::shared_ptr<const AsyncEventsView> events_;
  const ViewKey key_;
};

/// Makes `view_instance('async_spans', '<process_id>')`.
class AsyncSpansViewMaker final : public ViewMaker {
 public:
  ViewSetDescription describe() const override;
  std::shared_ptr<const View> make_view(const lake::Lake& lake,
                                        std::string_view view_instance) const override;
};

}  // namespace micromegas::views
