#include "flight/flight_sql_server.h"

#include <chrono>
#include <utility>
#include <variant>

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "base/error.h"
#include "flight/authentication.h"
#include "flight/call_headers.h"
#include "flight/catalog.h"
#include "flight/flight_status.h"
#include "flight/query_stream.h"
#include "flight/sql_info.h"
#include "query/status.h"

namespace micromegas::flight {
namespace {

namespace fl = arrow::flight;
using query::check;

/// How long running queries may go on when the server is told to stop.
constexpr std::chrono::seconds kGrace{2};

constexpr char kCreate[] = "CreatePreparedStatement";
constexpr char kClose[] = "ClosePreparedStatement";

HeaderLookup headers_of(const fl::ServerCallContext& context) {
  const auto* headers = &context.incoming_headers();
  return [headers](std::string_view name) -> std::optional<std::string_view> {
    const auto found = headers->find(name);
    return found == headers->end() ? std::nullopt : std::optional(found->second);
  };
}

/// Runs a handler; what it throws becomes the status of the call.
template <class Handler>
arrow::Status answered(Handler handler) {
  try {
    return handler();
  } catch (const Error& error) {
    return status_of(error);
  } catch (const std::exception& error) {
    return status_of(Error(ErrorKind::kInternal, error.what()));
  }
}

/// The SQL of a command, when it is a statement.
const std::string* sql_of(const Command& command) {
  if (const auto* query = std::get_if<CommandStatementQuery>(&command)) return &query->query;
  if (const auto* ticket = std::get_if<TicketStatementQuery>(&command)) {
    return &ticket->statement_handle;
  }
  if (const auto* prepared = std::get_if<CommandPreparedStatementQuery>(&command)) {
    return &prepared->prepared_statement_handle;
  }
  return nullptr;
}

Error not_served(const std::string& what) {
  return Error(ErrorKind::kUnimplemented, what + " is not offered by this server");
}

const std::string& command_of(const fl::FlightDescriptor& descriptor) {
  if (descriptor.type != fl::FlightDescriptor::CMD) {
    throw invalid_argument("the descriptor is a path: expected a Flight SQL command");
  }
  return descriptor.cmd;
}

}  // namespace

FlightSqlServer::FlightSqlServer(std::shared_ptr<lake::Lake> lake,
                                 const query::EngineOptions& options)
    : engine_(std::move(lake), options) {}

FlightSqlServer::~FlightSqlServer() { FlightSqlServer::stop(); }

void FlightSqlServer::listen(const std::string& host, int port, auth::ApiKeys keys) {
  const std::string address = host + ":" + std::to_string(port);
  auto location = fl::Location::ForGrpcTcp(host, port);
  if (!location.ok()) throw unavailable("Flight: cannot listen on " + address);
  fl::FlightServerOptions options(*location);
  add_authentication(options, std::move(keys));
  const auto status = Init(options);
  if (!status.ok()) {
    throw unavailable("Flight: cannot listen on " + address + ": " + status.message());
  }
  listening_ = true;
}

int FlightSqlServer::port() const { return FlightServerBase::port(); }

void FlightSqlServer::stop() {
  if (!std::exchange(listening_, false)) return;
  const auto deadline = std::chrono::system_clock::now() + kGrace;
  // Past the deadline gRPC marks the calls as cancelled, and the watcher tells the queries.
  (void)Shutdown(&deadline);
  (void)Wait();
}

std::shared_ptr<arrow::Schema> FlightSqlServer::schema_of_sql(const Context& context,
                                                              const std::string& sql) {
  // Planning can take its time, and fail, as a query does.
  const auto headers = headers_of(context);
  const auto options = request_options(headers);
  QueryAudit audit(caller_of(context), client_type(headers), sql, options);
  const CallWatcher::Watch watch(watcher_, context, options.cancel);
  try {
    auto schema = engine_.schema_of(sql, options);
    audit.was_only_planned();
    return schema;
  } catch (const Error& error) {
    static_cast<void>(audit.failed(error));
    throw;
  }
}

std::shared_ptr<arrow::RecordBatch> FlightSqlServer::catalog_answer(const Context& context,
                                                                    const Command& command) {
  if (const auto* info = std::get_if<CommandGetSqlInfo>(&command)) return sql_info(info->info);
  if (std::holds_alternative<CommandGetCatalogs>(command)) return catalogs();
  if (std::holds_alternative<CommandGetTableTypes>(command)) return table_types();
  if (const auto* schemas = std::get_if<CommandGetDbSchemas>(&command)) return db_schemas(*schemas);
  if (const auto* wanted = std::get_if<CommandGetTables>(&command)) {
    return tables(*wanted, [&](const std::string& table) {
      return schema_of_sql(context, "SELECT * FROM " + table);
    });
  }
  if (const auto* other = std::get_if<UnservedCommand>(&command)) throw not_served(other->name);
  return nullptr;
}

std::shared_ptr<arrow::Schema> FlightSqlServer::schema_of(const Context& context,
                                                          const Command& command) {
  if (const auto* sql = sql_of(command)) return schema_of_sql(context, *sql);
  return catalog_answer(context, command)->schema();
}

arrow::Status FlightSqlServer::GetFlightInfo(const Context& context, const Descriptor& request,
                                             std::unique_ptr<fl::FlightInfo>* info) {
  return answered([&] {
    const Command command = decode_command(command_of(request));
    const auto schema = schema_of(context, command);
    const auto* statement = std::get_if<CommandStatementQuery>(&command);
    fl::FlightEndpoint endpoint;
    endpoint.ticket.ticket =
        statement == nullptr ? request.cmd : encode_statement_ticket(statement->query);
    *info = std::make_unique<fl::FlightInfo>(
        check(fl::FlightInfo::Make(*schema, request, {endpoint}, -1, -1)));
    return arrow::Status::OK();
  });
}

arrow::Status FlightSqlServer::GetSchema(const Context& context, const Descriptor& request,
                                         std::unique_ptr<fl::SchemaResult>* schema) {
  return answered([&] {
    const auto found = schema_of(context, decode_command(command_of(request)));
    *schema = check(fl::SchemaResult::Make(*found));
    return arrow::Status::OK();
  });
}

arrow::Status FlightSqlServer::DoGet(const Context& context, const fl::Ticket& request,
                                     std::unique_ptr<fl::FlightDataStream>* stream) {
  return answered([&] {
    const Command command = decode_ticket(request.ticket);
    if (const auto* sql = sql_of(command)) return run(context, *sql, stream);
    const auto answer = catalog_answer(context, command);
    *stream = std::make_unique<fl::RecordBatchStream>(
        check(arrow::RecordBatchReader::Make({answer}, answer->schema())));
    return arrow::Status::OK();
  });
}

arrow::Status FlightSqlServer::run(const Context& context, const std::string& sql,
                                   std::unique_ptr<fl::FlightDataStream>* stream) {
  const auto headers = headers_of(context);
  const auto options = request_options(headers);
  auto audit = std::make_unique<QueryAudit>(caller_of(context), client_type(headers), sql, options);
  auto watch = std::make_unique<CallWatcher::Watch>(watcher_, context, options.cancel);
  try {
    auto rows = engine_.execute(sql, options);
    *stream = std::make_unique<QueryStream>(std::move(rows), std::move(audit), std::move(watch));
    return arrow::Status::OK();
  } catch (const Error& error) {
    return audit->failed(error);
  }
}

arrow::Status FlightSqlServer::DoAction(const Context& context, const fl::Action& action,
                                        std::unique_ptr<fl::ResultStream>* result) {
  return answered([&] {
    const std::string_view body =
        action.body == nullptr ? std::string_view() : static_cast<std::string_view>(*action.body);
    std::vector<fl::Result> answers;
    if (action.type == kCreate) {
      const auto request = decode_create_prepared_statement(body);
      const auto schema = schema_of_sql(context, request.query);
      fl::Result answer;
      answer.body = arrow::Buffer::FromString(
          encode({request.query, serialized(*schema, /*end_of_stream=*/true)}));
      answers.push_back(std::move(answer));
    } else if (action.type == kClose) {
      decode_close_prepared_statement(body);
    } else {
      throw not_served("the action '" + action.type.substr(0, 100) + "'");
    }
    *result = std::make_unique<fl::SimpleResultStream>(std::move(answers));
    return arrow::Status::OK();
  });
}

arrow::Status FlightSqlServer::ListActions(const Context&, std::vector<fl::ActionType>* actions) {
  *actions = {{kCreate, "Plans a statement; its handle is its text."},
              {kClose, "Accepted; there is nothing to close."}};
  return arrow::Status::OK();
}

arrow::Status FlightSqlServer::ListFlights(const Context&, const fl::Criteria*,
                                           std::unique_ptr<fl::FlightListing>*) {
  return status_of(not_served("ListFlights"));
}

arrow::Status FlightSqlServer::DoPut(const Context&, std::unique_ptr<fl::FlightMessageReader>,
                                     std::unique_ptr<fl::FlightMetadataWriter>) {
  return status_of(not_served("DoPut"));
}

arrow::Status FlightSqlServer::DoExchange(const Context&, std::unique_ptr<fl::FlightMessageReader>,
                                          std::unique_ptr<fl::FlightMessageWriter>) {
  return status_of(not_served("DoExchange"));
}

}  // namespace micromegas::flight
