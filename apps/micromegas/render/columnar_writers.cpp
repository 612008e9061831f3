#include "apps/micromegas/render/columnar_writers.h"

#include <utility>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include "apps/micromegas/target/arrow_error.h"

namespace micromegas::cli {
namespace {

using Output = std::shared_ptr<arrow::io::OutputStream>;

class ParquetWriter final : public ResultWriter {
 public:
  explicit ParquetWriter(Output out) : out_(std::move(out)) {}

  void begin(const std::shared_ptr<arrow::Schema>& schema) override {
    const auto file = parquet::WriterProperties::Builder()
                          .compression(parquet::Compression::ZSTD)
                          ->version(parquet::ParquetVersion::PARQUET_2_6)
                          ->build();
    const auto types = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    writer_ = value_or_throw(
        parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), out_, file, types));
  }

  // Rows of many small batches share a row group until it is full.
  void write(const arrow::RecordBatch& batch) override { check(writer_->WriteRecordBatch(batch)); }

  void finish() override {
    check(writer_->Close());
    check(out_->Flush());
  }

 private:
  Output out_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

class ArrowWriter final : public ResultWriter {
 public:
  explicit ArrowWriter(Output out) : out_(std::move(out)) {}

  void begin(const std::shared_ptr<arrow::Schema>& schema) override {
    writer_ = value_or_throw(arrow::ipc::MakeStreamWriter(out_, schema));
  }
  void write(const arrow::RecordBatch& batch) override { check(writer_->WriteRecordBatch(batch)); }
  void finish() override {
    check(writer_->Close());
    check(out_->Flush());
  }

 private:
  Output out_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

}  // namespace

std::unique_ptr<ResultWriter> make_parquet_writer(Output out) {
  return std::make_unique<ParquetWriter>(std::move(out));
}

std::unique_ptr<ResultWriter> make_arrow_writer(Output out) {
  return std::make_unique<ArrowWriter>(std::move(out));
}

}  // namespace micromegas::cli
