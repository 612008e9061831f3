#include "apps/micromegas/target/flight_target.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <arrow/flight/client.h>
#include <arrow/record_batch.h>

#include "apps/micromegas/target/arrow_error.h"
#include "base/error.h"
#include "flight/flight_sql_messages.h"

namespace micromegas::cli {
namespace {

namespace arrow_flight = arrow::flight;

constexpr auto kCancelPoll = std::chrono::milliseconds(50);

/// Passes a question's cancellation on to a call that may be waiting for the server. Ends with the
/// reader that it watches over.
class CancelWatch {
 public:
  CancelWatch(CancellationToken cancel, arrow_flight::FlightStreamReader& call)
      : thread_([this, cancel = std::move(cancel), &call] { watch(cancel, call); }) {}
  CancelWatch(const CancelWatch&) = delete;
  CancelWatch& operator=(const CancelWatch&) = delete;
  ~CancelWatch() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

 private:
  void watch(const CancellationToken& cancel, arrow_flight::FlightStreamReader& call) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kCancelPoll, [this] { return over_; })) {
      if (cancel.cancelled()) return call.Cancel();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

/// The rows of one call.
class AnswerReader final : public arrow::RecordBatchReader {
 public:
  AnswerReader(std::unique_ptr<arrow_flight::FlightStreamReader> call,
               const CancellationToken& cancel)
      : call_(std::move(call)), watch_(cancel, *call_) {}

  /// Waits for the first message of the server.
  arrow::Status read_schema() { return call_->GetSchema().Value(&schema_); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    // Messages may carry metadata alone: only a chunk without both is the end.
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto chunk, call_->Next());
      *batch = std::move(chunk.data);
      if (*batch != nullptr || chunk.app_metadata == nullptr) return arrow::Status::OK();
    }
  }

 private:
  std::unique_ptr<arrow_flight::FlightStreamReader> call_;
  CancelWatch watch_;
  std::shared_ptr<arrow::Schema> schema_;
};

class FlightTarget final : public QueryTarget {
 public:
  FlightTarget(std::string uri, const std::string& api_key) : uri_(std::move(uri)) {
    const auto location = arrow_flight::Location::Parse(uri_);
    if (!location.ok()) throw invalid_argument("'" + uri_ + "' is not the address of a server");
    client_ = value_or_throw(arrow_flight::FlightClient::Connect(*location));
    headers_.emplace_back("x-client-type", "micromegas-cli");
    if (!api_key.empty()) headers_.emplace_back("authorization", "Bearer " + api_key);
  }

  std::shared_ptr<arrow::RecordBatchReader> ask(const Question& question) override {
    arrow_flight::FlightCallOptions options;
    options.headers = headers_;
    // A message's columns begin where gRPC happened to put them.
    options.read_options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
    if (question.range) {
      options.headers.emplace_back("query_range_begin", to_rfc3339(question.range->begin));
      options.headers.emplace_back("query_range_end", to_rfc3339(question.range->end));
    }
    if (question.limit) options.headers.emplace_back("limit", std::to_string(*question.limit));
    try {
      auto call = value_or_throw(client_->DoGet(
          options, arrow_flight::Ticket(flight::encode_statement_ticket(question.sql))));
      auto answer = std::make_shared<AnswerReader>(std::move(call), question.cancel);
      check(answer->read_schema());
      return answer;
    } catch (const Error& error) {
      explain(error);
    }
  }

 private:
  [[noreturn]] void explain(const Error& error) const {
    switch (error.kind()) {
      case ErrorKind::kUnavailable:
        throw unavailable("no server answers at " + uri_ + " (" + error.what() +
                          ")\nStart one with `micromegas serve`, name another with --server or "
                          "MICROMEGAS_ANALYTICS_URI,\nor read a lake without any: --lake DIR");
      case ErrorKind::kUnauthenticated:
        throw Error(error.kind(), std::string(error.what()) +
                                      "\nThe server wants an API key: put it in "
                                      "MICROMEGAS_API_KEY or give --api-key-file FILE");
      default:
        throw error;
    }
  }

  std::string uri_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::unique_ptr<arrow_flight::FlightClient> client_;
};

bool replace_prefix(std::string& text, std::string_view from, std::string_view to) {
  if (text.compare(0, from.size(), from) != 0) return false;
  text.replace(0, from.size(), to);
  return true;
}

}  // namespace

std::string grpc_uri(const std::string& uri) {
  auto result = uri;
  if (replace_prefix(result, "http://", "grpc://")) return result;
  if (replace_prefix(result, "https://", "grpc+tls://")) return result;
  return result.find("://") == std::string::npos ? "grpc://" + result : result;
}

std::unique_ptr<QueryTarget> connect_flight_target(const std::string& uri,
                                                   const std::string& api_key) {
  return std::make_unique<FlightTarget>(grpc_uri(uri), api_key);
}

}  // namespace micromegas::cli
