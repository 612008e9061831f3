#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <micromegas/async_span.h>
#include <micromegas/detail/awaiter.h>
#include <micromegas/detail/current_exception.h>

namespace micromegas {

class CoroutineSpan;

/// A mixin for the promise of a task type: its coroutines keep their span context over `co_await`,
/// whichever thread resumes them, and leave none behind on the thread that they leave.
///
///     created    the caller's context becomes the parent: on the creating thread, not when it runs
///     resumed    installed on the thread that resumes it
///     suspended  removed: the thread is again where it was before
///     done       removed
///
/// A promise calls it in three places (complete: `Task` in task.h, and examples/own_task.cpp):
///
///     struct Promise : micromegas::TracedPromise {
///       auto initial_suspend() noexcept { return traced_start(std::suspend_always{}); }
///       auto final_suspend() noexcept { return traced_finish(MyFinalAwaiter{}); }
///       // await_transform() is inherited. A promise with its own returns traced_await(awaitable)
///       // there, and keeps this one for MM_CO_SPAN: using TracedPromise::await_transform;
///       // `awaitable` is referred to until the coroutine goes on: the operand, no local of ours.
///       void unhandled_exception() { note_exception(); ... }  // For its text.
///       // And with co_yield:
///       auto yield_value(T value) { ...; return traced_await(std::suspend_always{}); }
///     };
///
/// `note_exception` is required where `unhandled_exception` throws. What else is forgotten does not
/// compile, as far as can be told from the promise.
///
/// In such a coroutine `MM_CO_SPAN("name");` opens a span up to the end of the scope.
///
/// On request (`set_suspensions`, target.h) its spans also record when and where the coroutine is
/// suspended, and when it goes on. Who does not ask pays two tests of a null pointer each time.
class TracedPromise {
 public:
  TracedPromise() noexcept : installed_{current_context(), nullptr, true} {}
  TracedPromise(const TracedPromise&) = delete;
  TracedPromise& operator=(const TracedPromise&) = delete;

  /// Wraps what `initial_suspend` returns.
  template <class Awaiter>
  auto traced_start(Awaiter awaiter) noexcept {
    return StartAwaiter<Awaiter>{std::move(awaiter), *this};
  }

  /// Wraps what `final_suspend` returns.
  template <class Awaiter>
  auto traced_finish(Awaiter awaiter) noexcept {
    detail::thread_state().context = installed_.outer;
    return FinishAwaiter<Awaiter>{std::move(awaiter)};
  }

  /// Wraps what the coroutine waits for.
  template <class Awaitable>
  auto traced_await(Awaitable&& awaitable) {
    return TracedAwaiter<Awaitable>(std::forward<Awaitable>(awaitable), *this);
  }

  template <class Awaitable>
  auto await_transform(Awaitable&& awaitable) {
    return traced_await(std::forward<Awaitable>(awaitable));
  }

  /// For `unhandled_exception`, while the exception is handled: the span that it has left says why.
  /// The coroutine has ended, and leaves the thread.
  void note_exception() noexcept {
    detail::record_current_exception(detail::take_failed_span(this));
    if (running()) detail::thread_state().context = installed_.outer;
  }

  /// The first span of the coroutine, while suspensions are recorded: what one that awaits it has
  /// waited for. 0: not known.
  std::uint64_t first_span_id() const noexcept { return first_span_id_; }

  /// That of the traced coroutine which calls this. What asks the coroutine itself for it, a
  /// `co_await`, would be one more state of each coroutine with a span; so the thread is asked.
  ///
  /// REQUIRES: `if (false) co_await DerivesFromTracedPromise{};` compiles where this is called. All
  /// that the coroutine waits for is traced: on another thread it would take somebody else's.
  /// Null when there is none, against the rules.
  [[gnu::always_inline]] static TracedPromise* of_this_coroutine() noexcept {
    const detail::InstalledContext* here = detail::thread_state().context;
    // A coroutine may have installed other contexts inside its own.
    while (!here->of_promise) [[unlikely]] {
      here = here->outer;
      if (here == nullptr) return nullptr;
    }
    // It is the first member of a promise, which is no constant.
    static_assert(std::is_standard_layout_v<TracedPromise>);
    return reinterpret_cast<TracedPromise*>(const_cast<detail::InstalledContext*>(here));
  }

