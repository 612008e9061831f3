#pragma once

#include <string>

#include "lake/rows.h"
#include "lake/sqlite.h"

namespace micromegas::lake {

// The columns of each table in the order that the readers beside them expect, for
// "SELECT " + kBlockColumns + " FROM blocks b ...".

extern const std::string kProcessColumns;  ///< Of `processes p`.
inline constexpr int kNbProcessColumns = 13;
ProcessRow read_process(const SqliteQuery& query, int first_column = 0);

extern const std::string kStreamColumns;  ///< Of `streams s`.
StreamRow read_stream(const SqliteQuery& query, int first_column = 0);
inline constexpr int kNbStreamColumns = 8;

extern const std::string kBlockColumns;  ///< Of `blocks b`.
BlockRow read_block(const SqliteQuery& query, int first_column = 0);

extern const std::string kTotalsColumns;  ///< Of `block_totals t`, one row.
extern const std::string kSumOfTotals;    ///< Of `block_totals t`, of several rows.
BlockTotals read_totals(const SqliteQuery& query, int first_column = 0);

}  // namespace micromegas::lake
