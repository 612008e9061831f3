#pragma once

#include <memory>
#include <string>

#include "views/view_factory.h"

namespace micromegas::views {

/// Describes a table that is read straight from the lake's metadata: it has a global instance,
/// which SQL names directly, and no other.
class MetadataTableMaker final : public ViewMaker {
 public:
  MetadataTableMaker(std::string table_name, std::shared_ptr<arrow::Schema> schema);

  ViewSetDescription describe() const override;

  /// Always throws, saying how the table is read.
  std::shared_ptr<const View> make_view(const lake::Lake& lake,
                                        std::string_view view_instance) const override;

 private:
  const std::string table_name_;
  const std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace micromegas::views
