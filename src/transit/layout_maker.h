#pragma once

#include <cstddef>
#include <cstdint>

#include "transit/record_plan.h"

namespace micromegas::transit {

/// Lays out the object of a fixed-size record and those nested in it, until the first fault.
class LayoutMaker {
 public:
  LayoutMaker(RecordPlanner& planner, RecordPlan& plan) : planner_(planner), plan_(plan) {}

  /// Fills `layout` and the references of the plan, or its `fault`: then false.
  bool make(std::size_t type_index);

 private:
  const ObjectLayout* make_object(std::size_t type_index, std::uint64_t base, int nesting);
  bool place(const MemberDescription& description, const TypeDescription& type, std::uint64_t base,
             int nesting, Member& member);
  bool place_nested(const MemberDescription& description, const TypeDescription& type,
                    std::uint64_t base, int nesting, Member& member);
  bool count_work(std::uint64_t amount) noexcept;
  bool fail(DecodeFault what, const TypeDescription& type, const MemberDescription& member);
  const ObjectLayout* fail_complex(const TypeDescription& type);

  RecordPlanner& planner_;
  RecordPlan& plan_;
  std::uint64_t work_left_ = 0;
};

}  // namespace micromegas::transit
