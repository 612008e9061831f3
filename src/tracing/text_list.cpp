#include "tracing/text_list.h"

#include <cstdint>
#include <cstring>

namespace micromegas::tracing {

void append_text(Bytes& list, std::string_view text) {
  const auto length = static_cast<std::uint32_t>(text.size());
  const auto* front = reinterpret_cast<const std::byte*>(&length);
  list.insert(list.end(), front, front + sizeof length);
  const ByteView content = as_bytes(text);
  list.insert(list.end(), content.begin(), content.end());
}

std::optional<std::string_view> take_text(ByteView& list) noexcept {
  std::uint32_t length = 0;
  if (list.size() < sizeof length) return std::nullopt;
  std::memcpy(&length, list.data(), sizeof length);
  if (list.size() - sizeof length < length) return std::nullopt;
  const std::string_view text = as_text(list.subspan(sizeof length, length));
  list = list.subspan(sizeof length + length);
  return text;
}

}  // namespace micromegas::tracing
