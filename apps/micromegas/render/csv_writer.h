#pragma once

#include <memory>
#include <string>
#include <utility>

#include "apps/micromegas/render/result_writer.h"

namespace micromegas::cli {

/// RFC 4180 with a header line and LF line ends. NULL is an empty field; empty text is `""`, so
/// that the two can be told apart.
class CsvWriter final : public ResultWriter {
 public:
  explicit CsvWriter(std::shared_ptr<arrow::io::OutputStream> out) : out_(std::move(out)) {}

  void begin(const std::shared_ptr<arrow::Schema>& schema) override;
  void write(const arrow::RecordBatch& batch) override;
  void finish() override;

 private:
  std::shared_ptr<arrow::io::OutputStream> out_;
};

}  // namespace micromegas::cli
