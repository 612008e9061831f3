#include "tracing/setting_words.h"

#include <algorithm>
#include <iterator>

#include "base/printable.h"

namespace micromegas::tracing {
namespace {

constexpr std::size_t kMostQuoted = 60;

bool is_word(std::string_view text, std::string_view lower_case) noexcept {
  return std::equal(
      text.begin(), text.end(), lower_case.begin(), lower_case.end(),
      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

}  // namespace

std::optional<LogLevel> level_of(std::string_view word) noexcept {
  constexpr std::string_view kWords[] = {"off", "fatal", "error", "warn", "info", "debug", "trace"};
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (is_word(word, kWords[i])) return static_cast<LogLevel>(i);
  }
  if (is_word(word, "warning")) return LogLevel::kWarn;
  return std::nullopt;
}

std::optional<bool> switch_of(std::string_view word) noexcept {
  for (const std::string_view on : {"on", "true", "1"}) {
    if (is_word(word, on)) return true;
  }
  for (const std::string_view off : {"off", "false", "0"}) {
    if (is_word(word, off)) return false;
  }
  return std::nullopt;
}

std::string complaint(const char* variable, const Misread& misread, std::string_view why) {
  std::string text = variable;
  text.append(": '").append(printable_line(misread.first, kMostQuoted)).append("' ");
  if (misread.items > 1) text += "(and " + std::to_string(misread.items - 1) + " more) ";
  return text.append(why);
}

}  // namespace micromegas::tracing
