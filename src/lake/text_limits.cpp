#include "lake/text_limits.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace micromegas::lake {
namespace {

std::size_t count_characters(std::string_view text) {
  // Every byte of UTF-8 that does not continue a character begins one.
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

void check_properties(const wire::Properties& properties) {
  for (const auto& [key, value] : properties) {
    check_text("properties", key, kMaxPropertyKeyCharacters);
    check_text("properties." + key, value, kMaxPropertyValueCharacters);
  }
}

}  // namespace

void check_text(std::string_view field, std::string_view text, std::size_t max_characters) {
  if (const auto at = text.find('\0'); at != std::string_view::npos) {
    throw invalid_argument(std::string(field) + ": holds a NUL at byte " + std::to_string(at));
  }
  if (text.size() <= max_characters) return;
  if (const std::size_t count = count_characters(text); count > max_characters) {
    throw invalid_argument(std::string(field) + ": " + std::to_string(count) +
                           " characters, at most " + std::to_string(max_characters));
  }
}

void check_text(const wire::ProcessInfo& process) {
  check_text("exe", process.exe, kMaxProcessTextCharacters);
  check_text("username", process.username, kMaxProcessTextCharacters);
  check_text("realname", process.realname, kMaxProcessTextCharacters);
  check_text("computer", process.computer, kMaxProcessTextCharacters);
  check_text("distro", process.distro, kMaxProcessTextCharacters);
  check_text("cpu_brand", process.cpu_brand, kMaxProcessTextCharacters);
  check_properties(process.properties);
}

void check_text(const wire::StreamInfo& stream) {
  for (const std::string& tag : stream.tags) check_text("tags", tag, kMaxTagCharacters);
  check_properties(stream.properties);
}

}  // namespace micromegas::lake
