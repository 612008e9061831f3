#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "transit/object_layout.h"
#include "transit/record_plan.h"
#include "transit/type_description.h"

namespace micromegas::transit {

/// Knows how to read the blocks of one stream: made once of the stream's two type tables, used for
/// all of its blocks.
///
/// Any tables make a plan. What is wrong with a type is raised when a record of it is met, so a
/// stream may describe types that no one can read as long as its blocks do not use them.
///
/// Immutable once built, hence shared freely between threads. Members and layouts live as long as
/// the plan.
class StreamPlan {
 public:
  StreamPlan(TypeTable dependencies, TypeTable objects);
  StreamPlan(StreamPlan&&) noexcept = default;
  StreamPlan& operator=(StreamPlan&&) noexcept = default;
  StreamPlan(const StreamPlan&) = delete;
  StreamPlan& operator=(const StreamPlan&) = delete;

  /// The types of the objects buffer that events can have: at most 256, an index being a byte.
  std::size_t nb_event_types() const noexcept { return objects_.size(); }
  std::string_view event_type_name(std::size_t type_index) const noexcept {
    return objects_[type_index].layout->type_name;
  }

  /// The member `name` of the events of a type; null when they have none, or cannot be read.
  const Member* find_member(std::size_t type_index, std::string_view name) const noexcept {
    return objects_[type_index].layout->find(name);
  }

  // What readers of blocks go by.

  const std::vector<RecordPlan>& dependencies() const noexcept { return dependencies_; }
  const std::vector<RecordPlan>& objects() const noexcept { return objects_; }

 private:
  TypeTable dependency_types_;  // Where the names are that layouts and members show.
  TypeTable object_types_;
  std::vector<std::unique_ptr<ObjectLayout>> layouts_;
  std::vector<RecordPlan> dependencies_;
  std::vector<RecordPlan> objects_;
};

}  // namespace micromegas::transit
