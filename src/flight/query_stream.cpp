#include "flight/query_stream.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <arrow/record_batch.h>
#include <spdlog/spdlog.h>

#include "base/counters.h"
#include "base/ids.h"
#include "flight/flight_status.h"
#include "query/status.h"

namespace micromegas::flight {
namespace {

Counter queries("micromegas_queries_total", "Queries answered, well or not.");
Counter failures("micromegas_query_failures_total", "Queries that ended with an error.");
Counter rows_sent("micromegas_query_rows_total", "Rows sent to clients.");

/// Longer statements are cut in the log.
constexpr std::size_t kLoggedSql = 200;

/// On one line, so that nobody writes lines of his own into our log.
std::string one_line(std::string text) {
  if (text.size() > kLoggedSql) text.resize(kLoggedSql);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return text;
}

/// Counts the rows that pass.
class CountingReader : public arrow::RecordBatchReader {
 public:
  CountingReader(std::shared_ptr<arrow::RecordBatchReader> rows, QueryAudit& audit)
      : rows_(std::move(rows)), audit_(audit) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    const auto status = rows_->ReadNext(batch);
    if (!status.ok()) return status;
    if (*batch != nullptr) {
      audit_.add_rows((*batch)->num_rows());
    } else {
      audit_.succeeded();
    }
    return status;
  }

  arrow::Status Close() override { return rows_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> rows_;
  QueryAudit& audit_;
};

}  // namespace

QueryAudit::QueryAudit(std::string caller, std::string client_type, std::string sql,
                       const query::RequestOptions& options)
    : query_id_(Uuid::random().to_string()),
      caller_(std::move(caller)),
      client_type_(std::move(client_type)),
      sql_(one_line(std::move(sql))),
      range_(options.range
                 ? to_rfc3339(options.range->begin) + ".." + to_rfc3339(options.range->end)
                 : "-") {}

QueryAudit::~QueryAudit() {
  if (!is_query_) return;
  const std::chrono::duration<double, std::milli> duration =
      std::chrono::steady_clock::now() - begin_;
  queries.add();
  rows_sent.add(static_cast<std::uint64_t>(rows_));
  if (status_ != "ok") failures.add();
  spdlog::info("query {} caller={} client={} status=\"{}\" rows={} ms={:.1f} range={} sql=\"{}\"",
               query_id_, caller_, client_type_, status_, rows_, duration.count(), range_, sql_);
}

arrow::Status QueryAudit::failed(const Error& error) {
  status_ = std::string(to_string(error.kind()));
  if (error.kind() == ErrorKind::kInternal) {
    spdlog::error("query {} failed: {}", query_id_, error.what());
  }
  return status_of(error, query_id_);
}

QueryStream::QueryStream(std::shared_ptr<arrow::RecordBatchReader> rows,
                         std::unique_ptr<QueryAudit> audit,
                         std::unique_ptr<CallWatcher::Watch> watch)
    : audit_(std::move(audit)), watch_(std::move(watch)) {
  stream_ = std::make_unique<arrow::flight::RecordBatchStream>(
      std::make_shared<CountingReader>(std::move(rows), *audit_));
}

QueryStream::~QueryStream() = default;

std::shared_ptr<arrow::Schema> QueryStream::schema() { return stream_->schema(); }

arrow::Result<arrow::flight::FlightPayload> QueryStream::GetSchemaPayload() {
  return stream_->GetSchemaPayload();
}

arrow::Result<arrow::flight::FlightPayload> QueryStream::Next() {
  auto payload = stream_->Next();
  if (!payload.ok()) return audit_->failed(query::to_error(payload.status()));
  return payload;
}

arrow::Status QueryStream::Close() { return stream_->Close(); }

}  // namespace micromegas::flight
