#include "flight/flight_sql_messages.h"

#include <exception>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/error.h"

namespace micromegas::flight {
namespace {

constexpr std::string_view kTypePrefix = "type.googleapis.com/arrow.flight.protocol.sql.";

using protozero::pbf_reader;

struct Any {
  std::string_view type_url;
  std::string_view value;
};

std::string_view view_of(const protozero::data_view& data) { return {data.data(), data.size()}; }

std::string text_of(pbf_reader& reader) { return std::string(view_of(reader.get_view())); }

/// Runs `read` over the fields of a message; its complaints get the message's name.
template <class Read>
void each_field(std::string_view name, std::string_view bytes, Read read) {
  try {
    pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      if (!read(reader)) reader.skip();
    }
  } catch (const protozero::exception& error) {
    throw invalid_argument(std::string(name) + ": malformed protobuf (" + error.what() + ")");
  }
}

bool is_text(const pbf_reader& reader) {
  return reader.wire_type() == protozero::pbf_wire_type::length_delimited;
}

Any read_any(std::string_view bytes) {
  Any any;
  each_field("google.protobuf.Any", bytes, [&](pbf_reader& reader) {
    if (reader.tag() == 1 && is_text(reader)) {
      any.type_url = view_of(reader.get_view());
    } else if (reader.tag() == 2 && is_text(reader)) {
      any.value = view_of(reader.get_view());
    } else {
      return false;
    }
    return true;
  });
  return any;
}

std::string write_any(std::string_view name, std::string_view message) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  writer.add_string(1, std::string(kTypePrefix).append(name));
  writer.add_bytes(2, message.data(), message.size());
  return bytes;
}

/// The one text or bytes field `tag` of a message.
std::string read_text(std::string_view name, std::string_view bytes, std::uint32_t tag) {
  std::string text;
  each_field(name, bytes, [&](pbf_reader& reader) {
    if (reader.tag() != tag || !is_text(reader)) return false;
    text = text_of(reader);
    return true;
  });
  return text;
}

CommandGetSqlInfo read_sql_info(std::string_view bytes) {
  CommandGetSqlInfo command;
  each_field("CommandGetSqlInfo", bytes, [&](pbf_reader& reader) {
    if (reader.tag() != 1) return false;
    if (is_text(reader)) {
      for (const auto id : reader.get_packed_uint32()) command.info.push_back(id);
    } else {
      command.info.push_back(reader.get_uint32());
    }
    return true;
  });
  return command;
}

CommandGetDbSchemas read_db_schemas(std::string_view bytes) {
  CommandGetDbSchemas command;
  each_field("CommandGetDbSchemas", bytes, [&](pbf_reader& reader) {
    if (!is_text(reader) || reader.tag() > 2) return false;
    (reader.tag() == 1 ? command.catalog : command.db_schema_filter_pattern) = text_of(reader);
    return true;
  });
  return command;
}

CommandGetTables read_tables(std::string_view bytes) {
  CommandGetTables command;
  each_field("CommandGetTables", bytes, [&](pbf_reader& reader) {
    switch (reader.tag()) {
      case 1:
        command.catalog = text_of(reader);
        return true;
      case 2:
        command.db_schema_filter_pattern = text_of(reader);
        return true;
      case 3:
        command.table_name_filter_pattern = text_of(reader);
        return true;
      case 4:
        command.table_types.push_back(text_of(reader));
        return true;
      case 5:
        command.include_schema = reader.get_bool();
        return true;
      default:
        return false;
    }
  });
  return command;
}

Command read_command(std::string_view name, std::string_view bytes) {
  if (name == "CommandStatementQuery") return CommandStatementQuery{read_text(name, bytes, 1)};
  if (name == "TicketStatementQuery") return TicketStatementQuery{read_text(name, bytes, 1)};
  if (name == "CommandPreparedStatementQuery") {
    return CommandPreparedStatementQuery{read_text(name, bytes, 1)};
  }
  if (name == "CommandGetSqlInfo") return read_sql_info(bytes);
  if (name == "CommandGetCatalogs") return CommandGetCatalogs{};
  if (name == "CommandGetDbSchemas") return read_db_schemas(bytes);
  if (name == "CommandGetTables") return read_tables(bytes);
  if (name == "CommandGetTableTypes") return CommandGetTableTypes{};
  return UnservedCommand{std::string(name)};
}

/// The message of a given name in an Any.
std::string_view unwrap(std::string_view name, std::string_view bytes) {
  const Any any = read_any(bytes);
  if (any.type_url != std::string(kTypePrefix).append(name)) {
    throw invalid_argument("expected " + std::string(name) + ", found '" +
                           std::string(any.type_url.substr(0, 100)) + "'");
  }
  return any.value;
}

}  // namespace

Command decode_command(std::string_view bytes) {
  const Any any = read_any(bytes);
  if (!any.type_url.starts_with(kTypePrefix)) {
    throw invalid_argument("the command is no Flight SQL message");
  }
  return read_command(any.type_url.substr(kTypePrefix.size()), any.value);
}

Command decode_ticket(std::string_view bytes) {
  const Any any = read_any(bytes);
  if (any.type_url.starts_with(kTypePrefix)) {
    return read_command(any.type_url.substr(kTypePrefix.size()), any.value);
  }
  // Field 1 of a bare TicketStatementQuery is the SQL, where an Any has its type.
  if (any.type_url.empty()) throw invalid_argument("the ticket is no Flight SQL message");
  return TicketStatementQuery{std::string(any.type_url)};
}

std::string encode_statement_ticket(std::string_view sql) {
  std::string message;
  protozero::pbf_writer(message).add_bytes(1, sql.data(), sql.size());
  return write_any("TicketStatementQuery", message);
}

ActionCreatePreparedStatementRequest decode_create_prepared_statement(std::string_view bytes) {
  constexpr std::string_view kName = "ActionCreatePreparedStatementRequest";
  return {read_text(kName, unwrap(kName, bytes), 1)};
}

std::string encode(const ActionCreatePreparedStatementResult& result) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_bytes(1, result.prepared_statement_handle);
  writer.add_bytes(2, result.dataset_schema);
  return write_any("ActionCreatePreparedStatementResult", message);
}

void decode_close_prepared_statement(std::string_view bytes) {
  constexpr std::string_view kName = "ActionClosePreparedStatementRequest";
  read_text(kName, unwrap(kName, bytes), 1);
}

}  // namespace micromegas::flight
