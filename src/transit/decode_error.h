#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace micromegas::transit {

/// Every way in which a decompressed buffer, or the type table it is read by, can be wrong.
enum class DecodeFault : std::uint8_t {
  // Framing.
  kTypeIndex,     ///< A record's type index is past the table.
  kRecordCut,     ///< A record, or the size in front of it, goes beyond the buffer.
  kBufferTooBig,  ///< A buffer beyond what positions can count.

  // Metadata. Raised when a record of such a type is met, not before.
  kMemberOutside,   ///< A member does not lie within its object.
  kMemberSize,      ///< A member's size is not that of its type; a reference of fewer than 8 bytes.
  kMemberType,      ///< A member's type is neither basic nor in the table.
  kReferenceType,   ///< A type marked as reference has no member `id`.
  kTypeTooComplex,  ///< Members nested too deep, or more of them than the body can hold.
  kTypeMissing,     ///< A type that a known record is made of is not in the table.
  kDependencyType,  ///< A dynamic dependency of unknown name, or one without a 64-bit `id`.

  // Contents.
  kUnresolvedReference,  ///< The id of no dependency so far.
  kDuplicateId,          ///< Two dependencies under one id.
  kBodyCut,              ///< A field, text or count goes beyond the bytes it lies in.
  kTextEncoding,         ///< Text that must be UTF-8 and is not, or UTF-16 of odd length.
  kTextCodec,            ///< A codec of no meaning.
  kPropertyNotText,      ///< A name or a value of a property is something else than text.
  kTooManyDependencies,  ///< More than any block needs.
  kTooMuchOverlap,       ///< Records that share so many bytes that reading them all would not end.

  // What a reader asked for.
  kMissingMember,  ///< No member of that name.
  kMemberKind,     ///< A member of that name, of another kind.
};

/// "unresolved reference", ...: short, stable, for logs and for `list_block_errors()`.
std::string_view to_string(DecodeFault fault) noexcept;

enum class BlockBuffer : std::uint8_t { kDependencies, kObjects };

std::string_view to_string(BlockBuffer buffer) noexcept;

/// A block that cannot be decoded. Its events so far were sound, but count for nothing: one bad
/// record spoils its block. The text reads "objects: unresolved reference at byte 34: desc refers
/// to 4711".
class DecodeError : public Error {
 public:
  DecodeError(DecodeFault fault, BlockBuffer buffer, std::size_t offset,
              std::string_view detail = {});

  DecodeFault fault() const noexcept { return fault_; }
  BlockBuffer buffer() const noexcept { return buffer_; }
  /// Where the record begins that could not be read.
  std::size_t offset() const noexcept { return offset_; }

 private:
  DecodeFault fault_;
  BlockBuffer buffer_;
  std::size_t offset_;
};

}  // namespace micromegas::transit
