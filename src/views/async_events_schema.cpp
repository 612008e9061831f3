#include "views/async_events_schema.h"

#include <arrow/type.h>

namespace micromegas::views {

const std::shared_ptr<arrow::Schema>& async_events_schema() {
  static const std::shared_ptr<arrow::Schema> kSchema = [] {
    const auto text = arrow::dictionary(arrow::int32(), arrow::utf8());
    const auto time = arrow::timestamp(arrow::TimeUnit::NANO, "+00:00");
    const auto column = [](const char* name, std::shared_ptr<arrow::DataType> type) {
      return arrow::field(name, std::move(type), /*nullable=*/false);
    };
    return arrow::schema({
        column("stream_id", text),
        column("block_id", text),
        column("time", time),
        column("event_type", text),
        column("span_id", arrow::int64()),
        arrow::field("parent_span_id", arrow::int64()),
        column("depth", arrow::uint32()),
        column("hash", arrow::uint32()),
        column("name", text),
        column("filename", text),
        column("target", text),
        column("line", arrow::uint32()),
    });
  }();
  return kSchema;
}

const std::shared_ptr<arrow::Schema>& async_events_stored_schema() {
  static const std::shared_ptr<arrow::Schema> kSchema = [] {
    const auto& columns = async_events_schema();
    const auto text = columns->GetFieldByName("event_type")->type();
    return columns
        ->AddField(columns->num_fields(), arrow::field(kEndStateColumn, text, /*nullable=*/false))
        .ValueOrDie();
  }();
  return kSchema;
}

}  // namespace micromegas::views