  /// Can be awaited by coroutines only whose promise is a `TracedPromise` and makes the calls
  /// above. Its name is what the compiler says where it is not.
  struct DerivesFromTracedPromise {};
  auto await_transform(DerivesFromTracedPromise) noexcept { return CheckedPromise{}; }

 private:
  friend class CoroutineSpan;
  friend class CoroutineProperties;

  template <class Awaiter>
  struct StartAwaiter;
  template <class Awaiter>
  struct FinishAwaiter;
  template <class Awaitable>
  class TracedAwaiter;

  template <class Promise>
  static constexpr void check_promise() {
    using Start = decltype(std::declval<Promise&>().initial_suspend());
    static_assert(detail::kIsWrapped<StartAwaiter, Start>,
                  "initial_suspend() of this promise has to return traced_start(...)");
    using Finish = decltype(std::declval<Promise&>().final_suspend());
    static_assert(detail::kIsWrapped<FinishAwaiter, Finish>,
                  "final_suspend() of this promise has to return traced_finish(...)");
    if constexpr (requires(Promise& promise) { promise.await_transform(std::suspend_always{}); }) {
      using Await = decltype(std::declval<Promise&>().await_transform(std::suspend_always{}));
      static_assert(detail::kIsWrapped<TracedAwaiter, Await>,
                    "await_transform() of this promise has to return traced_await(...)");
    }
    if constexpr (requires { detail::result_of(&Promise::yield_value); }) {
      using Yield = decltype(detail::result_of(&Promise::yield_value));
      static_assert(detail::kIsWrapped<TracedAwaiter, Yield>,
                    "yield_value() of this promise has to return traced_await(...)");
    }
  }
  struct CheckedPromise : std::suspend_never {
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise>) noexcept {
      check_promise<Promise>();
    }
  };

  SpanContext& context() noexcept { return installed_.context; }
  /// On this thread. One that waits stands on none.
  bool running() const noexcept {
    const detail::InstalledContext* here = detail::thread_state().context;
    while (here != nullptr && here != &installed_) here = here->outer;
    return here != nullptr;
  }
  void enter() noexcept { enter(detail::thread_state().context); }
  void enter(const detail::InstalledContext* here) noexcept {
    // As a rule an executor's threads are in no span, and nothing is to be stored: the stores of a
    // short coroutine are what it waits for, they leave the processor one after the other.
    if (installed_.outer != here) installed_.outer = here;
    detail::thread_state().context = &installed_;
  }

  /// What the coroutine runs in. The first member: what stands on a thread leads to the promise.
  detail::InstalledContext installed_;
  /// Its spans whose suspensions are recorded, innermost first; as a rule none.
  const detail::AwareSpan* aware_ = nullptr;
  std::uint64_t first_span_id_ = 0;
};

template <class Awaiter>
struct TracedPromise::StartAwaiter {
  Awaiter awaiter;
  TracedPromise& promise;

  bool await_ready() noexcept { return awaiter.await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    check_promise<Promise>();
    return awaiter.await_suspend(handle);
  }
  void await_resume() noexcept {
    promise.enter();
    awaiter.await_resume();
  }
};

template <class Awaiter>
struct TracedPromise::FinishAwaiter {
  Awaiter awaiter;

  bool await_ready() noexcept { return awaiter.await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    return awaiter.await_suspend(handle);
  }
  void await_resume() noexcept { awaiter.await_resume(); }
};

