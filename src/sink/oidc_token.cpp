#include "sink/oidc_token.h"

#include <algorithm>
#include <charconv>

namespace micromegas::sink {
namespace {

constexpr std::int64_t kLongestLifetime = 366 * std::int64_t{86'400};

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_field(std::string& form, std::string_view name, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  if (!form.empty()) form += '&';
  form += name;
  form += '=';
  for (const char c : value) {
    if (is_unreserved(c)) {
      form += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    form += '%';
    form += kHex[byte >> 4];
    form += kHex[byte & 0xf];
  }
}

/// Walks over the members of one JSON object. It knows as much of JSON as finding the end of a
/// value takes: what it is asked for are a text and a number at the top.
class ObjectReader {
 public:
  explicit ObjectReader(std::string_view json) noexcept : rest_(json) {}

  bool open() noexcept { return take('{'); }

  /// The next member; `value` is its raw text. False: there is none, or the text is broken.
  bool next(std::string& name, std::string_view& value) {
    if (!first_ && !take(',')) return false;
    first_ = false;
    skip_blanks();
    const std::string_view raw_name = take_value();
    const auto unquoted = unquote(raw_name);
    if (!unquoted || !take(':')) return false;
    name = *unquoted;
    skip_blanks();
    value = take_value();
    return !value.empty();
  }

  /// The content of a JSON string; none: it is no string, or has escapes beyond ASCII, which no
  /// token has.
  static std::optional<std::string> unquote(std::string_view raw) {
    if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"') return std::nullopt;
    std::string text;
    for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
      if (raw[i] != '\\') {
        text += raw[i];
        continue;
      }
      ++i;
      if (raw[i] == '"' || raw[i] == '\\' || raw[i] == '/') {
        text += raw[i];
      } else if (raw[i] == 'u' && i + 5 < raw.size()) {
        unsigned code = 0;
        const char* digits = raw.data() + i + 1;
        if (std::from_chars(digits, digits + 4, code, 16).ptr != digits + 4 || code > 0x7f) {
          return std::nullopt;
        }
        text += static_cast<char>(code);
        i += 4;
      } else {
        return std::nullopt;
      }
    }
    return text;
  }

 private:
  void skip_blanks() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }

  bool take(char c) noexcept {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Up to the comma, colon or bracket that follows the value; nested ones belong to it.
  std::string_view take_value() noexcept {
    std::size_t depth = 0;
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quoted) {
        if (c == '\\') ++i;
        if (c == '"') quoted = false;
        continue;
      }
      if (c == '"') quoted = true;
      if (c == '{' || c == '[') ++depth;
      if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']')) break;
      if (c == '}' || c == ']') --depth;
    }
    if (quoted || i >= rest_.size()) return {};
    std::string_view value = rest_.substr(0, i);
    rest_.remove_prefix(i);
    value.remove_suffix(value.size() -
                        std::min(value.find_last_not_of(" \t\r\n") + 1, value.size()));
    return value;
  }

  std::string_view rest_;
  bool first_ = true;
};

}  // namespace

std::string token_request(const OidcCredentials& credentials) {
  std::string form;
  append_field(form, "grant_type", "client_credentials");
  append_field(form, "client_id", credentials.client_id);
  append_field(form, "client_secret", credentials.client_secret);
  if (!credentials.audience.empty()) append_field(form, "audience", credentials.audience);
  return form;
}

std::optional<OidcToken> read_token_answer(std::string_view json) {
  ObjectReader reader(json);
  if (!reader.open()) return std::nullopt;
  OidcToken token;
  std::string name;
  std::string_view value;
  while (reader.next(name, value)) {
    if (name == "access_token") token.access_token = ObjectReader::unquote(value).value_or("");
    if (name == "expires_in") {
      if (value.starts_with('"')) value = value.substr(1, value.size() - 2);  // Some quote it.
      std::int64_t seconds = 0;
      std::from_chars(value.data(), value.data() + value.size(), seconds);
      token.lifetime = std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLongestLifetime));
    }
  }
  if (token.access_token.empty() || !is_header_safe(token.access_token)) return std::nullopt;
  return token;
}

bool is_header_safe(std::string_view token) noexcept {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c != '\x7f'; });
}

}  // namespace micromegas::sink
