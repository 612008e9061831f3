#pragma once

#include <cstddef>
#include <string_view>

namespace micromegas::query {

/// What one statement may cost before anybody can interrupt it.
///
/// DuckDB hears no interrupt while it parses and binds, and takes the memory for both beside its
/// limit. Some texts cost it far more than their length: time grows with the square of brackets
/// that never close or of signs that no operand follows, doubles with every WITH within a WITH as
/// long as there is a fault inside, and memory grows with the square of SELECTs in one UNION. The
/// bounds lie above what people and tools write, and keep parsing below a second.
inline constexpr std::size_t kMaxStatementBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxTokens = 40'000;  ///< IN lists of 19,000 values have room.
inline constexpr int kMaxOpenBrackets = 200;
inline constexpr int kMaxSymbolRun = 400;    ///< Signs without a word between them.
inline constexpr int kMaxNestedQueries = 8;  ///< WITH or PIVOT in brackets within those of another.
inline constexpr std::size_t kMaxQueriesInStatement = 1'000;

/// Refuses a text for all of these but the last, which only the parsed statement can tell.
/// Throws `Error{kInvalidArgument}` naming the bound.
void check_cost_of_parsing(std::string_view sql);

}  // namespace micromegas::query