template <class Awaitable>
class TracedPromise::TracedAwaiter {
 public:
  TracedAwaiter(Awaitable&& awaitable, TracedPromise& promise)
      : promise_(promise), awaiter_(detail::get_awaiter(std::forward<Awaitable>(awaitable))) {}

  decltype(auto) await_ready() { return awaiter_.await_ready(); }

  // What the awaited thing does here still belongs to this coroutine, so a copy of the context
  // stays until it returns. By then the coroutine may run, or be gone, on another thread: nothing
  // of it is touched any more.
  // The `co_await` makes the call, so that is where `place` is; only those who ask load it.
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle,
                     std::source_location place = std::source_location::current()) {
    // The analyzer does not see how a coroutine makes its promise.
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
    if (promise_.aware_ != nullptr) [[unlikely]]
      return suspend_and_tell(handle, place);
    return suspend(handle);
  }

  decltype(auto) await_resume() {
    go_on();
    return awaiter_.await_resume();
  }

 private:
  template <class Promise>
  auto suspend(std::coroutine_handle<Promise> handle) {
#if defined(__cpp_exceptions)
    try {
      ContextScope inside(promise_.context(), promise_.installed_.outer);
      return awaiter_.await_suspend(handle);
    } catch (...) {
      go_on();  // A throwing await_suspend has not suspended.
      throw;
    }
#else
    ContextScope inside(promise_.context(), promise_.installed_.outer);
    return awaiter_.await_suspend(handle);
#endif
  }

  template <class Promise>
  [[gnu::noinline]] auto suspend_and_tell(std::coroutine_handle<Promise> handle,
                                          std::source_location place) {
    detail::record_suspend(*promise_.aware_, detail::awaited_span_id(awaiter_), place);
    return suspend(handle);
  }

  void go_on() noexcept {
    const detail::InstalledContext* here = detail::thread_state().context;
    // It was ready, and there was no suspension; or that was in a context of its own.
    if (here == &promise_.installed_) return;
    if (here->outer != nullptr && promise_.running()) [[unlikely]]
      return;
    promise_.enter(here);
    if (promise_.aware_ != nullptr) [[unlikely]]
      tell_that_it_goes_on();
  }

  [[gnu::noinline]] void tell_that_it_goes_on() noexcept {
    detail::record_resume(*promise_.aware_, detail::awaited_span_id(awaiter_));
  }

  TracedPromise& promise_;
  detail::KeptAwaiter<detail::AwaiterOf<Awaitable>> awaiter_;
};

/// A span of a coroutine: made by `MM_CO_SPAN`, lives in the coroutine's frame. Ends at the end of
/// its scope: with an error when an exception leaves the scope, as cancelled when the coroutine is
/// destroyed while it waits.
class [[nodiscard]] CoroutineSpan {
 public:
  /// `promise`: of the coroutine; null: nothing is recorded.
  [[gnu::always_inline]] CoroutineSpan(TracedPromise* promise, SpanSite& site) noexcept
      : promise_(promise) {
    const SpanSite::Seen seen = site.look();
    if (promise == nullptr) [[unlikely]] {
      detail::store_word(&front_, 0);
      return;
    }
    if (seen.on()) [[likely]] {
      const detail::OpenAsyncSpan open = detail::begin_async_span_fast(seen, promise->context());
      if (open.recorded()) [[likely]] {
        enter(open, *promise);
        if (seen.suspensions_wanted() || *detail::thread_state().exceptions != 0) [[unlikely]]
          note_more();
        return;
      }
    } else if (seen.off()) {
      detail::store_word(&front_, 0);
      return;
    }
    begin_slowly(site);
  }
  CoroutineSpan(TracedPromise* promise, SpanSite& site, std::string_view name) noexcept
      : promise_(promise) {
    detail::store_word(&front_, 0);
    if (promise == nullptr) return;
    enter(detail::begin_async_span(site, name, promise->context()), *promise);
    note_more();
  }
  // Here is the rule; all else is out of line, and given nothing but `this`, so that what the rule
  // works with stays in registers.
  [[gnu::always_inline]] ~CoroutineSpan() {
    const std::uint64_t front = front_;
    if (front <= kMore) [[unlikely]] {
      if (front == kMore) end_slowly();
      return;
    }
    const detail::ThreadState& thread = detail::thread_state();
    TracedPromise& promise = *promise_;
    const std::uint64_t parent_span_id = parent_span_id_;
    if (*thread.exceptions != 0 || thread.context != &promise.installed_ ||
        !detail::end_async_span_fast({front, promise.context().span_id, parent_span_id},
                                     detail::RecordKind::kEndAsyncSpan)) [[unlikely]] {
      end_slowly();
      return;
    }
    detail::store_word(&promise.context().span_id, parent_span_id);
    add_to_depth(promise.context(), -1);
  }
  CoroutineSpan(const CoroutineSpan&) = delete;
  CoroutineSpan& operator=(const CoroutineSpan&) = delete;

