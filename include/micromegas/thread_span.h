#pragma once

#include <string_view>

#include <micromegas/detail/record.h>

namespace micromegas {

/// A span of one thread: from here to the end of the scope.
///
///     void Cart::checkout() {
///       MM_SPAN_FUNCTION();
///       ...
///       for (auto& item : items_) {
///         MM_SPAN("price");
///         ...
///       }
///     }
///
/// Costs two readings of the clock and two 16-byte stores. Spans of a thread nest strictly, so a
/// thread span must not live over a `co_await`: coroutines have `MM_CO_SPAN` (coroutine.h).
class [[nodiscard]] ThreadSpan {
 public:
  explicit ThreadSpan(SpanSite& site) noexcept : site_(detail::begin_thread_span(site)) {}

  /// A name known at run time only. Each distinct name is kept for the life of the process, cut
  /// after 1,024 bytes, 65,536 of them at most: names, not ids and not data.
  ThreadSpan(SpanSite& site, std::string_view name) noexcept
      : site_(detail::begin_thread_span(site, name)) {}

  ~ThreadSpan() { detail::end_thread_span(site_); }
  ThreadSpan(const ThreadSpan&) = delete;
  ThreadSpan& operator=(const ThreadSpan&) = delete;

 private:
  std::int32_t site_;
};

}  // namespace micromegas

#define MM_DETAIL_THREAD_SPAN(...) \
  const ::micromegas::ThreadSpan MM_DETAIL_CONCAT(mm_span_, __LINE__) { __VA_ARGS__ }

/// A thread span up to the end of the scope, named by a string literal.
#define MM_SPAN(name)                                                 \
  MM_DETAIL_DECLARE_SITE(MM_DETAIL_CONCAT(mm_site_, __LINE__), name); \
  MM_DETAIL_THREAD_SPAN(MM_DETAIL_CONCAT(mm_site_, __LINE__))

/// The same, named after the function: `shop::Cart::checkout`.
#define MM_SPAN_FUNCTION() MM_SPAN(MM_DETAIL_FUNCTION_NAME)

/// The same with a name known at run time only.
#define MM_NAMED_SPAN(name)                                         \
  MM_DETAIL_DECLARE_SITE(MM_DETAIL_CONCAT(mm_site_, __LINE__), ""); \
  MM_DETAIL_THREAD_SPAN(MM_DETAIL_CONCAT(mm_site_, __LINE__), name)
