#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "lake/rows.h"

namespace micromegas::views {

/// A block that cannot become rows, with what `list_block_errors()` shows of it.
///
/// The stage says what was being read: `payload` (the blob), `types` (the stream's type tables),
/// `decompress-dependencies`, `decompress-objects`, `dependencies`, `objects`, `time`.
class BlockFault : public Error {
 public:
  /// `offset` is a byte of what was being read; -1: none.
  BlockFault(std::string stage, std::int64_t offset, const std::string& reason)
      : Error(ErrorKind::kMalformed, reason), stage_(std::move(stage)), offset_(offset) {}

  const std::string& stage() const noexcept { return stage_; }
  std::int64_t offset() const noexcept { return offset_; }

 private:
  std::string stage_;
  std::int64_t offset_;
};

/// How an error that was raised while the rows of `block` were made is kept with the partition. The
/// reason is made fit for a database: no NUL, UTF-8, of bounded length. REQUIRES: error.kind() ==
/// kMalformed.
lake::BlockError block_error(const lake::BlockRow& block, const Error& error);

}  // namespace micromegas::views
