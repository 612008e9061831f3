#include "query/statement_guard.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "query/database.h"
#include "query/duckdb_error.h"
#include "query/duckdb_handles.h"
#include "query/sql_tokens.h"
#include "query/sql_vocabulary.h"
#include "query/statement_limits.h"

namespace micromegas::query {
namespace {

using nlohmann::json;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::size_t number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
}

/// `a.b.c` of a table or function, folded.
std::vector<std::string> path_of(const json& object) {
  std::vector<std::string> path;
  const auto name = object.find("qualified_name");
  if (name != object.end() && name->contains("path")) {
    for (const auto& part : (*name)["path"]) path.push_back(lower(part.get<std::string>()));
  }
  return path;
}

std::string joined(const std::vector<std::string>& path) {
  std::string result;
  for (const auto& part : path) result += (result.empty() ? "" : ".") + part;
  return result;
}

/// A name that WITH gave to a table, with those that are visible beside it in one part of the tree.
struct CteScope {
  std::string name;
  std::shared_ptr<const CteScope> outer;

  static bool knows(const CteScope* scope, const std::string& name) {
    for (; scope != nullptr; scope = scope->outer.get()) {
      if (scope->name == name) return true;
    }
    return false;
  }
};
using ScopePointer = std::shared_ptr<const CteScope>;

struct Edit {
  std::size_t begin;
  std::size_t length;
  std::string replacement;
};

/// Checks one parse tree and collects what to change in its text.
class TreeInspector {
 public:
  /// Whether the client wrote the text, or an inspector's edits are in it.
  enum class Text { kOfClient, kEdited };

  TreeInspector(std::string_view sql, Text text) : sql_(sql), text_(text), tokens_(tokenize(sql)) {}

  /// Without recursion: the depth of a tree is the client's choice.
  void inspect(const json& root) {
    pending_.push_back({&root, Place::kOther, nullptr});
    while (!pending_.empty()) {
      const Visit visit = std::move(pending_.back());
      pending_.pop_back();
      if (visit.value->is_array()) {
        for (const auto& element : *visit.value) {
          pending_.push_back({&element, visit.place, visit.scope});
        }
      } else if (visit.value->is_object()) {
        inspect_object(*visit.value, visit.place, visit.scope);
      }
    }
  }

  bool has_edits() const noexcept { return !edits_.empty(); }

  std::string edited() && {
    std::sort(edits_.begin(), edits_.end(),
              [](const Edit& a, const Edit& b) { return a.begin > b.begin; });
    std::string result(sql_);
    for (const auto& edit : edits_) result.replace(edit.begin, edit.length, edit.replacement);
    return result;
  }

 private:
  enum class Place { kOther, kTableRef };
  struct Visit {
    const json* value;
    Place place;
    ScopePointer scope;
  };

  void inspect_object(const json& object, Place place, ScopePointer scope) {
    const std::string kind = text_of(object, "class");
    const std::string type = text_of(object, "type");
    if (!kind.empty()) {
      inspect_expression(object, kind, type);
    } else if (type.ends_with("_NODE")) {
      check_node(type);
      if (++nb_queries_ > kMaxQueriesInStatement) {
        throw invalid_argument("the statement holds more than " +
                               std::to_string(kMaxQueriesInStatement) +
                               " SELECTs: ask in several requests");
      }
    } else if (place == Place::kTableRef || is_table_ref(type)) {
      check_table_ref(object, type, scope.get());
    }
    if (object.contains("cte_map")) scope = enter_ctes(object, scope);
    const bool recursive = type == "RECURSIVE_CTE_NODE";
    for (const auto& [key, child] : object.items()) {
      if (key == "cte_map" || !(child.is_array() || child.is_object())) continue;
      // Only the part that is repeated sees the table under construction.
      if (recursive && key == "right") {
        pending_.push_back({&child, Place::kOther, with_name(scope, text_of(object, "cte_name"))});
        continue;
      }
      const bool holds_table = kind.empty() && (key == "from_table" || key == "left" ||
                                                key == "right" || key == "source");
      pending_.push_back({&child, holds_table ? Place::kTableRef : Place::kOther, scope});
    }
  }

  static bool is_table_ref(const std::string& type) {
    return type == "BASE_TABLE" || type == "TABLE_FUNCTION" || type == "SHOW_REF";
  }

