#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/flight/server.h>

#include "auth/api_keys.h"
#include "flight/call_watcher.h"
#include "flight/flight_sql_messages.h"
#include "flight/server.h"
#include "query/engine.h"

namespace micromegas::flight {

/// The calls of Arrow Flight, understood as Flight SQL. A statement's ticket and the handle of a
/// prepared statement are its SQL text, so calls share no state; Arrow calls from many threads.
///
/// What the handlers throw becomes the call's status, in one place for each call.
class FlightSqlServer : public Server, private arrow::flight::FlightServerBase {
 public:
  FlightSqlServer(std::shared_ptr<lake::Lake> lake, const query::EngineOptions& options);
  ~FlightSqlServer() override;

  /// Throws `Error{kUnavailable}` naming the address.
  void listen(const std::string& host, int port, auth::ApiKeys keys);

  int port() const override;
  void stop() override;

 private:
  using Context = arrow::flight::ServerCallContext;
  using Descriptor = arrow::flight::FlightDescriptor;

  arrow::Status GetFlightInfo(const Context& context, const Descriptor& request,
                              std::unique_ptr<arrow::flight::FlightInfo>* info) override;
  arrow::Status GetSchema(const Context& context, const Descriptor& request,
                          std::unique_ptr<arrow::flight::SchemaResult>* schema) override;
  arrow::Status DoGet(const Context& context, const arrow::flight::Ticket& request,
                      std::unique_ptr<arrow::flight::FlightDataStream>* stream) override;
  arrow::Status DoAction(const Context& context, const arrow::flight::Action& action,
                         std::unique_ptr<arrow::flight::ResultStream>* result) override;
  arrow::Status ListActions(const Context& context,
                            std::vector<arrow::flight::ActionType>* actions) override;
  arrow::Status ListFlights(const Context& context, const arrow::flight::Criteria* criteria,
                            std::unique_ptr<arrow::flight::FlightListing>* listings) override;
  arrow::Status DoPut(const Context& context,
                      std::unique_ptr<arrow::flight::FlightMessageReader> reader,
                      std::unique_ptr<arrow::flight::FlightMetadataWriter> writer) override;
  arrow::Status DoExchange(const Context& context,
                           std::unique_ptr<arrow::flight::FlightMessageReader> reader,
                           std::unique_ptr<arrow::flight::FlightMessageWriter> writer) override;

  /// The schema of what a command gives, and the ticket that fetches it.
  std::shared_ptr<arrow::Schema> schema_of(const Context& context, const Command& command);
  std::shared_ptr<arrow::Schema> schema_of_sql(const Context& context, const std::string& sql);

  /// The answer to a question about the catalog; null when `command` is a statement.
  std::shared_ptr<arrow::RecordBatch> catalog_answer(const Context& context,
                                                     const Command& command);

  arrow::Status run(const Context& context, const std::string& sql,
                    std::unique_ptr<arrow::flight::FlightDataStream>* stream);

  query::Engine engine_;
  CallWatcher watcher_;
  bool listening_ = false;
};

}  // namespace micromegas::flight
