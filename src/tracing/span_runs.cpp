#include <micromegas/detail/span_runs.h>

#include "tracing/detail_path.h"
#include "tracing/event_path.h"

namespace micromegas::detail {
namespace {

constinit thread_local SpanRuns::Run* t_run = nullptr;

}  // namespace

SpanRuns::Run::Run(SpanRuns& runs) noexcept : runs_(runs), outer_(t_run) {
  t_run = this;
  runs_.enter();
}

SpanRuns::Run::~Run() {
  t_run = outer_;
  if (!waits_) runs_.leave(0, runs_.site_);
}

SpanRuns::Run* SpanRuns::run_of_this_span() noexcept {
  // Another span's code may run inside the piece that runs here.
  const std::uint64_t here = current_context().span_id;
  return t_run != nullptr && t_run->runs_.span_id_ == here ? t_run : nullptr;
}

std::shared_ptr<SpanRuns> SpanRuns::current() noexcept {
  Run* run = run_of_this_span();
  return run != nullptr ? run->runs_.weak_from_this().lock() : nullptr;
}

void SpanRuns::wait(std::uint64_t awaited_span_id, std::int32_t site) noexcept {
  Run* run = run_of_this_span();
  if (run == nullptr || run->waits_) return;
  run->waits_ = true;
  run->runs_.leave(awaited_span_id, site);
}

void SpanRuns::go_on() noexcept {
  Run* run = run_of_this_span();
  if (run == nullptr || !run->waits_) return;
  run->waits_ = false;
  run->runs_.enter();
}

void SpanRuns::end() noexcept {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

void SpanRuns::enter() noexcept {
  const std::lock_guard lock(mutex_);
  if (running_++ != 0 || ended_) return;
  // The span's begin says that its first piece runs.
  if (started_) tracing::write_resume(tracing::now(), span_id_);
  started_ = true;
}

void SpanRuns::leave(std::uint64_t awaited_span_id, std::int32_t site) noexcept {
  const std::lock_guard lock(mutex_);
  if (--running_ != 0 || ended_) return;
  tracing::write_suspend(tracing::now(), span_id_, awaited_span_id, site);
}

}  // namespace micromegas::detail
