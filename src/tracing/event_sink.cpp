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
    case StreamKind::kCrash:
      return transit::crash_stream_types();
    case StreamKind::kThread:
      break;
  }
  return transit::thread_stream_types();
}

StreamDescription thread_stream(StreamId stream_id, std::int32_t thread_id, std::string_view name) {
  StreamDescription stream{stream_id, StreamKind::kThread, {}};
  stream.properties.emplace_back("thread-id", std::to_string(thread_id));
  if (!name.empty()) stream.properties.emplace_back("thread-name", name);
  return stream;
}

}  // namespace micromegas::tracing
