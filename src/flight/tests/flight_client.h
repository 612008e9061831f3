#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/flight/client.h>

#include "flight/server.h"
#include "recorded_process.h"

namespace micromegas::flight {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// What a call ended with: the name of its gRPC status as Arrow tells it, and the text.
struct Outcome {
  std::string status = "OK";
  std::string text;
};

/// Arrow's client against a server of ours.
class Client {
 public:
  explicit Client(int port);

  /// One DoGet with the ticket that the Python client makes. Rows one a line, values separated by
  /// " | "; `outcome` gets how it ended.
  std::string rows(const std::string& sql, const Headers& headers = {});
  Outcome outcome(const std::string& sql, const Headers& headers = {});

  /// A DoGet with any bytes as its ticket.
  Outcome get(const std::string& ticket, const Headers& headers = {});
  /// A GetFlightInfo with any bytes as its command.
  Outcome info(const std::string& command, const Headers& headers = {});
  Outcome action(const std::string& type, const std::string& body);

  arrow::flight::FlightClient& raw() { return *client_; }

 private:
  std::unique_ptr<arrow::flight::FlightClient> client_;
};

/// A recorded process behind a server.
class ServedProcess : public views::RecordedProcess {
 public:
  explicit ServedProcess(ServerOptions options = {});

  Server& server() { return *server_; }
  Client connect() { return Client(server_->port()); }
  std::string view(const std::string& view_set) const {
    return "view_instance('" + view_set + "', '" + process_id().to_string() + "')";
  }

 private:
  std::unique_ptr<Server> server_;
};

/// `message` (bytes of protobuf) in a google.protobuf.Any of type arrow.flight.protocol.sql.`name`.
std::string any(std::string_view name, std::string_view message);

/// A protobuf field of text or bytes.
std::string field(int tag, std::string_view value);

arrow::flight::FlightCallOptions call_options(const Headers& headers);
Outcome outcome_of(const arrow::Status& status);

}  // namespace micromegas::flight
