#include "views/view_planner.h"

#include "views/tick_frequency.h"

namespace micromegas::views {

std::shared_ptr<const ViewPlan> ViewPlanner::plan(const View& view) {
  auto snapshot = catalog_.refresh(view.process_id(), view.stream_tag());
  // Without blocks there is nothing to convert, and nothing to estimate from.
  const std::int64_t frequency =
      snapshot->blocks.empty()
          ? 0
          : effective_frequency(lake_.metadata(), snapshot->process.info, snapshot->progress);
  {
    const std::lock_guard lock(mutex_);
    if (latest_ && latest_->is_for(snapshot, frequency)) return latest_;
  }
  auto plan = std::make_shared<const ViewPlan>(view, std::move(snapshot), frequency);
  const std::lock_guard lock(mutex_);
  latest_ = plan;
  return plan;
}

}  // namespace micromegas::views
