#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/messages.h"

namespace micromegas::lake {

// Lists as JSON text: how stores keep them in one column that an operator can read, and that other
// databases have functions for.

/// `["cpu"]`.
std::string encode_tags(const std::vector<std::string>& tags);
std::vector<std::string> decode_tags(std::string_view json);

/// `[["thread-id","17"],["thread-name","worker"]]`: an array, since order and repeats are kept.
/// Keys that a producer may not set (`kReservedPropertyPrefix`) are left out.
std::string encode_properties(const wire::Properties& properties);
wire::Properties decode_properties(std::string_view json);

}  // namespace micromegas::lake
