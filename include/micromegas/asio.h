#pragma once

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <micromegas/async_span.h>
#include <micromegas/detail/current_exception.h>
#include <micromegas/detail/span_runs.h>
#include <micromegas/span_context.h>

namespace micromegas {

// Spans of Boost.Asio's coroutines. Asio's promise is not ours to extend, but all that its
// coroutines do is run by an executor; so the context travels there.
//
//     awaitable<Reply> handle(Request request) {
//       auto user = co_await traced(MM_SITE("load user"), load_user(request.user));
//       ...
//     }
//     co_spawn(pool, traced(MM_SITE("request"), handle(request)), detached);

namespace detail {

/// A function in the context it was bound to, which is a piece of a span's code.
template <class Function>
class PieceOfSpan {
 public:
  PieceOfSpan(std::shared_ptr<SpanRuns> runs, const SpanContext& context, Function function)
      : runs_(std::move(runs)), function_(context, std::move(function)) {}

  void operator()() {
    if (runs_ == nullptr) {
      function_();
      return;
    }
    const std::shared_ptr<SpanRuns> runs = runs_;  // The function may be the last to know it.
    const SpanRuns::Run run(*runs);
    function_();
  }

 private:
  std::shared_ptr<SpanRuns> runs_;
  BoundToContext<Function> function_;
};

}  // namespace detail

/// An executor that runs everything in one span context, on the threads of another executor: a
/// thread pool's, an io_context's, a strand. It never changes, so any number of coroutines may
/// share it. (A strand is made of an executor without a context: one around a coroutine's own
/// runs everything inside that coroutine's span as well, which then seems to run.)
template <class Executor>
class TracedExecutor {
 public:
  /// `runs`: told when the span's code runs; null: as a rule nobody asks.
  TracedExecutor(Executor inner, const SpanContext& context,
                 std::shared_ptr<detail::SpanRuns> runs = nullptr) noexcept
      : inner_(std::move(inner)), context_(context), runs_(std::move(runs)) {}

  const Executor& inner() const noexcept { return inner_; }
  const SpanContext& context() const noexcept { return context_; }

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute(detail::PieceOfSpan<std::decay_t<Function>>(runs_, context_,
                                                               std::forward<Function>(function)));
  }

  template <class Property>
    requires boost::asio::can_query<const Executor&, Property>::value
  decltype(auto) query(const Property& property) const {
    return boost::asio::query(inner_, property);
  }

  template <class Property>
    requires boost::asio::can_require<const Executor&, Property>::value
  auto require(const Property& property) const {
    return with(boost::asio::require(inner_, property));
  }

  template <class Property>
    requires boost::asio::can_prefer<const Executor&, Property>::value
  auto prefer(const Property& property) const {
    return with(boost::asio::prefer(inner_, property));
  }

  friend bool operator==(const TracedExecutor& a, const TracedExecutor& b) noexcept {
    return a.inner_ == b.inner_ && a.context_ == b.context_ && a.runs_ == b.runs_;
  }

 private:
  template <class Other>
  TracedExecutor<Other> with(Other other) const {
    return {std::move(other), context_, runs_};
  }

  Executor inner_;
  SpanContext context_;
  std::shared_ptr<detail::SpanRuns> runs_;
};

namespace detail {

/// The executor behind those that only carry a context.
template <class Executor>
Executor without_context(Executor executor) {
  if constexpr (requires { executor.template target<TracedExecutor<Executor>>(); }) {
    if (const auto* traced = executor.template target<TracedExecutor<Executor>>()) {
      return traced->inner();
    }
  }
  return executor;
}

/// An awaitable of Asio, or a function that makes one.
template <class Source>
struct AsioSource;
template <class T, class Executor>
struct AsioSource<boost::asio::awaitable<T, Executor>> {
  using Awaitable = boost::asio::awaitable<T, Executor>;
  static Awaitable make(Awaitable& awaitable) { return std::move(awaitable); }
};
template <class Function>
  requires requires { typename AsioSource<std::invoke_result_t<Function&>>::Awaitable; }
struct AsioSource<Function> {
  using Awaitable = std::invoke_result_t<Function&>;
  static Awaitable make(Function& function) { return function(); }
};

/// A span whose code an executor runs. Ends as cancelled when it is destroyed before it was ended.
class SpanOfExecutor {
 public:
  explicit SpanOfExecutor(AsyncSpan span) noexcept : span_(std::move(span)) {
    if (!span_.wants_suspensions()) return;
    try {
      runs_ = std::make_shared<SpanRuns>(span_.span_id(), span_.site_number());
    } catch (const std::bad_alloc&) {
      return;  // Then nothing is told.
    }
  }
  ~SpanOfExecutor() { end(Outcome::kCancelled); }
  SpanOfExecutor(const SpanOfExecutor&) = delete;
  SpanOfExecutor& operator=(const SpanOfExecutor&) = delete;

  void end(Outcome outcome = Outcome::kOk) noexcept {
    if (runs_ != nullptr) runs_->end();
    span_.end(outcome);
  }

