#include "transit_input.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace micromegas::fuzz {
namespace {

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

}  // namespace

TransitInput split(ByteView input) {
  TransitInput pieces;
  pieces.dependency_types = take_piece(input);
  pieces.event_types = take_piece(input);
  pieces.dependencies = take_piece(input);
  pieces.objects = input;
  return pieces;
}

Bytes join(const TransitInput& input) {
  Bytes out;
  append_piece(out, input.dependency_types);
  append_piece(out, input.event_types);
  append_piece(out, input.dependencies);
  out.insert(out.end(), input.objects.begin(), input.objects.end());
  return out;
}

}  // namespace micromegas::fuzz
