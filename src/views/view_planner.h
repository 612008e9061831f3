#pragma once

#include <memory>
#include <mutex>

#include "lake/lake.h"
#include "views/block_catalog.h"
#include "views/view_plan.h"

namespace micromegas::views {

/// Plans one view again and again; as long as no block arrives, that costs next to nothing. Any
/// thread may call.
class ViewPlanner {
 public:
  ViewPlanner(lake::Lake& lake, BlockCatalog& catalog) : lake_(lake), catalog_(catalog) {}

  /// The plan for all blocks that were in the lake when the call began.
  std::shared_ptr<const ViewPlan> plan(const View& view);

 private:
  lake::Lake& lake_;
  BlockCatalog& catalog_;
  std::mutex mutex_;  ///< Guards `latest_`.
  std::shared_ptr<const ViewPlan> latest_;
};

}  // namespace micromegas::views
