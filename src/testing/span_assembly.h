#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <micromegas/testing.h>

#include "testing/block_events.h"

namespace micromegas::testing {

/// Puts together what belongs together: begins and ends of spans, and what else is said of them.
class SpanAssembly {
 public:
  /// In the order of time; within a thread in that of its blocks.
  void add(const BlockEvent& event);

  /// Names all parents. Nothing is added afterwards.
  Recorded finish();

 private:
  void add_thread_event(const BlockEvent& event, bool begins);
  void add_async_event(const BlockEvent& event, bool begins);
  void add_detail(const BlockEvent& event);
  void end(std::size_t span, const BlockEvent& event);
  Span& async_span(std::uint64_t span_id);

  std::vector<Span> spans_;
  std::vector<std::int64_t> begins_;                   ///< Their times.
  std::map<std::uint64_t, std::size_t> async_;         ///< By span id, in `spans_`.
  std::map<StreamId, std::vector<std::size_t>> open_;  ///< By thread, innermost last.
  std::vector<Log> logs_;
  std::vector<Metric> metrics_;
};

}  // namespace micromegas::testing
