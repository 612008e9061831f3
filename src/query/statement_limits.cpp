#include "query/statement_limits.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "query/sql_tokens.h"

namespace micromegas::query {
namespace {

bool opens(const SqlToken& token) {
  return token.is_symbol('(') || token.is_symbol('[') || token.is_symbol('{');
}

bool closes(const SqlToken& token) {
  return token.is_symbol(')') || token.is_symbol(']') || token.is_symbol('}');
}

bool begins_costly_query(const SqlToken& token) {
  return token.is_word("with") || token.is_word("pivot") || token.is_word("unpivot");
}

[[noreturn]] void refuse(const SqlToken& token, const std::string& bound) {
  throw invalid_argument("the statement is nested too deeply (at byte " +
                         std::to_string(token.begin) + "): " + bound);
}

/// Follows the brackets of a text.
class Nesting {
 public:
  Nesting() { levels_.push_back(false); }

  void next(const SqlToken& token) {
    run_ = token.kind == SqlToken::Kind::kSymbol ? run_ + 1 : 0;
    if (run_ > kMaxSymbolRun) {
      refuse(token, "at most " + std::to_string(kMaxSymbolRun) + " signs in a row");
    }
    if (opens(token)) {
      levels_.push_back(false);
      if (levels_.size() > kMaxOpenBrackets + 1) {
        refuse(token, "at most " + std::to_string(kMaxOpenBrackets) + " open brackets");
      }
    } else if (closes(token)) {
      costly_levels_ -= levels_.back() ? 1 : 0;
      if (levels_.size() > 1) {
        levels_.pop_back();
      } else {
        levels_.back() = false;
      }
    } else if (begins_costly_query(token) && !levels_.back()) {
      levels_.back() = true;
      if (++costly_levels_ > kMaxNestedQueries) {
        refuse(token,
               "at most " + std::to_string(kMaxNestedQueries) + " WITH or PIVOT within each other");
      }
    }
  }

 private:
  std::vector<bool> levels_;  ///< Of each open bracket, whether a WITH stands in it.
  int costly_levels_ = 0;
  int run_ = 0;
};

}  // namespace

void check_cost_of_parsing(std::string_view sql) {
  if (sql.size() > kMaxStatementBytes) {
    throw invalid_argument("the statement is over 1 MiB long: ask in several requests");
  }
  if (sql.find('\0') != std::string_view::npos) {
    throw invalid_argument("the statement holds a NUL character");
  }
  const auto tokens = tokenize(sql, kMaxTokens + 1);
  if (tokens.size() > kMaxTokens) {
    throw invalid_argument("the statement has more than " + std::to_string(kMaxTokens) +
                           " words, values and signs: ask in several requests");
  }
  Nesting nesting;
  for (const auto& token : tokens) nesting.next(token);
}

}  // namespace micromegas::query
