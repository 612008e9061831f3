#include "views/view_factory.h"

#include <utility>

#include "base/error.h"
#include "views/async_events_view.h"
#include "views/async_spans_view.h"
#include "views/metadata_table_maker.h"
#include "views/metadata_tables.h"

namespace micromegas::views {

void ViewFactory::add_view_set(std::unique_ptr<ViewMaker> maker) {
  std::string name = maker->describe().view_set_name;
  makers_[std::move(name)] = std::move(maker);
}

const ViewMaker& ViewFactory::find(std::string_view view_set) const {
  if (const auto found = makers_.find(view_set); found != makers_.end()) return *found->second;
  std::string known;
  for (const auto& [name, maker] : makers_) {
    if (maker->describe().has_view_maker) known += (known.empty() ? "" : ", ") + name;
  }
  throw invalid_argument("view set '" + std::string(view_set) + "' not found; there are: " + known);
}

std::vector<ViewSetDescription> ViewFactory::describe() const {
  std::vector<ViewSetDescription> descriptions;
  descriptions.reserve(makers_.size());
  for (const auto& [name, maker] : makers_) descriptions.push_back(maker->describe());
  return descriptions;
}

ViewFactory default_view_factory() {
  ViewFactory factory;
  factory.add_view_set(std::make_unique<AsyncEventsViewMaker>());
  factory.add_view_set(std::make_unique<AsyncSpansViewMaker>());
  factory.add_view_set(std::make_unique<MetadataTableMaker>("processes", processes_schema()));
  factory.add_view_set(std::make_unique<MetadataTableMaker>("streams", streams_schema()));
  factory.add_view_set(std::make_unique<MetadataTableMaker>("blocks", blocks_schema()));
  return factory;
}

}  // namespace micromegas::views