  /// As the exception says that is being handled: Asio throws `operation_aborted` in what is
  /// cancelled.
  void end_by_exception() noexcept {
    try {
      throw;
    } catch (const boost::system::system_error& error) {
      if (error.code() == boost::asio::error::operation_aborted) {
        end(Outcome::kCancelled);
        return;
      }
    } catch (...) {  // NOLINT(bugprone-empty-catch): of any other kind.
    }
    record_current_exception(span_.span_id());
    end(Outcome::kError);
  }

  template <class Executor>
  TracedExecutor<Executor> executor(Executor on) const {
    return {without_context(std::move(on)), span_.context(), runs_};
  }

  /// While it lives, the code around the span waits for it.
  class Awaited {
   public:
    explicit Awaited(const SpanOfExecutor& span) noexcept {
      if (span.span_.span_id() != 0) SpanRuns::wait(span.span_.span_id(), span.span_.site_number());
    }
    ~Awaited() { SpanRuns::go_on(); }
    Awaited(const Awaited&) = delete;
    Awaited& operator=(const Awaited&) = delete;
  };

 private:
  AsyncSpan span_;
  std::shared_ptr<SpanRuns> runs_;
};

/// Runs the source's awaitable to its end, in a coroutine of its own whose executor carries the
/// context. `done` is given its result, unless it throws.
template <class Source, class Done, class Executor>
boost::asio::awaitable<void, Executor> run_inside(Source source, SpanOfExecutor* span, Done done,
                                                  Executor) {
  // What the waiting coroutine lets through is meant for the inner one: not to be filtered again.
  co_await boost::asio::this_coro::reset_cancellation_state(
      boost::asio::enable_total_cancellation());
  try {
    if constexpr (std::is_invocable_v<Done>) {
      co_await AsioSource<Source>::make(source);
      done();
    } else {
      done(co_await AsioSource<Source>::make(source));
    }
  } catch (...) {
    span->end_by_exception();
    throw;
  }
  span->end();
}

/// The coroutine that waits for `run_inside`, on the executor it was awaited on.
template <class Source, class Awaitable = typename AsioSource<Source>::Awaitable>
Awaitable run_traced(SpanSite* site, std::string name, SpanContext parent, Source source) {
  using T = typename Awaitable::value_type;
  using Executor = typename Awaitable::executor_type;
  const Executor here = co_await boost::asio::this_coro::executor;

  SpanOfExecutor span(name.empty() ? AsyncSpan(*site, parent)
                                   : AsyncSpan(*site, std::string_view(name), parent));
  const SpanOfExecutor::Awaited awaited(span);
  const Executor inside = span.executor(here);
  const boost::asio::use_awaitable_t<Executor> token;
  if constexpr (std::is_void_v<T>) {
    co_await boost::asio::co_spawn(inside,
                                   run_inside(std::move(source), &span, [] {}, inside), token);
  } else {
    std::optional<T> result;  // Not through co_spawn, which would ask for a default constructor.
    const auto keep = [&result](T&& value) { result.emplace(std::move(value)); };
    co_await boost::asio::co_spawn(inside, run_inside(std::move(source), &span, keep, inside),
                                   token);
    co_return std::move(*result);
  }
}

}  // namespace detail

/// The span of an awaitable: its parent and depth are taken now, it begins when it is first resumed
/// and ends when it is done. What it does, on whichever threads, happens inside: coroutines that it
/// awaits or spawns, callbacks that it posts to its own executor.
///
/// The awaitable itself was created before, in its arguments too: `traced(site, f(traced(...)))`
/// makes siblings of the two. Hand in a function, `traced(site, [&] { return f(...); })`, and it is
/// called inside the span. (A function that is a coroutine itself must not capture: it would
/// outlive what it captured.)
template <class Source>
  requires requires { typename detail::AsioSource<std::decay_t<Source>>::Awaitable; }
auto traced(SpanSite& site, Source&& source) {
  return detail::run_traced(&site, std::string(), current_context(),
                            std::decay_t<Source>(std::forward<Source>(source)));
}

/// The same with a name known at run time only.
template <class Source>
  requires requires { typename detail::AsioSource<std::decay_t<Source>>::Awaitable; }
auto traced(SpanSite& site, std::string name, Source&& source) {
  return detail::run_traced(&site, std::move(name), current_context(),
                            std::decay_t<Source>(std::forward<Source>(source)));
}

/// `executor`, for work that belongs to the caller's span: `post(traced_executor(pool), work)`.
template <class Executor>
TracedExecutor<Executor> traced_executor(Executor executor) {
  return {detail::without_context(std::move(executor)), current_context(),
          detail::SpanRuns::current()};
}

/// Goes on on another executor, in the same span: `co_await resume_on(pool.get_executor())`. (A
/// bare `post(bind_executor(other, use_awaitable))` goes there too, but leaves the span behind
/// until the coroutine is back on its own executor.)
template <class Executor>
boost::asio::awaitable<void> resume_on(Executor executor) {
  return boost::asio::post(
      boost::asio::bind_executor(traced_executor(std::move(executor)), boost::asio::use_awaitable));
}

}  // namespace micromegas
