#include "pieces.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace micromegas::fuzz {

ByteView take_piece(ByteView& input) {
  std::uint32_t size = 0;
  const std::size_t header = std::min(input.size(), sizeof size);
  if (header > 0) std::memcpy(&size, input.data(), header);
  input = input.subspan(header);
  const ByteView piece = input.first(std::min<std::size_t>(size, input.size()));
  input = input.subspan(piece.size());
  return piece;
}

void append_piece(Bytes& out, ByteView piece) {
  const auto size = static_cast<std::uint32_t>(piece.size());
  std::byte header[sizeof size];
  std::memcpy(header, &size, sizeof size);
  out.insert(out.end(), header, header + sizeof size);
  out.insert(out.end(), piece.begin(), piece.end());
}

}  // namespace micromegas::fuzz
