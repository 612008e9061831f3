#include "query/jsonb.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "base/error.h"

namespace micromegas::query {
namespace {

constexpr std::uint32_t kKindMask = 0xe0000000;
constexpr std::uint32_t kArray = 0x80000000;
constexpr std::uint32_t kObject = 0x40000000;
constexpr std::uint32_t kScalar = 0x20000000;
constexpr std::uint32_t kLengthMask = 0x0fffffff;

enum class Type : std::uint32_t { kNull, kString, kNumber, kFalse, kTrue, kContainer };

/// Deeper values are refused: nobody writes them, and each level costs a stack frame.
constexpr int kMaxDepth = 64;

[[noreturn]] void malformed() {
  throw invalid_argument("this value is no JSONB (properties columns are)");
}

void append_word(std::string& out, std::uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(word >> shift & 0xff);
}

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < 4) malformed();
  std::uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(bytes[at + i]);
  return word;
}

struct Element {
  Type type;
  std::string_view bytes;
};

/// A container cut into its elements: of an object the keys first, then as many values.
struct Container {
  std::uint32_t kind;
  std::vector<Element> elements;

  explicit Container(std::string_view bytes) {
    const std::uint32_t header = word_at(bytes, 0);
    kind = header & kKindMask;
    if (kind != kArray && kind != kObject && kind != kScalar) malformed();
    std::size_t count = header & ~kKindMask;
    if (kind == kObject) count *= 2;
    if (kind == kScalar) count = 1;
    if (bytes.size() / 4 < count + 1) malformed();
    std::size_t at = 4 + 4 * count;
    elements.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t entry = word_at(bytes, 4 + 4 * i);
      const std::size_t length = entry & kLengthMask;
      if (bytes.size() - at < length) malformed();
      const std::uint32_t type = entry >> 28 & 7;
      if (type > static_cast<std::uint32_t>(Type::kContainer)) malformed();
      elements.push_back({static_cast<Type>(type), bytes.substr(at, length)});
      at += length;
    }
  }

  std::size_t nb_members() const { return elements.size() / 2; }
};

std::uint64_t integer_of(std::string_view bytes, bool is_signed) {
  if (bytes.size() != 1 && bytes.size() != 2 && bytes.size() != 4 && bytes.size() != 8) malformed();
  const bool negative = is_signed && (bytes[0] & 0x80) != 0;
  std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string number_to_json(std::string_view bytes) {
  if (bytes.empty()) malformed();
  const auto rest = bytes.substr(1);
  switch (static_cast<unsigned char>(bytes[0])) {
    case 0x00:
      return "0";
    case 0x40:
      return std::to_string(static_cast<std::int64_t>(integer_of(rest, true)));
    case 0x50:
      return std::to_string(integer_of(rest, false));
    case 0x60: {
      if (rest.size() != 8) malformed();
      const auto value = std::bit_cast<double>(integer_of(rest, false));
      char text[32];
      const auto end = std::to_chars(text, text + sizeof text, value);
      return std::isfinite(value) ? std::string(text, end.ptr) : "null";
    }
    case 0x10:
    case 0x20:
    case 0x30:
      return "null";  // JSON has no words for NaN and the infinities.
    default:
      malformed();
  }
}

void append_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 0xf];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_json(std::string& out, std::string_view bytes, int depth);

void append_json(std::string& out, const Element& element, int depth) {
  switch (element.type) {
    case Type::kNull:
      out += "null";
      break;
    case Type::kString:
      append_string(out, element.bytes);
      break;
    case Type::kNumber:
      out += number_to_json(element.bytes);
      break;
    case Type::kFalse:
      out += "false";
      break;
    case Type::kTrue:
      out += "true";
      break;
    case Type::kContainer:
      append_json(out, element.bytes, depth + 1);
      break;
  }
}

void append_json(std::string& out, std::string_view bytes, int depth) {
  if (depth > kMaxDepth) malformed();
  const Container container(bytes);
  if (container.kind == kScalar) return append_json(out, container.elements[0], depth);
  const bool is_object = container.kind == kObject;
  const std::size_t count = is_object ? container.nb_members() : container.elements.size();
  out += is_object ? '{' : '[';
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    if (is_object) {
      append_string(out, container.elements[i].bytes);
      out += ':';
    }
    append_json(out, container.elements[is_object ? count + i : i], depth);
  }
  out += is_object ? '}' : ']';
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string jsonb_of(const wire::Properties& properties) {
  std::map<std::string_view, std::string_view> sorted;
  for (const auto& [key, value] : properties) sorted[key] = value;

  const auto entry = [](std::string_view text) {
    if (text.size() > kLengthMask) throw invalid_argument("a property is over 256 MiB long");
    return static_cast<std::uint32_t>(Type::kString) << 28 |
           static_cast<std::uint32_t>(text.size());
  };
  std::string out;
  append_word(out, kObject | static_cast<std::uint32_t>(sorted.size()));
  for (const auto& [key, value] : sorted) append_word(out, entry(key));
  for (const auto& [key, value] : sorted) append_word(out, entry(value));
  for (const auto& [key, value] : sorted) out += key;
  for (const auto& [key, value] : sorted) out += value;
  return out;
}

std::optional<std::string> jsonb_property(std::string_view jsonb, std::string_view key) {
  const Container container(jsonb);
  if (container.kind != kObject) return std::nullopt;
  const std::size_t count = container.nb_members();
  for (std::size_t i = 0; i < count; ++i) {
    if (!equal_ignoring_case(container.elements[i].bytes, key)) continue;
    const Element& value = container.elements[count + i];
    if (value.type == Type::kNull) return std::nullopt;
    if (value.type == Type::kString) return std::string(value.bytes);
    std::string json;
    append_json(json, value, 0);
    return json;
  }
  return std::nullopt;
}

std::optional<std::int32_t> jsonb_length(std::string_view jsonb) {
  const Container container(jsonb);
  if (container.kind != kObject) return std::nullopt;
  return static_cast<std::int32_t>(container.nb_members());
}

std::string jsonb_to_json(std::string_view jsonb) {
  std::string json;
  append_json(json, jsonb, 0);
  return json;
}

}  // namespace micromegas::query
