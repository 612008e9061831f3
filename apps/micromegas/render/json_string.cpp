#include <algorithm>

#include <nlohmann/json.hpp>

#include "apps/micromegas/render/value_text.h"

namespace micromegas::cli {
namespace {

bool needs_no_escape(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  if (std::all_of(text.begin(), text.end(), needs_no_escape)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  constexpr int kOneLine = -1;
  constexpr bool kEscapeNonAscii = false;
  out += nlohmann::json(text).dump(kOneLine, ' ', kEscapeNonAscii,
                                   nlohmann::json::error_handler_t::replace);
}

}  // namespace micromegas::cli
