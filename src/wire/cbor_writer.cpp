#include "wire/cbor_writer.h"

namespace micromegas::wire {

void CborWriter::head(unsigned major_type, std::uint64_t argument) {
  const unsigned high = major_type << 5;
  int argument_bytes = 0;
  if (argument < 24) {
    out_.push_back(static_cast<std::byte>(high | argument));
  } else if (argument <= 0xff) {
    out_.push_back(static_cast<std::byte>(high | 24));
    argument_bytes = 1;
  } else if (argument <= 0xffff) {
    out_.push_back(static_cast<std::byte>(high | 25));
    argument_bytes = 2;
  } else if (argument <= 0xffff'ffff) {
    out_.push_back(static_cast<std::byte>(high | 26));
    argument_bytes = 4;
  } else {
    out_.push_back(static_cast<std::byte>(high | 27));
    argument_bytes = 8;
  }
  for (int i = argument_bytes - 1; i >= 0; --i) {  // big-endian, unlike all else in this format
    out_.push_back(static_cast<std::byte>(argument >> (8 * i)));
  }
}

void CborWriter::text(std::string_view value) {
  head(3, value.size());
  const ByteView view = as_bytes(value);
  out_.insert(out_.end(), view.begin(), view.end());
}

void CborWriter::bytes(ByteView value) {
  head(2, value.size());
  out_.insert(out_.end(), value.begin(), value.end());
}

void CborWriter::integer(std::int64_t value) {
  if (value >= 0) {
    head(0, static_cast<std::uint64_t>(value));
  } else {
    head(1, ~static_cast<std::uint64_t>(value));  // -1 - value, without overflow
  }
}

}  // namespace micromegas::wire
