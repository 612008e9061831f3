#include "transit_input.h"

#include "pieces.h"

namespace micromegas::fuzz {

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
