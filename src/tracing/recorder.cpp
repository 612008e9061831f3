#include "tracing/recorder.h"

#include <utility>

#include "tracing/collector.h"

namespace micromegas::tracing {

Recorder::Recorder(RecorderOptions options, std::unique_ptr<EventSink> sink)
    : collector_(std::make_unique<Collector>(std::move(options), std::move(sink))) {}

Recorder::~Recorder() = default;

ProcessId Recorder::process_id() const noexcept { return collector_->process_id(); }

bool Recorder::recording() const noexcept { return collector_->running(); }

void Recorder::flush() { collector_->flush(); }

void Recorder::stop() noexcept { collector_->stop(); }

RecorderStatistics Recorder::statistics() const noexcept { return collector_->statistics(); }

EventSink& Recorder::sink() noexcept { return collector_->sink(); }

}  // namespace micromegas::tracing
