#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace micromegas::cli {

/// Sums up in one line what ingestion did since the line before; says nothing when nothing was
/// done.
class ActivityLog {
 public:
  ActivityLog();

  /// "stored 1200 blocks (5.6 MB, 3 repeated), 2 processes, 4 streams in 310 commits; refused 1,
  /// failed 0"; empty: nothing happened.
  std::string sum_up();

 private:
  struct Counts {
    std::uint64_t blocks, repeated, bytes, processes, streams, commits, refused, failed;
  };
  static Counts now();

  Counts last_;
};

}  // namespace micromegas::cli
