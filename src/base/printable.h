#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace micromegas {

/// The first line of a text from outside, as it may stand in a message of ours: what is not a
/// printable ASCII character becomes `?`, and what is longer is cut, which `...` tells.
std::string printable_line(std::string_view text, std::size_t most_characters);

}  // namespace micromegas
