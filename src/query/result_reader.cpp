#include "query/result_reader.h"

#include <limits>
#include <utility>
#include <vector>

#include <arrow/array/concatenate.h>
#include <arrow/c/bridge.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

#include "query/duckdb_error.h"
#include "query/status.h"
#include "query/wire_types.h"

namespace micromegas::query {
namespace {

constexpr std::int64_t kMaxRows = 65'536;
constexpr std::int64_t kMaxBytes = 2 * 1024 * 1024 - 64 * 1024;  // Leaves room for the envelope.

std::int64_t bytes_of(const arrow::RecordBatch& batch) {
  return check(arrow::util::ReferencedBufferSize(batch));
}

/// Appends the batch in pieces that fit into a message each, as far as single rows allow.
void append_pieces(std::shared_ptr<arrow::RecordBatch> batch,
                   std::deque<std::shared_ptr<arrow::RecordBatch>>& pieces) {
  const std::int64_t rows = batch->num_rows();
  if (rows > 1 && bytes_of(*batch) > kMaxBytes) {
    append_pieces(batch->Slice(0, rows / 2), pieces);
    append_pieces(batch->Slice(rows / 2), pieces);
  } else {
    pieces.push_back(std::move(batch));
  }
}

std::shared_ptr<arrow::RecordBatch> joined(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& pieces,
    const std::shared_ptr<arrow::Schema>& schema) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  std::int64_t rows = 0;
  for (const auto& piece : pieces) rows += piece->num_rows();
  for (int i = 0; i < schema->num_fields(); ++i) {
    arrow::ArrayVector parts;
    for (const auto& piece : pieces) parts.push_back(piece->column(i));
    auto column = parts.size() == 1 ? parts[0] : check(arrow::Concatenate(parts));
    const bool encode = schema->field(i)->type()->id() == arrow::Type::DICTIONARY;
    columns.push_back(encode ? dictionary_encoded(*column) : std::move(column));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

}  // namespace

ResultReader::ResultReader(std::unique_ptr<RunningQuery> query)
    : schema_(query->schema()),
      query_(std::move(query)),
      rows_left_(
          query_->request().options.limit.value_or(std::numeric_limits<std::uint64_t>::max())) {}

arrow::Status ResultReader::ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) {
  try {
    *batch = read_next();
    return arrow::Status::OK();
  } catch (const Error& error) {
    return to_status(error);
  } catch (const std::exception& error) {
    return to_status(Error(ErrorKind::kInternal, error.what()));
  }
}

arrow::Status ResultReader::Close() {
  pieces_.clear();
  query_ = nullptr;
  return arrow::Status::OK();
}

std::shared_ptr<arrow::RecordBatch> ResultReader::read_next() {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batch;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  while (!pieces_.empty() || read_chunk()) {
    const auto& piece = pieces_.front();
    rows += piece->num_rows();
    bytes += bytes_of(*piece);
    if (!batch.empty() && (rows > kMaxRows || bytes > kMaxBytes)) break;
    batch.push_back(std::move(pieces_.front()));
    pieces_.pop_front();
  }
  return batch.empty() ? nullptr : joined(batch, schema_);
}

bool ResultReader::read_chunk() {
  if (query_ == nullptr) return false;
  const DuckdbChunk chunk = rows_left_ == 0 ? DuckdbChunk() : query_->next_chunk();
  if (!chunk || duckdb_data_chunk_get_size(chunk.get()) == 0) {
    query_ = nullptr;  // Its memory and threads are others' now.
    return false;
  }
  ArrowArray c_array{};
  check(duckdb_data_chunk_to_arrow(query_->arrow_options(), chunk.get(), &c_array));
  auto raw = check(arrow::ImportRecordBatch(&c_array, query_->duckdb_schema()));
  if (static_cast<std::uint64_t>(raw->num_rows()) > rows_left_) {
    raw = raw->Slice(0, static_cast<std::int64_t>(rows_left_));
  }
  rows_left_ -= static_cast<std::uint64_t>(raw->num_rows());

  // Dictionaries are made of whole batches, so their columns are plain strings until then.
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (int i = 0; i < raw->num_columns(); ++i) {
    const auto& field = schema_->field(i);
    const bool encode = field->type()->id() == arrow::Type::DICTIONARY;
    fields.push_back(encode ? field->WithType(arrow::utf8()) : field);
    columns.push_back(to_wire(raw->column(i), fields.back()->type()));
  }
  append_pieces(arrow::RecordBatch::Make(arrow::schema(std::move(fields)), raw->num_rows(),
                                         std::move(columns)),
                pieces_);
  return true;
}

}  // namespace micromegas::query
