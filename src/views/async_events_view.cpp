#include "views/async_events_view.h"

#include <arrow/type.h>

#include "base/counters.h"
#include "views/async_event_block_processor.h"
#include "views/async_events_schema.h"
#include "views/block_source.h"
#include "views/process_instance.h"
#include "views/sql_text.h"

namespace micromegas::views {
namespace {

constexpr const char* kViewSet = "async_events";

Counter unknown_events("micromegas_unknown_events_total",
                       "Events of unknown kinds passed over while partitions were built");

}  // namespace

AsyncEventsView::AsyncEventsView(ProcessId process_id)
    : process_id_(process_id), key_{kViewSet, process_id.to_string()} {}

std::shared_ptr<arrow::Schema> AsyncEventsView::schema() const { return async_events_schema(); }

std::shared_ptr<arrow::Schema> AsyncEventsView::stored_schema() const {
  return async_events_stored_schema();
}

std::string AsyncEventsView::schema_hash() const { return {kAsyncEventsSchemaVersion}; }

std::string AsyncEventsView::select_sql(const std::string& source_sql,
                                        const std::optional<TimeRange>& query_range) const {
  std::string sql = std::string("SELECT * EXCLUDE (") + kEndStateColumn + ") FROM " + source_sql;
  if (query_range) {
    sql += " WHERE time BETWEEN " + sql_time(query_range->begin) + " AND " +
           sql_time(query_range->end);
  }
  return sql;
}

void AsyncEventsView::append_rows(BlockSource& block, RowWriter& rows) const {
  transit::BlockReader& reader = block.open();
  const AsyncEventTypes types(block.stream_plan());
  const wire::BlockInfo& info = block.block().info;
  AsyncEventBlockProcessor processor(info.stream_id.to_string(), info.block_id.to_string(),
                                     block.ticks(), rows);
  unknown_events.add(parse_async_block_payload(reader, types, processor));
}

ViewSetDescription AsyncEventsViewMaker::describe() const {
  return {.view_set_name = kViewSet,
          .current_schema_hash = {kAsyncEventsSchemaVersion},
          .schema = async_events_schema()->ToString(),
          .has_view_maker = true,
          .global_instance_available = false};
}

std::shared_ptr<const View> AsyncEventsViewMaker::make_view(const lake::Lake& lake,
                                                            std::string_view view_instance) const {
  return std::make_shared<AsyncEventsView>(parse_process_instance(lake, kViewSet, view_instance));
}

}  // namespace micromegas::views
