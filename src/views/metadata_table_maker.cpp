#include "views/metadata_table_maker.h"

#include <utility>

#include <arrow/type.h>
#include <xxhash.h>

#include "base/error.h"

namespace micromegas::views {

MetadataTableMaker::MetadataTableMaker(std::string table_name,
                                       std::shared_ptr<arrow::Schema> schema)
    : table_name_(std::move(table_name)), schema_(std::move(schema)) {}

ViewSetDescription MetadataTableMaker::describe() const {
  // Nothing of these tables is stored in partitions: the hash only tells people that a column
  // changed.
  const std::string columns = schema_->ToString();
  XXH64_canonical_t hash;
  XXH64_canonicalFromHash(&hash, XXH3_64bits(columns.data(), columns.size()));
  return {.view_set_name = table_name_,
          .current_schema_hash = {reinterpret_cast<const char*>(hash.digest), sizeof hash.digest},
          .schema = columns,
          .has_view_maker = false,
          .global_instance_available = true};
}

std::shared_ptr<const View> MetadataTableMaker::make_view(const lake::Lake&,
                                                          std::string_view) const {
  throw invalid_argument(table_name_ + " is a table, not a view set: use SELECT ... FROM " +
                         table_name_);
}

}  // namespace micromegas::views