  static void check_node(const std::string& type) {
    static constexpr std::array<std::string_view, 4> kReading = {
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"};
    if (std::find(kReading.begin(), kReading.end(), type) == kReading.end()) {
      throw invalid_argument("refused: " + type.substr(0, type.find('_')) +
                             " within a statement: SQL only reads");
    }
  }

  static ScopePointer with_name(const ScopePointer& outer, const std::string& name) {
    auto scope = std::make_shared<CteScope>();
    scope->outer = outer;
    scope->name = lower(name);
    return scope;
  }

  /// Each CTE sees those before it; the query sees all of them.
  ScopePointer enter_ctes(const json& node, ScopePointer scope) {
    const auto& ctes = node["cte_map"];
    if (!ctes.contains("map")) return scope;
    for (const auto& entry : ctes["map"]) {
      pending_.push_back({&entry["value"], Place::kOther, scope});
      scope = with_name(scope, text_of(entry, "key"));
    }
    return scope;
  }

  void check_table_ref(const json& ref, const std::string& type, const CteScope* scope) {
    if (type == "BASE_TABLE") {
      check_table(ref, scope);
    } else if (type == "TABLE_FUNCTION") {
      check_table_function(ref);
    } else if (type == "SHOW_REF") {
      const std::string show = text_of(ref, "show_type");
      if (show != "DESCRIBE" || !ref.contains("query")) {
        throw invalid_argument(
            "refused: " + (show == "SUMMARY" ? "SUMMARIZE" : std::string("SHOW")) +
            " in this place. Allowed: " + std::string(kAllowedStatements));
      }
    } else if (type != "EMPTY" && type != "JOIN" && type != "SUBQUERY" &&
               type != "EXPRESSION_LIST" && type != "PIVOT") {
      throw invalid_argument("refused: " + type + " as a table");
    }
  }

  void check_table(const json& ref, const CteScope* scope) {
    auto path = path_of(ref);
    if (path.size() == 1 && CteScope::knows(scope, path[0])) return;
    if (path.size() == 2 && path[0] == "information_schema" &&
        (path[1] == "tables" || path[1] == "columns")) {
      show_our_tables(ref, path[1]);
      return;
    }
    if (path.size() == 2 && path[0] == "main") path.erase(path.begin());
    if (path.size() == 1 && is_table(path[0])) return;
    if (text_ == Text::kEdited && path.size() == 1 &&
        (path[0] == kInformationTables || path[0] == kInformationColumns)) {
      return;
    }
    throw invalid_argument("table '" + joined(path_of(ref)) + "' not found" + position_text(ref) +
                           ". Tables are " + std::string(kAllowedTables) +
                           "; view_instance('<view set>', '<id>') gives the others");
  }

  static void check_table_function(const json& ref) {
    const auto function = ref.find("function");
    auto path = function == ref.end() ? std::vector<std::string>() : path_of(*function);
    if (path.size() == 2 && path[0] == "main") path.erase(path.begin());
    if (path.size() == 1 && is_table_function(path[0])) return;
    throw invalid_argument("refused: table function '" + joined(path) +
                           "'. Allowed: " + std::string(kAllowedTableFunctions));
  }

  void inspect_expression(const json& expression, const std::string& kind,
                          const std::string& type) {
    if (kind == "FUNCTION" || kind == "WINDOW") {
      auto path = path_of(expression);
      if (path.size() == 2 && path[0] == "main") path.erase(path.begin());
      if (path.size() > 1 || (path.size() == 1 && is_forbidden_function(path[0]))) {
        throw invalid_argument("refused: function '" + joined(path) + "'" +
                               position_text(expression));
      }
      if (path.size() == 1 && path[0] == "arrow_cast") rewrite_arrow_cast(expression);
    } else if (kind == "CAST") {
      rewrite_time_literal(expression);
    } else if (type == "VALUE_PARAMETER") {
      throw invalid_argument(
          "parameters (? and $1) are not offered: write the values into the SQL");
    }
  }

  /// `TIMESTAMP '...'`, `CAST('...' AS TIMESTAMP)`, `'...'::timestamptz`: DuckDB's microsecond
  /// types would cut the fraction, and TIMESTAMP ignores the offset.
  void rewrite_time_literal(const json& cast) {
    static constexpr std::array<std::string_view, 4> kTimes = {
        "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "DATETIME"};
    const auto child = cast.find("child");
    const auto type = cast.find("type_expr");
    if (child == cast.end() || type == cast.end() || text_of(*child, "class") != "CONSTANT" ||
        !child->contains("literal") || text_of((*child)["literal"], "kind") != "STRING") {
      return;
    }
    const std::string name = upper(text_of(*type, "type_name"));
    const std::size_t length = number_of(*type, "query_location_length");
    if (length > 0 && std::find(kTimes.begin(), kTimes.end(), name) != kTimes.end()) {
      const std::size_t begin = number_of(*type, "query_location");
      if (token_at(begin) == tokens_.size() || length > sql_.size() - begin) {
        throw invalid_argument("cannot read the type of a time" + position_text(cast));
      }
      edits_.push_back({begin, length, "TIMESTAMPTZ_NS"});
    }
  }

  void rewrite_arrow_cast(const json& call) {
    const auto arguments = call.find("arguments");
    const auto wrong = [&] {
      return invalid_argument("arrow_cast" + position_text(call) +
                              ": expected (value, '<Arrow type>'), for instance 'Utf8', 'Int64', "
                              "'Float64'");
    };
    if (arguments == call.end() || arguments->size() != 2) throw wrong();
    const auto& type = (*arguments)[1]["expression"];
    if (text_of(type, "class") != "CONSTANT" || !type.contains("literal")) throw wrong();
    const auto duckdb_type = type_of_arrow_name(text_of(type["literal"], "text"));
    if (duckdb_type.empty()) throw wrong();

    const std::size_t name = token_at(number_of(call, "query_location"));
    const std::size_t type_name = token_at(number_of(type, "query_location"));
    if (name >= tokens_.size() || type_name >= tokens_.size() || type_name == 0) throw wrong();
    const auto& comma = tokens_[type_name - 1];
    edits_.push_back({tokens_[name].begin, tokens_[name].text.size(), "CAST"});
    edits_.push_back(
        {comma.begin, tokens_[type_name].end() - comma.begin, " AS " + std::string(duckdb_type)});
  }

  /// `information_schema.tables` becomes a table of ours under the same alias.
  void show_our_tables(const json& ref, const std::string& which) {
    const std::size_t first = token_at(number_of(ref, "query_location"));
    if (first + 2 >= tokens_.size()) throw invalid_argument("information_schema: cannot read");
    std::string replacement(which == "tables" ? kInformationTables : kInformationColumns);
    if (text_of(ref, "alias").empty()) replacement += " AS " + which;
    edits_.push_back({tokens_[first].begin, tokens_[first + 2].end() - tokens_[first].begin,
                      std::move(replacement)});
  }

  /// Index of the token that begins at a byte offset; the number of tokens when there is none.
  std::size_t token_at(std::size_t offset) const {
    const auto found = std::lower_bound(
        tokens_.begin(), tokens_.end(), offset,
        [](const SqlToken& token, std::size_t wanted) { return token.begin < wanted; });
    const bool exact = found != tokens_.end() && found->begin == offset;
    return exact ? static_cast<std::size_t>(found - tokens_.begin()) : tokens_.size();
  }

  std::string position_text(const json& object) const {
    const std::size_t offset = std::min(number_of(object, "query_location"), sql_.size());
    const auto before = sql_.substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const auto column = newline == std::string_view::npos ? offset + 1 : offset - newline;
    return " (at line " + std::to_string(line) + ", column " + std::to_string(column) + ")";
  }

  std::string_view sql_;
  Text text_;
  std::vector<SqlToken> tokens_;
  std::vector<Visit> pending_;
  std::vector<Edit> edits_;
  std::size_t nb_queries_ = 0;
};

json parse(duckdb_connection connection, const std::string& sql) {
  const std::string call =
      "SELECT json_serialize_sql(" + sql_literal(sql) +
      ", skip_null := true, skip_empty := true, skip_default := true)::VARCHAR";
  DuckdbResult result;
  if (duckdb_query(connection, call.c_str(), result.get()) != DuckDBSuccess) {
    throw error_of_result(result.get());
  }
  const DuckdbChunk chunk(duckdb_fetch_chunk(*result.get()));
  if (!chunk) throw Error(ErrorKind::kInternal, "the SQL parser gave no answer");
  auto* text = static_cast<duckdb_string_t*>(
      duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
  return json::parse(duckdb_string_t_data(text),
                     duckdb_string_t_data(text) + duckdb_string_t_length(*text));
}

/// The one statement of the text as a tree, or the error that names why not.
json parse_one_select(duckdb_connection connection, const std::string& sql) {
  json tree = parse(connection, sql);
  if (tree.value("error", false)) {
    if (text_of(tree, "error_type") == "not implemented") {
      const auto tokens = tokenize(sql);
      const std::string what = tokens.empty() ? "this statement" : upper(tokens.front().text);
      throw invalid_argument("refused: " + what + ". Allowed: " + std::string(kAllowedStatements));
    }
    std::string message = text_of(tree, "error_message");
    const std::string position = text_of(tree, "position");
    if (!position.empty()) message += " (at byte " + position + ")";
    throw invalid_argument("SQL syntax: " + message);
  }
  const std::size_t count = tree.contains("statements") ? tree["statements"].size() : 0;
  if (count == 0) throw invalid_argument("the statement is empty");
  if (count > 1) {
    throw invalid_argument(
        "refused: " + std::to_string(count) +
        " statements in one request. Allowed: " + std::string(kAllowedStatements));
  }
  return tree;
}

/// `SHOW TABLES` and `SHOW COLUMNS FROM t` with the columns of the original; nullopt: not these.
std::optional<std::string> rewrite_show(const std::vector<SqlToken>& all) {
  auto tokens = all;
  while (!tokens.empty() && tokens.back().is_symbol(';')) tokens.pop_back();
  if (tokens.size() < 2 || !tokens[0].is_word("show")) return std::nullopt;
  if (tokens.size() == 2 && tokens[1].is_word("tables")) {
    return "SELECT * FROM " + std::string(kInformationTables) + " ORDER BY table_name";
  }
  if (tokens.size() == 4 && tokens[1].is_word("columns") &&
      (tokens[2].is_word("from") || tokens[2].is_word("in"))) {
    auto table = lower(tokens[3].text);
    if (table.size() > 2 && table.front() == '"') table = table.substr(1, table.size() - 2);
    if (!is_table(table)) {
      throw invalid_argument("table '" + table + "' not found. Tables are " +
                             std::string(kAllowedTables));
    }
    return "SELECT table_catalog, table_schema, table_name, column_name, data_type, is_nullable "
           "FROM " +
           std::string(kInformationColumns) + " WHERE table_name = " + sql_literal(table) +
           " ORDER BY ordinal_position";
  }
  return std::nullopt;
}

/// Looks at what will be bound once more: were an edit in the wrong place, the text would no longer
/// be the one that was admitted.
void check_edited(duckdb_connection connection, const std::string& sql) {
  const json tree = parse_one_select(connection, sql);
  TreeInspector inspector(sql, TreeInspector::Text::kEdited);
  inspector.inspect(tree);
  if (inspector.has_edits()) {
    throw Error(ErrorKind::kInternal, "the statement's text cannot be put into DuckDB's dialect");
  }
}

std::map<std::string, std::string> renamed_columns(const json& tree) {
  std::map<std::string, std::string> renamed;
  const auto& node = tree["statements"][0]["node"];
  if (!node.contains("select_list")) return renamed;
  for (const auto& item : node["select_list"]) {
    const std::string alias = text_of(item, "alias");
    if (text_of(item, "class") == "COLUMN_REF" && !alias.empty() && item.contains("column_names") &&
        !item["column_names"].empty()) {
      renamed[alias] = item["column_names"].back().get<std::string>();
    }
  }
  return renamed;
}

}  // namespace

AdmittedStatement admit_statement(duckdb_connection connection, std::string_view client_sql) {
  check_cost_of_parsing(client_sql);
  std::string sql = quote_end_columns(blank_unicode_spaces(client_sql));
  const auto tokens = tokenize(sql);
  if (auto show = rewrite_show(tokens)) return {std::move(*show), {}};

  std::string prefix;
  if (!tokens.empty() && tokens[0].is_word("explain")) {
    if (tokens.size() > 1 && (tokens[1].is_word("analyze") || tokens[1].is_symbol('('))) {
      throw invalid_argument("refused: EXPLAIN with ANALYZE or options. Allowed: " +
                             std::string(kAllowedStatements));
    }
    prefix = "EXPLAIN ";
    sql.erase(0, tokens[0].end());
  }

  const json tree = parse_one_select(connection, sql);
  TreeInspector inspector(sql, TreeInspector::Text::kOfClient);
  inspector.inspect(tree);
  if (inspector.has_edits()) {
    sql = std::move(inspector).edited();
    check_edited(connection, sql);
  }
  return {prefix + sql, renamed_columns(tree)};
}

}  // namespace micromegas::query
