#include "tracing/event_sink.h"

namespace micromegas::tracing {

const transit::StreamTypes& StreamDescription::types() const {
  switch (kind) {
    case StreamKind::kAsyncDetail:
      return transit::async_detail_stream_types();
    case StreamKind::kLog:
      return transit::log_stream_types();
    case StreamKind::kMetrics:
      return transit::metrics_stream_types();
    case StreamKind::kThread:
      break;
  }
  return transit::thread_stream_types();
}

}  // namespace micromegas::tracing
