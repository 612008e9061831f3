#include "tracing/loss_metrics.h"

#include <micromegas/metric.h>

namespace micromegas::tracing {
namespace {

constexpr std::int64_t kShortestPause = 1'000'000'000;  // Nanoseconds.

struct Kind {
  std::uint64_t Losses::* count;
  MetricSite* site;
};

#define MM_DETAIL_LOSS_SITE(variable, name) \
  constinit MetricSite variable { name, "count", "micromegas", __FILE__, __LINE__ }

MM_DETAIL_LOSS_SITE(dropped_events, "micromegas.dropped_events");
MM_DETAIL_LOSS_SITE(names_refused, "micromegas.names_refused");
MM_DETAIL_LOSS_SITE(truncated_logs, "micromegas.truncated_logs");
MM_DETAIL_LOSS_SITE(properties_refused, "micromegas.properties_refused");
MM_DETAIL_LOSS_SITE(properties_lost, "micromegas.properties_lost");
MM_DETAIL_LOSS_SITE(dropped_requests, "micromegas.dropped_requests");
MM_DETAIL_LOSS_SITE(dropped_request_events, "micromegas.dropped_request_events");

#undef MM_DETAIL_LOSS_SITE

constexpr Kind kKinds[] = {
    {&Losses::dropped_events, &dropped_events},
    {&Losses::names_refused, &names_refused},
    {&Losses::truncated_logs, &truncated_logs},
    {&Losses::properties_refused, &properties_refused},
    {&Losses::properties_lost, &properties_lost},
    {&Losses::dropped_requests, &dropped_requests},
    {&Losses::dropped_request_events, &dropped_request_events},
};

}  // namespace

void LossMetrics::take(const Losses& now, bool at_once, Ticks time,
                       MessageCollector& metrics) noexcept {
  if (!at_once && time.value - said_at_.value < kShortestPause) return;
  for (const Kind& kind : kKinds) {
    const std::uint64_t count = now.*kind.count;
    if (count == said_.*kind.count) continue;
    metrics.take_own(*kind.site, count - before_.*kind.count, time);
    said_.*kind.count = count;
    said_at_ = time;
  }
}

}  // namespace micromegas::tracing
