#include "flight_client.h"

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <spdlog/spdlog.h>

#include "query/status.h"
#include "result_text.h"

namespace micromegas::flight {
namespace {

namespace fl = arrow::flight;

std::string varint(std::size_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes += static_cast<char>(value);
}

ServerOptions on_any_port(ServerOptions options) {
  options.port = 0;
  spdlog::set_level(spdlog::level::off);
  return options;
}

}  // namespace

std::string field(int tag, std::string_view value) {
  return varint(static_cast<std::size_t>(tag) << 3 | 2) + varint(value.size()) + std::string(value);
}

std::string any(std::string_view name, std::string_view message) {
  return field(1, "type.googleapis.com/arrow.flight.protocol.sql." + std::string(name)) +
         field(2, message);
}

fl::FlightCallOptions call_options(const Headers& headers) {
  fl::FlightCallOptions options;
  options.headers = headers;
  options.read_options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  return options;
}

Outcome outcome_of(const arrow::Status& status) {
  if (status.ok()) return {};
  std::string name = status.CodeAsString();
  if (const auto detail = fl::FlightStatusDetail::UnwrapStatus(status))
    name = detail->CodeAsString();
  return {name, status.message()};
}

Client::Client(int port)
    : client_(query::check(
          fl::FlightClient::Connect(query::check(fl::Location::ForGrpcTcp("127.0.0.1", port))))) {}

std::string Client::rows(const std::string& sql, const Headers& headers) {
  auto stream = query::check(
      client_->DoGet(call_options(headers), {any("TicketStatementQuery", field(1, sql))}));
  const auto reader = query::check(fl::MakeRecordBatchReader(std::move(stream)));
  return query::rows_text(*reader);
}

Outcome Client::outcome(const std::string& sql, const Headers& headers) {
  return get(any("TicketStatementQuery", field(1, sql)), headers);
}

Outcome Client::get(const std::string& ticket, const Headers& headers) {
  auto stream = client_->DoGet(call_options(headers), {ticket});
  if (!stream.ok()) return outcome_of(stream.status());
  return outcome_of((*stream)->ToTable().status());
}

Outcome Client::info(const std::string& command, const Headers& headers) {
  return outcome_of(
      client_->GetFlightInfo(call_options(headers), fl::FlightDescriptor::Command(command))
          .status());
}

Outcome Client::action(const std::string& type, const std::string& body) {
  auto results = client_->DoAction(fl::Action{type, arrow::Buffer::FromString(body)});
  if (!results.ok()) return outcome_of(results.status());
  for (;;) {
    const auto result = (*results)->Next();
    if (!result.ok()) return outcome_of(result.status());
    if (*result == nullptr) return {};
  }
}

ServedProcess::ServedProcess(ServerOptions options)
    : server_(Server::start(lake().lake(), on_any_port(std::move(options)))) {}

}  // namespace micromegas::flight
