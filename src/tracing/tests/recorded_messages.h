#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tracing/event_sink.h"

namespace micromegas::tracing {

/// A log or metric as a reader of the blocks sees it.
struct Message {
  std::string type;  ///< `LogStringEventV2`, `FloatMetricEvent`, ...
  std::string text;  ///< Of a log.
  std::uint32_t level = 0;
  std::string name;  ///< Of a metric.
  std::string unit;
  double value = 0;
  std::string target;
  std::string file;
  std::uint32_t line = 0;
  std::string properties;  ///< `b=2 a=1`, in their order.
  std::int64_t time = 0;
};

/// The messages of a block of the log stream or the metrics stream.
std::vector<Message> read_messages(const ClosedBlock& block);

}  // namespace micromegas::tracing
