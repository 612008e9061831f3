#pragma once

#include <memory>
#include <optional>
#include <string>

#include "views/view.h"
#include "views/view_factory.h"

namespace micromegas::views {

/// `async_events` of one process: each begin and end of an async span, as recorded, over all its
/// thread streams (docs/reference/views.md).
class AsyncEventsView final : public View {
 public:
  explicit AsyncEventsView(ProcessId process_id);

  const ViewKey& key() const override { return key_; }
  std::shared_ptr<arrow::Schema> schema() const override;
  std::shared_ptr<arrow::Schema> stored_schema() const override;
  std::string schema_hash() const override;
  ProcessId process_id() const override { return process_id_; }
  std::string stream_tag() const override { return "cpu"; }
  std::string select_sql(const std::string& source_sql,
                         const std::optional<TimeRange>& query_range) const override;
  void append_rows(BlockSource& block, RowWriter& rows) const override;

 private:
  const ProcessId process_id_;
  const ViewKey key_;
};

/// Makes `view_instance('async_events', '<process_id>')`.
class AsyncEventsViewMaker final : public ViewMaker {
 public:
  ViewSetDescription describe() const override;
  std::shared_ptr<const View> make_view(const lake::Lake& lake,
                                        std::string_view view_instance) const override;
};

}  // namespace micromegas::views
