#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace micromegas::detail {

/// What `co_await awaitable` talks to: the result of a member `operator co_await`, else of a free
/// one, else the thing itself.
template <class Awaitable>
decltype(auto) get_awaiter(Awaitable&& awaitable) {
  if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
    return std::forward<Awaitable>(awaitable).operator co_await();
  } else if constexpr (requires { operator co_await(std::forward<Awaitable>(awaitable)); }) {
    return operator co_await(std::forward<Awaitable>(awaitable));
  } else {
    return std::forward<Awaitable>(awaitable);
  }
}

/// Its type: a reference when the awaiter is somebody else's object (which lives as long as the
/// `co_await` expression), a value when it was made for us.
template <class Awaitable>
using AwaiterOf = decltype(get_awaiter(std::declval<Awaitable>()));

/// How it is kept over the suspension: as above, but a passing one without any state as a copy,
/// since a reference to it would be the dearest part.
template <class Awaiter>
using KeptAwaiter =
    std::conditional_t<std::is_rvalue_reference_v<Awaiter> &&
                           std::is_empty_v<std::remove_reference_t<Awaiter>> &&
                           std::is_trivially_copyable_v<std::remove_reference_t<Awaiter>>,
                       std::remove_reference_t<Awaiter>, Awaiter>;

/// Whether a type is made of a template of ours.
template <template <class> class Wrapper, class Type>
inline constexpr bool kIsWrapped = false;
template <template <class> class Wrapper, class Wrapped>
inline constexpr bool kIsWrapped<Wrapper, Wrapper<Wrapped>> = true;

/// For `decltype`: what a member function returns.
template <class Result, class Class, class... Args>
Result result_of(Result (Class::*)(Args...));

/// The span that an awaiter waits for, if it can tell; 0: there is none, or not yet.
template <class Awaiter>
std::uint64_t awaited_span_id(const Awaiter& awaiter) noexcept {
  if constexpr (requires { awaiter.awaited_span_id(); }) {
    return awaiter.awaited_span_id();
  } else {
    return 0;
  }
}

}  // namespace micromegas::detail
