#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <micromegas/detail/site_state.h>
#include <micromegas/log_level.h>
#include <micromegas/log_text.h>
#include <micromegas/properties.h>
#include <micromegas/span_site.h>

namespace micromegas {

// Logs: what happened, in words.
//
//     MM_LOG_INFO("ready");
//     MM_LOG_WARN("retry {} of {}: {}", attempt, kAttempts, error.message());
//     MM_LOG_ERROR_WITH(PropertySet({{"user", user}}), "payment refused");
//
// A set has its braces in parentheses, or is a variable: the preprocessor takes a comma between
// bare braces for the end of an argument.
//
// The text is a literal. `{}` stands for the next argument, `{{` and `}}` for braces; the compiler
// counts. `{}` takes no format: to have a number rounded, round it or hand in its text. Numbers,
// texts, characters, booleans, enumerators (as numbers) and pointers can be arguments, and what has
// a function beside its type:
//
//     void append_log_text(micromegas::LogText& text, const Cart& cart) { text.append(cart.name); }
//
// A log without arguments is two words in its thread's buffer. Else the text is put together on the
// stack and copied there, up to `LogText::kMaxBytes`; longer ones are cut, which is counted
// (`micromegas.truncated_logs`). No lock, no allocation.
//
// A log bears the properties of the span that it happens in, and its own, which win. Its target is
// `MICROMEGAS_TARGET`. Whether it is recorded is up to `set_target` (target.h): those down to
// `info` are, where nothing else is said. What is not recorded is not evaluated either.

/// A place in the source that logs. A static object, made by the macros below.
class LogSite : public detail::SiteState {
 public:
  constexpr LogSite(LogLevel level, std::string_view text, std::string_view target,
                    std::string_view file, std::uint32_t line) noexcept
      : level_(level), line_(line), text_(text), target_(target), file_(file) {}

  LogLevel level() const noexcept { return level_; }
  /// Of a log with arguments: with its placeholders.
  std::string_view text() const noexcept { return text_; }
  std::string_view target() const noexcept { return target_; }
  std::string_view file() const noexcept { return file_; }
  std::uint32_t line() const noexcept { return line_; }

  /// Whether its logs are recorded now.
  bool enabled() noexcept {
    const Seen seen = look();
    return seen.on() || (!seen.off() && decide_now());
  }

 private:
  bool decide_now() noexcept;

  LogLevel level_;
  std::uint32_t line_;
  std::string_view text_;
  std::string_view target_;
  std::string_view file_;
};

namespace detail {

void record_log(const LogSite& site, PropertySet own) noexcept;
void record_log(const LogSite& site, PropertySet own, const LogText& text) noexcept;

// Not functions for constant expressions: calling one stops the compiler, which shows its name.
void a_brace_stands_alone();
void arguments_and_placeholders_differ_in_number();

/// A format that fits the arguments.
template <class... Args>
struct LogFormat {
  template <std::size_t kSize>
  consteval LogFormat(const char (&format)[kSize])  // NOLINT(google-explicit-constructor)
      : text(format, kSize - 1) {
    const int count = count_placeholders(text);
    if (count < 0) a_brace_stands_alone();
    if (count >= 0 && count != static_cast<int>(sizeof...(Args))) {
      arguments_and_placeholders_differ_in_number();
    }
  }
  std::string_view text;
};

/// Never inlined: the buffer on the stack is not to be part of the function that logs.
template <class... Args>
[[gnu::noinline]] void format_and_record(const LogSite& site, PropertySet own,
                                         std::string_view format, const Args&... args) {
  LogText text;
  append_formatted(text, format, args...);
  record_log(site, own, text);
}

template <class... Args>
void log(const LogSite& site, PropertySet own, LogFormat<std::type_identity_t<Args>...> format,
         const Args&... args) {
  if constexpr (sizeof...(Args) == 0) {
    record_log(site, own);
  } else {
    format_and_record(site, own, format.text, args...);
  }
}

}  // namespace detail
}  // namespace micromegas

#define MM_DETAIL_FIRST(first, ...) first

/// A log of a level that is known when compiling, e.g. `micromegas::LogLevel::kInfo`, with a set of
/// properties.
#define MM_LOG_WITH(level, properties, text, ...)                                          \
  do {                                                                                     \
    [[maybe_unused]] static constexpr ::micromegas::detail::FinalText kMmLogText{text};    \
    static constinit ::micromegas::LogSite mm_log_site{                                    \
        level, MM_DETAIL_FIRST(__VA_OPT__(text, ) kMmLogText.view(), ), MICROMEGAS_TARGET, \
        __FILE__, __LINE__};                                                               \
    if (mm_log_site.enabled()) {                                                           \
      ::micromegas::detail::log(mm_log_site, properties, text __VA_OPT__(, ) __VA_ARGS__); \
    }                                                                                      \
  } while (false)

#define MM_LOG(level, ...) MM_LOG_WITH(level, ::micromegas::PropertySet(), __VA_ARGS__)

#define MM_LOG_FATAL(...) MM_LOG(::micromegas::LogLevel::kFatal, __VA_ARGS__)
#define MM_LOG_ERROR(...) MM_LOG(::micromegas::LogLevel::kError, __VA_ARGS__)
#define MM_LOG_WARN(...) MM_LOG(::micromegas::LogLevel::kWarn, __VA_ARGS__)
#define MM_LOG_INFO(...) MM_LOG(::micromegas::LogLevel::kInfo, __VA_ARGS__)
#define MM_LOG_DEBUG(...) MM_LOG(::micromegas::LogLevel::kDebug, __VA_ARGS__)
#define MM_LOG_TRACE(...) MM_LOG(::micromegas::LogLevel::kTrace, __VA_ARGS__)

#define MM_LOG_FATAL_WITH(...) MM_LOG_WITH(::micromegas::LogLevel::kFatal, __VA_ARGS__)
#define MM_LOG_ERROR_WITH(...) MM_LOG_WITH(::micromegas::LogLevel::kError, __VA_ARGS__)
#define MM_LOG_WARN_WITH(...) MM_LOG_WITH(::micromegas::LogLevel::kWarn, __VA_ARGS__)
#define MM_LOG_INFO_WITH(...) MM_LOG_WITH(::micromegas::LogLevel::kInfo, __VA_ARGS__)
#define MM_LOG_DEBUG_WITH(...) MM_LOG_WITH(::micromegas::LogLevel::kDebug, __VA_ARGS__)
#define MM_LOG_TRACE_WITH(...) MM_LOG_WITH(::micromegas::LogLevel::kTrace, __VA_ARGS__)
