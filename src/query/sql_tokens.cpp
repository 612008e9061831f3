#include "query/sql_tokens.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace micromegas::query {
namespace {

bool is_identifier_start(char c) noexcept {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool is_identifier_part(char c) noexcept {
  return is_identifier_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$';
}

/// Bytes of the Unicode space at the begin of `text`, which DuckDB takes for a blank wherever no
/// quote is open; 0: there is none.
std::size_t unicode_space(std::string_view text) noexcept {
  static constexpr std::array<std::string_view, 6> kSpaces = {
      "\u00a0",  // No-break space.
      "\u202f",  // Narrow no-break space.
      "\u205f",  // Mathematical space.
      "\u2060",  // Word joiner.
      "\u3000",  // Ideographic space.
      "\ufeff",  // Byte order mark.
  };
  for (const auto space : kSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  // U+2000 to U+200B: spaces by their widths.
  const bool by_width = text.size() >= 3 && text.starts_with("\xe2\x80") &&
                        static_cast<unsigned char>(text[2]) >= 0x80 &&
                        static_cast<unsigned char>(text[2]) <= 0x8b;
  return by_width ? 3 : 0;
}

/// Walks over the text; each function returns the offset behind what it recognises at `at`.
class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  std::vector<SqlToken> run(std::size_t max_tokens) {
    std::vector<SqlToken> tokens;
    for (std::size_t at = skip_blank(0); at < sql_.size() && tokens.size() < max_tokens;) {
      const auto [kind, end] = token_at(at);
      tokens.push_back({kind, at, sql_.substr(at, end - at)});
      at = skip_blank(end);
    }
    return tokens;
  }

 private:
  using Kind = SqlToken::Kind;
  struct Piece {
    Kind kind;
    std::size_t end;
  };

  char peek(std::size_t at) const noexcept { return at < sql_.size() ? sql_[at] : '\0'; }
  std::size_t space_at(std::size_t at) const noexcept {
    return (sql_[at] & 0x80) == 0 ? 0 : unicode_space(sql_.substr(at));
  }

  Piece token_at(std::size_t at) const {
    const char c = sql_[at];
    if (c == '\'') return {Kind::kString, quoted(at, '\'', false)};
    if (c == '"') return {Kind::kQuotedIdentifier, quoted(at, '"', false)};
    if ((c == 'e' || c == 'E') && peek(at + 1) == '\'') {
      return {Kind::kString, quoted(at + 1, '\'', true)};
    }
    if (c == '$') {
      if (const auto end = dollar_quoted(at); end != at) return {Kind::kString, end};
    }
    if (is_identifier_start(c)) {
      while (at < sql_.size() && is_identifier_part(sql_[at]) && space_at(at) == 0) ++at;
      return {Kind::kWord, at};
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      while (at < sql_.size() && (is_identifier_part(sql_[at]) || sql_[at] == '.') &&
             space_at(at) == 0) {
        ++at;
      }
      return {Kind::kNumber, at};
    }
    return {Kind::kSymbol, at + 1};
  }

  std::size_t quoted(std::size_t at, char quote, bool backslash) const {
    for (++at; at < sql_.size(); ++at) {
      if (backslash && sql_[at] == '\\') {
        ++at;
      } else if (sql_[at] == quote) {
        if (peek(at + 1) != quote) return at + 1;
        ++at;
      }
    }
    return sql_.size();
  }

  /// `$tag$ ... $tag$`; `at` itself when it is none (`$1`).
  std::size_t dollar_quoted(std::size_t at) const {
    std::size_t end = at + 1;
    if (end < sql_.size() && std::isdigit(static_cast<unsigned char>(sql_[end])) != 0) return at;
    while (end < sql_.size() && is_identifier_part(sql_[end]) && sql_[end] != '$') ++end;
    if (peek(end) != '$') return at;
    const auto tag = sql_.substr(at, end + 1 - at);
    const auto close = sql_.find(tag, end + 1);
    return close == std::string_view::npos ? sql_.size() : close + tag.size();
  }

  std::size_t skip_blank(std::size_t at) const {
    for (;;) {
      if (at < sql_.size() && std::isspace(static_cast<unsigned char>(sql_[at])) != 0) {
        ++at;
      } else if (at < sql_.size() && space_at(at) > 0) {
        at += space_at(at);
      } else if (peek(at) == '-' && peek(at + 1) == '-') {
        at = std::min(sql_.find_first_of("\n\r", at), sql_.size());
      } else if (peek(at) == '/' && peek(at + 1) == '*') {
        at = block_comment(at);
      } else {
        return at;
      }
    }
  }

  std::size_t block_comment(std::size_t at) const {
    int depth = 0;
    while (at < sql_.size()) {
      if (sql_[at] == '/' && peek(at + 1) == '*') {
        ++depth;
        at += 2;
      } else if (sql_[at] == '*' && peek(at + 1) == '/') {
        at += 2;
        if (--depth == 0) return at;
      } else {
        ++at;
      }
    }
    return sql_.size();
  }

  std::string_view sql_;
};

/// After these words an operand follows, so that `end` is a column even within a CASE.
constexpr std::array<std::string_view, 17> kBeforeOperand = {
    "when", "then",  "else",    "case", "and",   "or", "not", "select", "distinct",
    "like", "ilike", "between", "in",   "where", "by", "on",  "having"};

bool expects_operand(const SqlToken* previous) {
  if (previous == nullptr) return true;
  if (previous->kind == SqlToken::Kind::kSymbol) {
    return !previous->is_symbol(')') && !previous->is_symbol(']');
  }
  return std::any_of(kBeforeOperand.begin(), kBeforeOperand.end(),
                     [&](auto word) { return previous->is_word(word); });
}

}  // namespace

bool SqlToken::is_word(std::string_view keyword) const noexcept {
  return kind == Kind::kWord &&
         std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         });
}

bool SqlToken::is_symbol(char symbol) const noexcept {
  return kind == Kind::kSymbol && text[0] == symbol;
}

std::vector<SqlToken> tokenize(std::string_view sql, std::size_t max_tokens) {
  return Lexer(sql).run(max_tokens);
}

std::string blank_unicode_spaces(std::string_view sql) {
  std::string result(sql);
  const auto blank = [&](std::size_t begin, std::size_t end) {
    while (begin < end) {
      const std::size_t size = unicode_space(sql.substr(begin, end - begin));
      std::fill_n(result.begin() + static_cast<std::ptrdiff_t>(begin), size, ' ');
      begin += std::max<std::size_t>(size, 1);
    }
  };
  std::size_t checked = 0;
  for (const auto& token : tokenize(sql)) {
    blank(checked, token.begin);
    checked = token.end();
  }
  blank(checked, sql.size());
  return result;
}

std::string quote_end_columns(std::string_view sql) {
  std::string result;
  std::size_t copied = 0;
  int open_cases = 0;
  const SqlToken* previous = nullptr;
  const auto tokens = tokenize(sql);
  for (const auto& token : tokens) {
    if (token.is_word("case")) ++open_cases;
    if (token.is_word("end")) {
      if (open_cases > 0 && !expects_operand(previous)) {
        --open_cases;
      } else {
        result.append(sql, copied, token.begin - copied).append("\"end\"");
        copied = token.end();
      }
    }
    previous = &token;
  }
  return result.append(sql, copied);
}

}  // namespace micromegas::query
