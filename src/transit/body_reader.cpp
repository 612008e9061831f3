#include "transit/body_reader.h"

#include "transit/utf8.h"

namespace micromegas::transit {
namespace {

// Codec 0 is called ANSI, yet its bytes have always been UTF-8.
constexpr std::uint8_t kAnsi = 0;
constexpr std::uint8_t kUtf16 = 1;
constexpr std::uint8_t kUtf8 = 2;

}  // namespace

std::string_view BodyReader::coded_text(TextArena& arena) {
  const auto codec = number<std::uint8_t>();
  const auto size = number<std::uint32_t>();
  const std::string_view bytes{reinterpret_cast<const char*>(take(size)), size};
  switch (codec) {
    case kAnsi:
    case kUtf8:
      return arena.utf8(bytes);
    case kUtf16:
      if (size % 2 != 0) fail(DecodeFault::kTextEncoding);
      return arena.utf16le(bytes);
    default:
      fail(DecodeFault::kTextCodec);
  }
}

std::string_view BodyReader::text_to_end() {
  const std::size_t size = left();
  const std::string_view text{reinterpret_cast<const char*>(take(size)), size};
  if (!is_valid_utf8(text)) fail(DecodeFault::kTextEncoding);
  return text;
}

}  // namespace micromegas::transit
