#include "transit/decode_error.h"

namespace micromegas::transit {
namespace {

std::string message(DecodeFault fault, BlockBuffer buffer, std::size_t offset,
                    std::string_view detail) {
  std::string text{to_string(buffer)};
  text += ": ";
  text += to_string(fault);
  text += " at byte " + std::to_string(offset);
  if (!detail.empty()) {
    text += ": ";
    text += detail;
  }
  return text;
}

}  // namespace

std::string_view to_string(DecodeFault fault) noexcept {
  switch (fault) {
    case DecodeFault::kTypeIndex:
      return "type index past the table";
    case DecodeFault::kRecordCut:
      return "record cut off";
    case DecodeFault::kBufferTooBig:
      return "buffer too big";
    case DecodeFault::kMemberOutside:
      return "member outside its object";
    case DecodeFault::kMemberSize:
      return "wrong member size";
    case DecodeFault::kMemberType:
      return "unknown member type";
    case DecodeFault::kReferenceType:
      return "reference type without id";
    case DecodeFault::kTypeTooComplex:
      return "type too complex";
    case DecodeFault::kTypeMissing:
      return "missing type";
    case DecodeFault::kDependencyType:
      return "not a dependency";
    case DecodeFault::kUnresolvedReference:
      return "unresolved reference";
    case DecodeFault::kDuplicateId:
      return "duplicate id";
    case DecodeFault::kBodyCut:
      return "contents cut off";
    case DecodeFault::kTextEncoding:
      return "invalid text";
    case DecodeFault::kTextCodec:
      return "unknown text codec";
    case DecodeFault::kPropertyNotText:
      return "property that is not text";
    case DecodeFault::kTooManyDependencies:
      return "too many dependencies";
    case DecodeFault::kTooMuchOverlap:
      return "records overlap too much";
    case DecodeFault::kMissingMember:
      return "missing member";
    case DecodeFault::kMemberKind:
      return "member of another kind";
  }
  return "unknown fault";
}

std::string_view to_string(BlockBuffer buffer) noexcept {
  return buffer == BlockBuffer::kDependencies ? "dependencies" : "objects";
}

DecodeError::DecodeError(DecodeFault fault, BlockBuffer buffer, std::size_t offset,
                         std::string_view detail)
    : Error(ErrorKind::kMalformed, message(fault, buffer, offset, detail)),
      fault_(fault),
      buffer_(buffer),
      offset_(offset) {}

}  // namespace micromegas::transit
