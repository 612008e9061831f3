#include "transit/stream_plan.h"

#include <algorithm>
#include <utility>

namespace micromegas::transit {
namespace {

/// A record names its type with a byte: types beyond are only found nested in others.
constexpr std::size_t kMaxRecordTypes = 256;

}  // namespace

StreamPlan::StreamPlan(TypeTable dependencies, TypeTable objects)
    : dependency_types_(std::move(dependencies)), object_types_(std::move(objects)) {
  RecordPlanner dependency_planner(dependency_types_, layouts_);
  for (std::size_t i = 0; i < std::min(dependency_types_.size(), kMaxRecordTypes); ++i) {
    dependencies_.push_back(dependency_planner.plan_dependency(i));
  }
  RecordPlanner event_planner(object_types_, layouts_);
  for (std::size_t i = 0; i < std::min(object_types_.size(), kMaxRecordTypes); ++i) {
    objects_.push_back(event_planner.plan_event(i));
  }
}

}  // namespace micromegas::transit
