#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace micromegas::query {

/// A piece of SQL text that is neither white space nor comment.
struct SqlToken {
  enum class Kind {
    kWord,              ///< Keyword or unquoted identifier.
    kQuotedIdentifier,  ///< "..."
    kString,            ///< '...', E'...', $$...$$
    kNumber,
    kSymbol,  ///< One character of an operator or bracket.
  };

  Kind kind;
  std::size_t begin;  ///< Byte offset in the SQL text.
  std::string_view text;

  std::size_t end() const noexcept { return begin + text.size(); }

  /// Is it this keyword (given in lower case), in whatever case?
  bool is_word(std::string_view keyword) const noexcept;
  bool is_symbol(char symbol) const noexcept;
};

/// Cuts SQL into tokens by DuckDB's lexical rules. What never ends (a quote, a comment) extends to
/// the end of the text: the parser is there to complain. The tokens point into `sql`; of more than
/// `max_tokens` there are the first.
std::vector<SqlToken> tokenize(std::string_view sql,
                               std::size_t max_tokens = std::numeric_limits<std::size_t>::max());

/// Puts as many blanks as it has bytes in place of each Unicode space outside quotes (no-break
/// space, byte order mark, ...: what text copied from a document brings). DuckDB's parser puts one
/// blank each, and from there on its positions would be those of another text.
std::string blank_unicode_spaces(std::string_view sql);

/// Quotes the column name `end`, which the original's SQL takes unquoted and DuckDB does not:
/// `max(end)` becomes `max("end")`. The END of a CASE stays.
std::string quote_end_columns(std::string_view sql);

}  // namespace micromegas::query
