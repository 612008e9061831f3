#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace micromegas::cli {

/// Columns of properties arrive as binary JSON, which nobody can read. Returns the JSON text of
/// bytes that are such an object, judged by their own lengths; nullopt for any other bytes.
std::optional<std::string> property_set_json(std::string_view bytes);

}  // namespace micromegas::cli
