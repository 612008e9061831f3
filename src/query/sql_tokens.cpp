#include "query/sql_tokens.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace micromegas::query {
namespace {

bool is_identifier_start(char c) noexcept {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool is_identifier_part(char c) noexcept {
  return is_identifier_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$';
}

/// Walks over the text; each function returns the offset behind what it recognises at `at`.
class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  std::vector<SqlToken> run() {
    std::vector<SqlToken> tokens;
    for (std::size_t at = skip_blank(0); at < sql_.size();) {
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
      while (at < sql_.size() && is_identifier_part(sql_[at])) ++at;
      return {Kind::kWord, at};
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      while (at < sql_.size() && (is_identifier_part(sql_[at]) || sql_[at] == '.')) ++at;
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
      } else if (peek(at) == '-' && peek(at + 1) == '-') {
        at = std::min(sql_.find('\n', at), sql_.size());
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

std::vector<SqlToken> tokenize(std::string_view sql) { return Lexer(sql).run(); }

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
