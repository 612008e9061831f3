#include "views/metadata_tables.h"

#include <string>
#include <utility>

#include <arrow/type.h>

namespace micromegas::views {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

const TypePtr& text() { return arrow::utf8(); }
const TypePtr& number() { return arrow::int64(); }
TypePtr time() { return arrow::timestamp(arrow::TimeUnit::NANO, "+00:00"); }
TypePtr properties() { return arrow::dictionary(arrow::int32(), arrow::binary()); }
TypePtr tags(bool tag_nullable) { return arrow::list(arrow::field("tag", text(), tag_nullable)); }

std::shared_ptr<arrow::Field> column(std::string name, TypePtr type) {
  return arrow::field(std::move(name), std::move(type), /*nullable=*/false);
}
std::shared_ptr<arrow::Field> nullable(std::string name, TypePtr type) {
  return arrow::field(std::move(name), std::move(type));
}

}  // namespace

const std::shared_ptr<arrow::Schema>& processes_schema() {
  static const std::shared_ptr<arrow::Schema> kSchema = arrow::schema({
      column("process_id", text()),
      column("exe", text()),
      column("username", text()),
      column("realname", text()),
      column("computer", text()),
      column("distro", text()),
      column("cpu_brand", text()),
      column("tsc_frequency", number()),
      column("start_time", time()),
      column("start_ticks", number()),
      column("insert_time", time()),
      column("parent_process_id", text()),
      column("properties", properties()),
      nullable("last_update_time", time()),
      nullable("last_block_end_ticks", number()),
      nullable("last_block_end_time", time()),
  });
  return kSchema;
}

const std::shared_ptr<arrow::Schema>& streams_schema() {
  static const std::shared_ptr<arrow::Schema> kSchema = arrow::schema({
      column("stream_id", text()),
      column("process_id", text()),
      column("dependencies_metadata", arrow::binary()),
      column("objects_metadata", arrow::binary()),
      nullable("tags", tags(/*tag_nullable=*/false)),
      column("properties", properties()),
      column("insert_time", time()),
      column("format", text()),
      nullable("last_update_time", time()),
  });
  return kSchema;
}

const std::shared_ptr<arrow::Schema>& blocks_schema() {
  static const std::shared_ptr<arrow::Schema> kSchema = arrow::schema({
      column("block_id", text()),
      column("stream_id", text()),
      column("process_id", text()),
      column("begin_time", time()),
      column("begin_ticks", number()),
      column("end_time", time()),
      column("end_ticks", number()),
      column("nb_objects", arrow::int32()),
      column("object_offset", number()),
      column("payload_size", number()),
      column("insert_time", time()),
      column("streams.dependencies_metadata", arrow::binary()),
      column("streams.objects_metadata", arrow::binary()),
      nullable("streams.tags", tags(/*tag_nullable=*/true)),
      column("streams.properties", properties()),
      column("streams.insert_time", time()),
      column("streams.format", text()),
      column("processes.start_time", time()),
      column("processes.start_ticks", number()),
      column("processes.tsc_frequency", number()),
      column("processes.exe", text()),
      column("processes.username", text()),
      column("processes.realname", text()),
      column("processes.computer", text()),
      column("processes.distro", text()),
      column("processes.cpu_brand", text()),
      column("processes.insert_time", time()),
      column("processes.parent_process_id", text()),
      column("processes.properties", properties()),
  });
  return kSchema;
}

}  // namespace micromegas::views
