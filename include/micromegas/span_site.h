#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

#include <micromegas/detail/site_state.h>

#ifndef MICROMEGAS_TARGET
/// The `target` of the call sites of a file: which part of a program they belong to. Define it
/// before the first include, or for a whole library from its build:
/// -DMICROMEGAS_TARGET='"shop::cart"'.
#define MICROMEGAS_TARGET "app"
#endif

namespace micromegas {

/// A place in the source where spans begin: their name, target, file and line. A static object,
/// made by the macros below; never copied, since its address is what the fast path knows.
///
/// The first event of a site gives it a number, under which the sink's thread finds a copy of its
/// texts: a site may vanish (`dlclose`) before its last events are sent.
class SpanSite : public detail::SiteState {
 public:
  constexpr SpanSite(std::string_view name, std::string_view target, std::string_view file,
                     std::uint32_t line) noexcept
      : line_(line), name_(name), target_(target), file_(file) {}

  std::string_view name() const noexcept { return name_; }
  std::string_view target() const noexcept { return target_; }
  std::string_view file() const noexcept { return file_; }
  std::uint32_t line() const noexcept { return line_; }

 private:
  std::uint32_t line_;
  std::string_view name_;
  std::string_view target_;
  std::string_view file_;
};

namespace detail {

/// `int shop::Cart::total(bool) const` -> `shop::Cart::total`. A text of another shape stays whole.
constexpr std::string_view short_function_name(std::string_view pretty) {
  // The parameters open at the first parenthesis outside template brackets that has a name before
  // it.
  int brackets = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < pretty.size(); ++i) {
    const char c = pretty[i];
    if (c == '<') ++brackets;
    if (c == '>' && brackets > 0) --brackets;
    if (brackets > 0) continue;
    if (c == ' ') begin = i + 1;
    if (c == '(' && i > begin) {
      while (begin < i && (pretty[begin] == '*' || pretty[begin] == '&')) ++begin;
      return pretty.substr(begin, i - begin);
    }
  }
  return pretty;
}

}  // namespace detail
}  // namespace micromegas

#define MM_DETAIL_CONCAT2(a, b) a##b
#define MM_DETAIL_CONCAT(a, b) MM_DETAIL_CONCAT2(a, b)

/// Declares the static call site `variable`.
#define MM_DETAIL_DECLARE_SITE(variable, name) \
  static constinit ::micromegas::SpanSite variable { name, MICROMEGAS_TARGET, __FILE__, __LINE__ }

#define MM_DETAIL_FUNCTION_NAME \
  ::micromegas::detail::short_function_name(::std::source_location::current().function_name())

/// The call site `name` as an expression, for functions that take a `SpanSite&`.
#define MM_SITE(name)                         \
  ([]() noexcept -> ::micromegas::SpanSite& { \
    MM_DETAIL_DECLARE_SITE(mm_site, name);    \
    return mm_site;                           \
  }())