 private:
  [[gnu::always_inline]] void enter(const detail::OpenAsyncSpan& open,
                                    TracedPromise& promise) noexcept {
    detail::store_word(&front_, open.front);
    if (!open.recorded()) return;
    detail::store_word(&parent_span_id_, open.parent_span_id);
    detail::store_word(&promise.context().span_id, open.span_id);
    add_to_depth(promise.context(), 1);
  }

  [[gnu::cold, gnu::noinline]] void begin_slowly(SpanSite& site) noexcept {
    enter(detail::begin_async_span_slow(site, promise_->context()), *promise_);
    note_more();
  }

  /// In the word that it shares with the properties: a context is copied in words.
  [[gnu::always_inline]] static void add_to_depth(SpanContext& context,
                                                  std::uint64_t difference) noexcept {
    static_assert(offsetof(SpanContext, depth) == 8 && sizeof(SpanContext) == 16);
    detail::Word& word = *reinterpret_cast<detail::Word*>(&context.depth);
    word += difference;
  }

  /// What the rule does not do when a recorded span has begun.
  [[gnu::noinline]] void note_more() noexcept {
    if (front_ == 0) return;
    SpanContext& context = promise_->context();
    more_.front = front_;
    more_.exceptions = *detail::thread_state().exceptions;
    more_.depth_around = context.depth - 1;
    bool wanted = false;
    if (detail::suspensions_wanted()) {
      if (promise_->first_span_id_ == 0) promise_->first_span_id_ = context.span_id;
      wanted = detail::wants_suspensions(static_cast<std::int32_t>(front_ >> 32), context.depth);
    }
    if (!wanted && context.depth == more_.depth_around + 1 && more_.exceptions == 0) return;
    front_ = kMore;
    more_.aware = {context.span_id, promise_->aware_};
    if (wanted) promise_->aware_ = &more_.aware;
  }

  /// The chunk is full, the coroutine is destroyed, an exception is under way, or there is more to
  /// be undone.
  [[gnu::noinline]] void end_slowly() noexcept {
    SpanContext& context = promise_->context();
    if (front_ != kMore) more_ = {front_, 0, context.depth - 1, {0, promise_->aware_}};
    promise_->aware_ = more_.aware.around;
    using detail::RecordKind;
    RecordKind kind = RecordKind::kEndAsyncSpan;
    if (!promise_->running()) {
      kind = RecordKind::kEndAsyncSpanCancelled;
    } else if (*detail::thread_state().exceptions != more_.exceptions &&
               detail::is_left_by_exception(more_.exceptions, promise_, context.span_id)) {
      kind = RecordKind::kEndAsyncSpanError;
    }
    detail::end_async_span({more_.front, context.span_id, parent_span_id_}, kind);
    context.span_id = parent_span_id_;
    context.depth = more_.depth_around;
  }

  struct More {
    std::uint64_t front;         ///< Of its begin.
    unsigned exceptions;         ///< That unwound the thread when it began.
    std::uint32_t depth_around;  ///< With what was drawn for the root.
    detail::AwareSpan aware;     ///< In the promise's list when its suspensions are recorded.
  };
  /// No record has such a front.
  static constexpr std::uint64_t kMore = 1;

