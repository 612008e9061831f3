#pragma once

#include <string_view>
#include <utility>

#include <micromegas/detail/record.h>
#include <micromegas/detail/suspension.h>
#include <micromegas/properties.h>
#include <micromegas/span_context.h>

namespace micromegas {

/// How a span ended.
enum class Outcome {
  kOk,
  kError,      ///< Left by an exception, or said so.
  kCancelled,  ///< Given up before it was done.
};

/// A span that may end on another thread than it began on: a handle, moved along with the work.
///
///     AsyncSpan span(MM_SITE("upload"));            // a child of the span we are in
///     client.upload(file, [span = std::move(span)](Status) mutable { span.end(); });
///
/// It is the parent of what begins in its context, `bind_context` carries that to other threads:
///
///     ContextScope inside(span.context());
///     queue.push(bind_context(work));
///
/// One thread at a time may use a handle. Destroying it ends the span. Coroutines need no handle:
/// see coroutine.h and asio.h.
class [[nodiscard]] AsyncSpan {
 public:
  /// No span.
  AsyncSpan() noexcept = default;

  /// Begins now, as a child of the span that the calling thread is in.
  explicit AsyncSpan(SpanSite& site) noexcept : AsyncSpan(site, current_context()) {}

  /// Begins now, in a context taken earlier.
  AsyncSpan(SpanSite& site, const SpanContext& parent) noexcept
      : open_(detail::begin_async_span(site, parent)),
        context_(detail::context_inside(open_, parent)) {}

  /// The same with a name known at run time only. Each distinct name is kept for the life of the
  /// process, cut after 1,024 bytes, 65,536 of them at most: names, not ids and not data.
  AsyncSpan(SpanSite& site, std::string_view name) noexcept
      : AsyncSpan(site, name, current_context()) {}
  AsyncSpan(SpanSite& site, std::string_view name, const SpanContext& parent) noexcept
      : open_(detail::begin_async_span(site, name, parent)),
        context_(detail::context_inside(open_, parent)) {}

  /// Begins with properties of its own, besides those that it is handed down:
  /// `AsyncSpan span(MM_SITE("request"), PropertySet{{"user", user}});`
  AsyncSpan(SpanSite& site, PropertySet own) noexcept : AsyncSpan(site) { add_properties(own); }

  ~AsyncSpan() { end(); }

  AsyncSpan(AsyncSpan&& other) noexcept
      : open_(std::exchange(other.open_, {})), context_(other.context_) {}
  AsyncSpan& operator=(AsyncSpan&& other) noexcept {
    if (this != &other) {
      end();
      open_ = std::exchange(other.open_, {});
      context_ = other.context_;
    }
    return *this;
  }

  /// Ends the span now, on this thread. A second call does nothing.
  void end(Outcome outcome = Outcome::kOk) noexcept {
    detail::end_async_span(open_, record_kind(outcome));
    open_.front = 0;
  }

  /// Ends it as one that failed, and says why; up to a thousand bytes of that are kept.
  void fail(std::string_view why) noexcept {
    if (open_.recorded()) detail::record_error(open_.span_id, why);
    end(Outcome::kError);
  }

  /// Further properties of this span, and of all that happens inside it from now on (its logs and
  /// metrics bear them); of one name the latest value counts. What takes its context, takes them
  /// along: so before `context()`, not after.
  void add_properties(PropertySet own) noexcept {
    context_.properties = PropertySet::from_id(context_.properties).with(own).id();
    if (open_.recorded()) detail::record_properties(open_.span_id, context_.properties);
  }

  /// What it is known by; 0: it is not recorded, or has ended.
  std::uint64_t span_id() const noexcept { return open_.recorded() ? open_.span_id : 0; }

  /// Its call site by number, and whether it is asked for its suspensions: for executors that tell
  /// of them. 0 and false: it is not recorded, or has ended.
  std::int32_t site_number() const noexcept { return open_.recorded() ? open_.site() : 0; }
  bool wants_suspensions() const noexcept {
    if (!open_.recorded() || !detail::suspensions_wanted()) return false;
    std::uint32_t drawn = context_.depth;
    return detail::wants_suspensions(open_.site(), drawn);
  }

  /// What runs inside this span has this context. Good after the end as well.
  const SpanContext& context() const noexcept { return context_; }

  static detail::RecordKind record_kind(Outcome outcome) noexcept {
    switch (outcome) {
      case Outcome::kError:
        return detail::RecordKind::kEndAsyncSpanError;
      case Outcome::kCancelled:
        return detail::RecordKind::kEndAsyncSpanCancelled;
      case Outcome::kOk:
        break;
    }
    return detail::RecordKind::kEndAsyncSpan;
  }

 private:
  detail::OpenAsyncSpan open_;
  SpanContext context_;
};

}  // namespace micromegas
