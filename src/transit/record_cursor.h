#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/byte_view.h"
#include "transit/decode_error.h"
#include "transit/record_plan.h"

namespace micromegas::transit {

/// Goes from record to record of a buffer: type index, size, body. Knows nothing of bodies.
class RecordCursor {
 public:
  struct Record {
    const RecordPlan* plan;
    const std::byte* body;
    std::uint32_t size;    ///< Of the body.
    std::uint32_t offset;  ///< Of the record, in the buffer.
  };

  RecordCursor() = default;
  RecordCursor(const std::vector<RecordPlan>& plans, ByteView buffer, BlockBuffer which)
      : plans_(plans.data()),
        nb_plans_(plans.size()),
        begin_(buffer.data()),
        at_(buffer.data()),
        end_(buffer.data() + buffer.size()),
        which_(which) {
    if (buffer.size() > kMaxBuffer) {
      throw DecodeError(DecodeFault::kBufferTooBig, which, 0, std::to_string(buffer.size()));
    }
  }

  /// False at the end of the buffer. Throws DecodeError for a record that does not fit, and for one
  /// whose type is faulty.
  bool next(Record& record) {
    if (at_ == end_) return false;
    record.offset = static_cast<std::uint32_t>(at_ - begin_);
    const auto type_index = static_cast<std::size_t>(*at_++);
    if (type_index >= nb_plans_) fail_type(type_index, record.offset);
    record.plan = plans_ + type_index;
    record.size = record.plan->size;
    if (record.size == 0) {
      if (end_ - at_ < 4) fail_cut(record.offset);
      std::memcpy(&record.size, at_, 4);
      at_ += 4;
    }
    if (static_cast<std::size_t>(end_ - at_) < record.size) fail_cut(record.offset);
    if (record.plan->reader == RecordPlan::Reader::kFaulty) fail_fault(record);
    record.body = at_;
    at_ += record.size;
    return true;
  }

 private:
  /// Offsets and counts below are 32-bit numbers.
  static constexpr std::size_t kMaxBuffer = std::size_t{1} << 30;

  [[noreturn]] void fail_type(std::size_t type_index, std::size_t offset) const;
  [[noreturn]] void fail_cut(std::size_t offset) const;
  [[noreturn]] void fail_fault(const Record& record) const;

  const RecordPlan* plans_ = nullptr;
  std::size_t nb_plans_ = 0;
  const std::byte* begin_ = nullptr;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  BlockBuffer which_ = BlockBuffer::kObjects;
};

}  // namespace micromegas::transit