  // The span's id is in the promise's context: what began inside it has ended.
  TracedPromise* const promise_;
  std::uint64_t front_;  ///< Of its begin; 0: not recorded; `kMore`: look there.
  // Set when the span is recorded.
  std::uint64_t parent_span_id_;
  /// Set when its suspensions are recorded, when it has drawn whether those of its children are,
  /// and when it began while an exception unwound the thread.
  More more_;
};

/// Properties of the span that a coroutine runs in, up to the end of the scope: made by
/// `MM_CO_PROPERTIES`, lives in the coroutine's frame. What happens inside is handed them as well.
class [[nodiscard]] CoroutineProperties {
 public:
  /// `promise`: of the coroutine; null: nothing is done.
  CoroutineProperties(TracedPromise* promise, PropertySet own) noexcept : promise_(promise) {
    if (promise == nullptr) return;
    SpanContext& context = promise->context();
    around_ = context.properties;
    context.properties = PropertySet::from_id(around_).with(own).id();
    detail::record_properties(context.span_id, context.properties);
  }
  ~CoroutineProperties() {
    if (promise_ != nullptr) promise_->context().properties = around_;
  }
  CoroutineProperties(const CoroutineProperties&) = delete;
  CoroutineProperties& operator=(const CoroutineProperties&) = delete;

 private:
  TracedPromise* const promise_;
  std::uint32_t around_ = 0;
};

/// The time that one `co_await` takes, as a span: `co_await traced(MM_SITE("wait"), timer)`.
///
/// Taken (parent, depth) when made, begun when awaited, ended when the awaiting coroutine goes on.
/// For any coroutine and any awaitable. What the awaitable does when it is started happens inside
/// the span; what was created before, such as the task that is handed in, does not: `traced(site,
/// f())` makes siblings of the two. Hand in a function, `traced(site, [&] { return f(); })`, and
/// what it creates are children.
template <class Awaitable>
class [[nodiscard]] TracedAwaitable {
 public:
  /// `name` empty: the site's.
  template <class Given>
  TracedAwaitable(SpanSite& site, std::string name, Given&& given)
      : site_(site),
        name_(std::move(name)),
        parent_(current_context()),
        awaitable_(std::forward<Given>(given)) {}

  auto operator co_await() && { return Awaiter(*this); }

 private:
  static decltype(auto) make(Awaitable& awaitable, const SpanContext& context) {
    ContextScope inside(context);
    if constexpr (std::invocable<Awaitable&>) {
      return awaitable();
    } else {
      return static_cast<Awaitable&&>(awaitable);
    }
  }
  /// What `step` returns; what it throws has ended the span.
  template <class Step>
  static decltype(auto) or_fail([[maybe_unused]] AsyncSpan& span, Step step) {
#if defined(__cpp_exceptions)
    try {
      return step();
    } catch (...) {
      detail::record_current_exception(span.span_id());
      span.end(Outcome::kError);
      throw;
    }
#else
    return step();
#endif
  }
  using Made = decltype(make(std::declval<Awaitable&>(), {}));

  class Awaiter {
   public:
    explicit Awaiter(TracedAwaitable& traced)
        : span_(traced.name_.empty()
                    ? AsyncSpan(traced.site_, traced.parent_)
                    : AsyncSpan(traced.site_, std::string_view(traced.name_), traced.parent_)),
          span_id_(span_.span_id()),
          made_(or_fail(
              span_, [&]() -> decltype(auto) { return make(traced.awaitable_, span_.context()); })),
          awaiter_(detail::get_awaiter(static_cast<Made&&>(made_))) {}
    // Not resumed: the coroutine that waited was destroyed.
    ~Awaiter() { span_.end(Outcome::kCancelled); }
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

