#include "wire/cbor_reader.h"

#include <limits>

#include "base/error.h"
#include "transit/utf8.h"

namespace micromegas::wire {
namespace {

constexpr std::uint8_t kUnsigned = 0;
constexpr std::uint8_t kNegative = 1;
constexpr std::uint8_t kByteString = 2;
constexpr std::uint8_t kText = 3;
constexpr std::uint8_t kArray = 4;
constexpr std::uint8_t kMap = 5;
constexpr std::uint8_t kTag = 6;
constexpr std::uint8_t kSimple = 7;

constexpr std::uint8_t kIndefinite = 31;
constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kNull = 22;

/// Unknown values may nest this deep and no deeper.
constexpr std::size_t kMaxDepth = 128;

const char* describe(std::uint8_t major_type, std::uint8_t info) {
  switch (major_type) {
    case kUnsigned:
    case kNegative:
      return "an integer";
    case kByteString:
      return "a byte string";
    case kText:
      return "text";
    case kArray:
      return "an array";
    case kMap:
      return "a map";
    case kTag:
      return "a tag";
    default:
      break;
  }
  if (info == kFalse || info == kTrue) return "a boolean";
  if (info == kNull) return "null";
  if (info == kIndefinite) return "a break";
  if (info >= 25 && info <= 27) return "a float";
  return "a simple value";
}

}  // namespace

CborReader::Scope::Scope(CborReader& reader, std::string_view field) noexcept : reader_(reader) {
  if (reader.path_length_ < kMaxPath) reader.path_[reader.path_length_] = {field, 0};
  ++reader.path_length_;
}

CborReader::Scope::Scope(CborReader& reader, std::size_t item) noexcept : reader_(reader) {
  if (reader.path_length_ < kMaxPath) reader.path_[reader.path_length_] = {{}, item};
  ++reader.path_length_;
}

void CborReader::fail(const std::string& what, std::size_t offset, const char* found) const {
  std::string text{message_};
  text += ": ";
  for (std::size_t i = 0; i < path_length_ && i < kMaxPath; ++i) {
    const PathElement& element = path_[i];
    if (element.field.data() == nullptr) {
      text += '[' + std::to_string(element.item) + ']';
    } else {
      if (i > 0) text += '.';
      text += element.field;
    }
  }
  if (path_length_ > 0) text += ": ";
  text += what + " at byte " + std::to_string(offset);
  if (found != nullptr) text += std::string{", found "} + found;
  throw Error(ErrorKind::kMalformed, text);
}

void CborReader::fail_type(const char* expected, const Head& head) const {
  fail(std::string{"expected "} + expected, head.offset, describe(head.major_type, head.info));
}

CborReader::Head CborReader::read_head() {
  const std::size_t begin = at_;
  if (at_ == bytes_.size()) fail("the bytes end where an item is due", at_);
  const auto first = static_cast<std::uint8_t>(bytes_[at_++]);
  Head head{static_cast<std::uint8_t>(first >> 5), static_cast<std::uint8_t>(first & 31), 0, begin};
  if (head.info < 24) {
    head.argument = head.info;
  } else if (head.info <= 27) {
    const std::size_t size = std::size_t{1} << (head.info - 24);
    if (bytes_.size() - at_ < size) fail("the bytes end inside an item", begin);
    for (std::size_t i = 0; i < size; ++i) {
      head.argument = head.argument << 8 | static_cast<std::uint8_t>(bytes_[at_++]);
    }
  } else if (head.info != kIndefinite) {
    fail("reserved length encoding", begin);
  } else if (head.major_type <= kNegative || head.major_type == kTag) {
    fail("indefinite length where there can be none", begin);
  }
  return head;
}

CborReader::Head CborReader::read_untagged_head() {
  Head head = read_head();
  while (head.major_type == kTag) head = read_head();
  return head;
}

ByteView CborReader::take(std::uint64_t size, const Head& head) {
  if (size > bytes_.size() - at_) fail("a length goes beyond the end of the bytes", head.offset);
  const ByteView taken = bytes_.subspan(at_, static_cast<std::size_t>(size));
  at_ += taken.size();
  return taken;
}

CborReader::Container CborReader::read_container(std::uint8_t major_type, const char* expected) {
  const Head head = read_untagged_head();
  if (head.major_type != major_type) fail_type(expected, head);
  return {head.argument, head.info == kIndefinite};
}

bool CborReader::next(Container& container) {
  if (container.indefinite) {
    if (at_ < bytes_.size() && bytes_[at_] == std::byte{0xff}) {
      ++at_;
      return false;
    }
    return true;
  }
  if (container.left == 0) return false;
  --container.left;
  return true;
}

std::string_view CborReader::read_text() {
  const Head head = read_untagged_head();
  if (head.major_type != kText) fail_type("text", head);
  std::string_view text;
  if (head.info != kIndefinite) {
    text = as_text(take(head.argument, head));
  } else {
    chunks_.clear();
    for (Head chunk = read_head(); chunk.major_type != kSimple || chunk.info != kIndefinite;
         chunk = read_head()) {
      if (chunk.major_type != kText || chunk.info == kIndefinite) fail_type("a text chunk", chunk);
      chunks_ += as_text(take(chunk.argument, chunk));
    }
    text = chunks_;
  }
  if (!transit::is_valid_utf8(text)) fail("text that is not UTF-8", head.offset);
  return text;
}

void CborReader::read_bytes(Bytes& out) {
  const Head head = read_untagged_head();
  if (head.major_type != kByteString) fail_type("a byte string", head);
  out.clear();
  if (head.info != kIndefinite) {
    const ByteView view = take(head.argument, head);
    out.assign(view.begin(), view.end());
    return;
  }
  for (Head chunk = read_head(); chunk.major_type != kSimple || chunk.info != kIndefinite;
       chunk = read_head()) {
    if (chunk.major_type != kByteString || chunk.info == kIndefinite) {
      fail_type("a chunk of a byte string", chunk);
    }
    const ByteView view = take(chunk.argument, chunk);
    out.insert(out.end(), view.begin(), view.end());
  }
}

std::int64_t CborReader::read_integer(std::int64_t min, std::int64_t max) {
  const Head head = read_untagged_head();
  if (head.major_type != kUnsigned && head.major_type != kNegative) fail_type("an integer", head);
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (head.argument <= kMax) {
    const auto argument = static_cast<std::int64_t>(head.argument);
    const std::int64_t value = head.major_type == kUnsigned ? argument : -1 - argument;
    if (value >= min && value <= max) return value;
  }
  fail("an integer outside " + std::to_string(min) + ".." + std::to_string(max), head.offset);
}

bool CborReader::read_bool() {
  const Head head = read_untagged_head();
  if (head.major_type != kSimple || (head.info != kFalse && head.info != kTrue)) {
    fail_type("a boolean", head);
  }
  return head.info == kTrue;
}

bool CborReader::take_null() {
  const std::size_t begin = at_;
  const Head head = read_untagged_head();
  if (head.major_type == kSimple && head.info == kNull) return true;
  at_ = begin;
  return false;
}

bool CborReader::next_is_array() {
  const std::size_t begin = at_;
  const Head head = read_untagged_head();
  at_ = begin;
  return head.major_type == kArray;
}

void CborReader::skip_item() {
  // One element per container that is open: what is left of it, in items.
  std::array<Container, kMaxDepth> open;
  std::size_t depth = 0;
  do {
    if (depth > 0 && !next(open[depth - 1])) {
      --depth;
      continue;
    }
    const Head head = read_untagged_head();
    switch (head.major_type) {
      case kByteString:
      case kText:
        if (head.info != kIndefinite) {
          take(head.argument, head);
          break;
        }
        [[fallthrough]];  // Chunks: skipped like the items of an array.
      case kArray:
      case kMap: {
        if (depth == kMaxDepth) fail("items nested too deep", head.offset);
        std::uint64_t items = head.argument;
        if (head.major_type == kMap) {
          // More pairs than bytes cannot be there, so the product below cannot overflow.
          if (items > bytes_.size()) fail("a length goes beyond the end of the bytes", head.offset);
          items *= 2;
        }
        open[depth++] = {items, head.info == kIndefinite};
        break;
      }
      case kSimple:
        if (head.info == kIndefinite) fail_type("an item", head);
        break;
      default:
        break;
    }
  } while (depth > 0);
}

}  // namespace micromegas::wire
