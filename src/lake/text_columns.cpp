#include "lake/text_columns.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "lake/text_limits.h"

namespace micromegas::lake {
namespace {

using nlohmann::json;

std::string to_text(const json& value) {
  // Text was checked where it came in; should something slip through, a replacement character is
  // better than a process that cannot be listed.
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

template <class List>
List decode(std::string_view text, const char* column) {
  try {
    return json::parse(text).get<List>();
  } catch (const json::exception& e) {
    throw Error(ErrorKind::kInternal,
                std::string("metadata database: ") + column + ": " + e.what());
  }
}

}  // namespace

std::string encode_tags(const std::vector<std::string>& tags) { return to_text(json(tags)); }

std::vector<std::string> decode_tags(std::string_view text) {
  return decode<std::vector<std::string>>(text, "tags");
}

std::string encode_properties(const wire::Properties& properties) {
  json list = json::array();
  for (const auto& [key, value] : properties) {
    if (key.starts_with(kReservedPropertyPrefix)) continue;
    list.push_back(json::array({key, value}));
  }
  return to_text(list);
}

wire::Properties decode_properties(std::string_view text) {
  if (text == "[]") return {};
  return decode<wire::Properties>(text, "properties");
}

}  // namespace micromegas::lake