    decltype(auto) await_ready() { return awaiter_.await_ready(); }
    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> handle) {
      ContextScope inside(span_.context());
      return or_fail(span_, [&] { return awaiter_.await_suspend(handle); });
    }
    decltype(auto) await_resume() {
      struct End {
        AsyncSpan& span;
        ~End() { span.end(); }
      } end{span_};
      return or_fail(span_, [&]() -> decltype(auto) { return awaiter_.await_resume(); });
    }
    std::uint64_t awaited_span_id() const noexcept { return span_id_; }

   private:
    AsyncSpan span_;
    const std::uint64_t span_id_;
    Made made_;
    detail::AwaiterOf<Made> awaiter_;
  };

  SpanSite& site_;
  std::string name_;
  SpanContext parent_;
  Awaitable awaitable_;
};

template <class Awaitable>
TracedAwaitable<std::remove_cvref_t<Awaitable>> traced(SpanSite& site, Awaitable&& awaitable) {
  return {site, std::string(), std::forward<Awaitable>(awaitable)};
}

/// The same with a name known at run time only.
template <class Awaitable>
TracedAwaitable<std::remove_cvref_t<Awaitable>> traced(SpanSite& site, std::string name,
                                                       Awaitable&& awaitable) {
  return {site, std::move(name), std::forward<Awaitable>(awaitable)};
}

}  // namespace micromegas

// The promise of the coroutine; what is no coroutine, or none of ours, does not compile.
#define MM_DETAIL_REQUIRE_PROMISE()                                           \
  if (false) co_await ::micromegas::TracedPromise::DerivesFromTracedPromise { \
    }

#define MM_DETAIL_CO_SPAN(...)                                             \
  MM_DETAIL_REQUIRE_PROMISE();                                             \
  const ::micromegas::CoroutineSpan MM_DETAIL_CONCAT(mm_span_, __LINE__) { \
    ::micromegas::TracedPromise::of_this_coroutine(), __VA_ARGS__          \
  }

/// An async span up to the end of the scope, in a coroutine whose promise is a `TracedPromise`. May
/// be given properties of its own: `MM_CO_SPAN("request", {"user", user}, {"tenant", "7"});`
#define MM_CO_SPAN(name, ...)                                         \
  MM_DETAIL_DECLARE_SITE(MM_DETAIL_CONCAT(mm_site_, __LINE__), name); \
  MM_DETAIL_CO_SPAN(MM_DETAIL_CONCAT(mm_site_, __LINE__))             \
  __VA_OPT__(; MM_CO_PROPERTIES(__VA_ARGS__))

/// The same, named after the function.
#define MM_CO_SPAN_FUNCTION(...) MM_CO_SPAN(MM_DETAIL_FUNCTION_NAME __VA_OPT__(, ) __VA_ARGS__)

/// The same with a name known at run time only.
#define MM_CO_NAMED_SPAN(name, ...)                                 \
  MM_DETAIL_DECLARE_SITE(MM_DETAIL_CONCAT(mm_site_, __LINE__), ""); \
  MM_DETAIL_CO_SPAN(MM_DETAIL_CONCAT(mm_site_, __LINE__), name)     \
  __VA_OPT__(; MM_CO_PROPERTIES(__VA_ARGS__))

/// Properties of the span that the coroutine runs in, and of all that happens inside, up to the end
/// of the scope: `MM_CO_PROPERTIES({"shard", name});`. They come to those that are there and win.
#define MM_CO_PROPERTIES(...)                                                             \
  const ::micromegas::PropertySet MM_DETAIL_CONCAT(mm_set_, __LINE__){__VA_ARGS__};       \
  MM_DETAIL_REQUIRE_PROMISE();                                                            \
  const ::micromegas::CoroutineProperties MM_DETAIL_CONCAT(mm_properties_, __LINE__) {    \
    ::micromegas::TracedPromise::of_this_coroutine(), MM_DETAIL_CONCAT(mm_set_, __LINE__) \
  }
