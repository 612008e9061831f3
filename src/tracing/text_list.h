#pragma once

#include <optional>
#include <string_view>

#include "base/byte_view.h"

namespace micromegas::tracing {

// Texts one behind the other, each behind its length: 32 bits, in the machine's byte order.

void append_text(Bytes& list, std::string_view text);

/// Takes the first text off the list. Nothing: the list is at its end, or not such a list.
std::optional<std::string_view> take_text(ByteView& list) noexcept;

}  // namespace micromegas::tracing
