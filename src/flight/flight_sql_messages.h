#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace micromegas::flight {

// The messages of Flight SQL that we speak: protobuf, package arrow.flight.protocol.sql, each in a
// google.protobuf.Any on the wire. Read by protozero rather than by a protobuf library, since
// Arrow's Flight library holds one of its own that a second one would clash with.
//
// Unknown fields are skipped. What is no protobuf, or a field of the wrong kind, throws
// `Error{kInvalidArgument}` naming the message.

struct CommandStatementQuery {
  std::string query;
};
struct TicketStatementQuery {
  std::string statement_handle;  ///< The SQL text, here as in the original.
};
struct CommandPreparedStatementQuery {
  std::string prepared_statement_handle;  ///< The SQL text again: we keep no state.
};
struct CommandGetSqlInfo {
  std::vector<std::uint32_t> info;  ///< Empty: all.
};
struct CommandGetCatalogs {};
struct CommandGetDbSchemas {
  std::optional<std::string> catalog;
  std::optional<std::string> db_schema_filter_pattern;
};
struct CommandGetTables {
  std::optional<std::string> catalog;
  std::optional<std::string> db_schema_filter_pattern;
  std::optional<std::string> table_name_filter_pattern;
  std::vector<std::string> table_types;  ///< Empty: all.
  bool include_schema = false;
};
struct CommandGetTableTypes {};

/// A message of Flight SQL that we know of but do not serve, by its name.
struct UnservedCommand {
  std::string name;
};

/// What a descriptor or a ticket asks for.
using Command =
    std::variant<CommandStatementQuery, TicketStatementQuery, CommandPreparedStatementQuery,
                 CommandGetSqlInfo, CommandGetCatalogs, CommandGetDbSchemas, CommandGetTables,
                 CommandGetTableTypes, UnservedCommand>;

/// Reads the bytes of a descriptor's command: a message in an Any.
Command decode_command(std::string_view bytes);

/// The same for a ticket, which may also be a bare TicketStatementQuery (as the original issues).
Command decode_ticket(std::string_view bytes);

/// A statement's ticket: TicketStatementQuery in an Any, as the Python client makes it itself.
std::string encode_statement_ticket(std::string_view sql);

struct ActionCreatePreparedStatementRequest {
  std::string query;
};
ActionCreatePreparedStatementRequest decode_create_prepared_statement(std::string_view bytes);

struct ActionCreatePreparedStatementResult {
  std::string prepared_statement_handle;
  std::string dataset_schema;  ///< IPC stream: schema message, end of stream.
};
std::string encode(const ActionCreatePreparedStatementResult& result);

/// Checks that it is one; there is nothing to close.
void decode_close_prepared_statement(std::string_view bytes);

}  // namespace micromegas::flight
