#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/byte_view.h"
#include "tracing/property_table.h"

namespace micromegas::fuzz {

/// The parts of a crash file (tracing/crash_format.h) that are written to, in one input: pieces
/// (pieces.h), the file's front first. The rest of the file are zeros.
struct CrashInput {
  /// Of its numbers, those that say what the file is and where its regions are count for nothing:
  /// `write_crash_file` has them right.
  ByteView header;
  ByteView slots;
  ByteView facts;
  /// Of their numbers, hashes count for nothing where what is reserved is zero.
  std::array<ByteView, tracing::PropertyTable::kSizes.size()> sets;
  std::vector<ByteView> chunks;  ///< The front of each.

  static constexpr std::uint64_t kSlotsOffset = 8192;
  static constexpr std::uint64_t kFactsOffset = kSlotsOffset + 16384;
  static constexpr std::uint64_t kSetsOffset = kFactsOffset + 40960;
  static constexpr std::uint64_t kSetsBytes = 8192;  ///< Of each size.
  static constexpr std::uint64_t kChunksOffset = kSetsOffset + 3 * kSetsBytes;
};

CrashInput split_crash_input(ByteView input);
Bytes join(const CrashInput& input);

/// Into an empty file.
void write_crash_file(const CrashInput& input, int file);

}  // namespace micromegas::fuzz
