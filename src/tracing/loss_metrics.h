#pragma once

#include <chrono>

#include "tracing/event_sink.h"
#include "tracing/message_collector.h"

namespace micromegas::tracing {

/// Says what was lost, as metrics: `micromegas.dropped_events` and its like, unit `count`, target
/// `micromegas`. Their values are totals since recording began, so that one that is lost itself
/// falsifies nothing. Recorded when they have changed, at most once a second.
class LossMetrics {
 public:
  /// What was lost before does not count.
  void start(const Losses& before) noexcept { before_ = said_ = before; }

  void take(const Losses& now, bool at_once, Ticks time, MessageCollector& metrics) noexcept;

 private:
  Losses before_;
  Losses said_;
  Ticks said_at_;
};

}  // namespace micromegas::tracing
