#include "apps/micromegas/target/process_selector.h"

#include <algorithm>
#include <array>

#include <arrow/api.h>

#include "apps/micromegas/command.h"
#include "apps/micromegas/target/answer_rows.h"
#include "base/error.h"

namespace micromegas::cli {
namespace {

constexpr std::string_view kLatest = "latest";

}  // namespace

std::string sql_literal(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += '\'';
    literal += c;
  }
  return literal + '\'';
}

std::string process_selector_sql(std::string_view selector) {
  std::string condition;
  if (const auto id = ProcessId::parse(selector)) {
    condition = " WHERE process_id = " + sql_literal(id->to_string());
  } else if (selector != kLatest) {
    std::string pattern = '%' + std::string(selector) + '%';
    std::replace(pattern.begin(), pattern.end(), '*', '%');
    condition = " WHERE exe ILIKE " + sql_literal(pattern);
  }
  return "SELECT process_id, exe, start_time FROM processes" + condition +
         " ORDER BY start_time DESC LIMIT 1";
}

SelectedProcess find_process(QueryTarget& target, std::string_view selector,
                             const CancellationToken& cancel) {
  Question question;
  question.sql = process_selector_sql(selector);
  question.cancel = cancel;
  std::optional<SelectedProcess> found;
  for_each_row(target, question, [&](const AnswerRow& row) {
    const auto id = ProcessId::parse(row.text("process_id"));
    if (id) found = {*id, row.text("exe"), row.time("start_time")};
  });
  if (found) return *found;
  throw invalid_argument(selector == kLatest
                             ? "no process has sent anything yet"
                             : "no process matches '" + std::string(selector) +
                                   "': `micromegas processes` lists those that are there");
}

std::string substitute_process_id(std::string_view sql, ProcessId id) {
  constexpr std::array<std::string_view, 2> kPlaces{"{process}", "$process_id"};
  std::string result(sql);
  bool found = false;
  for (const auto place : kPlaces) {
    for (auto at = result.find(place); at != std::string::npos; at = result.find(place, at)) {
      result.replace(at, place.size(), id.to_string());
      found = true;
    }
  }
  if (!found) {
    throw UsageError(
        "--process was given, but the SQL has no {process} to put the id in\n"
        "(a shell makes nothing of $process_id within double quotes: write {process} there)");
  }
  return result;
}

}  // namespace micromegas::cli
