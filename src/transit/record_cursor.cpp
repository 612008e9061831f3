#include "transit/record_cursor.h"

namespace micromegas::transit {

void RecordCursor::fail_type(std::size_t type_index, std::size_t offset) const {
  throw DecodeError(DecodeFault::kTypeIndex, which_, offset,
                    "type " + std::to_string(type_index) + " of " + std::to_string(nb_plans_));
}

void RecordCursor::fail_cut(std::size_t offset) const {
  throw DecodeError(DecodeFault::kRecordCut, which_, offset);
}

void RecordCursor::fail_fault(const Record& record) const {
  const RecordPlan::Fault& fault = *record.plan->fault;
  throw DecodeError(fault.what, which_, record.offset, fault.detail);
}

}  // namespace micromegas::transit
