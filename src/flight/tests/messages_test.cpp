#include <catch2/catch.hpp>

#include "base/error.h"
#include "flight/call_headers.h"
#include "flight/catalog.h"
#include "flight/flight_sql_messages.h"
#include "flight_client.h"

namespace micromegas::flight {
namespace {

TEST_CASE("a ticket of ours is what the Python client builds itself", "[messages]") {
  CHECK(encode_statement_ticket("SELECT 1") == any("TicketStatementQuery", field(1, "SELECT 1")));
  const auto command = decode_ticket(encode_statement_ticket("SELECT 1"));
  CHECK(std::get<TicketStatementQuery>(command).statement_handle == "SELECT 1");
}

TEST_CASE("a bare ticket is understood too", "[messages]") {
  const auto command = decode_ticket(field(1, "SELECT 'é'"));
  CHECK(std::get<TicketStatementQuery>(command).statement_handle == "SELECT 'é'");
}

TEST_CASE("commands are read with what they hold, unknown fields skipped", "[messages]") {
  const auto query = decode_command(
      any("CommandStatementQuery", field(2, "transaction") + field(1, "SELECT 1") + field(9, "x")));
  CHECK(std::get<CommandStatementQuery>(query).query == "SELECT 1");

  const auto info = decode_command(any("CommandGetSqlInfo", "\x08\x05\x0a\x02\x08\x09"));
  CHECK(std::get<CommandGetSqlInfo>(info).info == std::vector<std::uint32_t>{5, 8, 9});

  const auto tables = std::get<CommandGetTables>(decode_command(
      any("CommandGetTables", field(1, "") + field(3, "p%") + field(4, "table") +
                                  field(4, "BASE TABLE") + std::string("\x28\x01", 2))));
  CHECK(tables.catalog == "");
  CHECK_FALSE(tables.db_schema_filter_pattern);
  CHECK(tables.table_name_filter_pattern == "p%");
  CHECK(tables.table_types == std::vector<std::string>{"table", "BASE TABLE"});
  CHECK(tables.include_schema);

  CHECK(std::get<UnservedCommand>(decode_command(any("CommandStatementUpdate", ""))).name ==
        "CommandStatementUpdate");
}

TEST_CASE("bytes that are no message are refused, wherever they were cut", "[messages]") {
  const std::string whole = any("CommandGetTables", field(3, "pattern") + field(4, "table"));
  const std::size_t type_only =
      any("CommandGetTables", "").size() - 2;  // A message without fields.
  for (std::size_t length = 0; length < whole.size(); ++length) {
    if (length == type_only) continue;
    CHECK_THROWS_AS(decode_command(whole.substr(0, length)), Error);
  }
  CHECK_THROWS_AS(decode_command("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), Error);
  CHECK_THROWS_AS(decode_command(field(1, "type.googleapis.com/google.protobuf.Empty")), Error);
  CHECK_THROWS_AS(decode_command(any("CommandStatementQuery", "\x0a\x7f")), Error);
  CHECK_THROWS_AS(decode_ticket(""), Error);
  CHECK_THROWS_AS(decode_create_prepared_statement(any("CommandStatementQuery", "")), Error);
}

query::RequestOptions options_of(const Headers& headers) {
  return request_options([&](std::string_view name) -> std::optional<std::string_view> {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return std::nullopt;
  });
}

TEST_CASE("headers give range, limit and dictionaries", "[headers]") {
  const auto options = options_of({{"query_range_begin", "2024-01-01T02:00:00.000000001+02:00"},
                                   {"query_range_end", "2024-01-01T00:00:01Z"},
                                   {"limit", "17"},
                                   {"preserve_dictionary", "True"}});
  CHECK(options.range->begin.ns == 1'704'067'200'000'000'001);
  CHECK(options.range->end.ns == 1'704'067'201'000'000'000);
  CHECK(options.limit == 17);
  CHECK(options.preserve_dictionary);
}

TEST_CASE("one end of a range, or an empty one, is no range", "[headers]") {
  CHECK_FALSE(options_of({{"query_range_begin", "2024-01-01T00:00:00Z"}}).range);
  CHECK_FALSE(
      options_of({{"query_range_begin", "2024-01-01T00:00:00Z"}, {"query_range_end", ""}}).range);
  CHECK_FALSE(options_of({}).limit);
  CHECK_FALSE(options_of({{"preserve_dictionary", "1"}}).preserve_dictionary);
}

TEST_CASE("a header that cannot be read is named", "[headers]") {
  CHECK_THROWS_WITH(options_of({{"query_range_end", "yesterday"}}),
                    Catch::StartsWith("header query_range_end: cannot read 'yesterday'"));
  CHECK_THROWS_WITH(options_of({{"query_range_begin", "2024-01-01T00:00:00"}}),
                    Catch::StartsWith("header query_range_begin"));
  for (const std::string limit : {"-1", "1.5", "many", "1 ", "99999999999999999999"}) {
    CHECK_THROWS_WITH(options_of({{"limit", limit}}), Catch::StartsWith("header limit"));
  }
}

TEST_CASE("a LIKE pattern has percent and underscore", "[catalog]") {
  CHECK(matches_like("processes", "%"));
  CHECK(matches_like("processes", "p%s"));
  CHECK(matches_like("processes", "%ces%"));
  CHECK(matches_like("processes", "proces_es"));
  CHECK(matches_like("", ""));
  CHECK(matches_like("", "%%"));
  CHECK_FALSE(matches_like("processes", "process"));
  CHECK_FALSE(matches_like("processes", "p%x"));
  CHECK_FALSE(matches_like("", "_"));
}

}  // namespace
}  // namespace micromegas::flight
