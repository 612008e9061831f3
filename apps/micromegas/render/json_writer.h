#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/micromegas/render/result_writer.h"

namespace micromegas::cli {

/// One JSON object a line (NDJSON). Integers are written with all their digits, times as RFC 3339
/// text, property sets and nested values as objects and arrays.
class JsonWriter final : public ResultWriter {
 public:
  explicit JsonWriter(std::shared_ptr<arrow::io::OutputStream> out) : out_(std::move(out)) {}

  void begin(const std::shared_ptr<arrow::Schema>& schema) override;
  void write(const arrow::RecordBatch& batch) override;
  void finish() override;

 private:
  std::shared_ptr<arrow::io::OutputStream> out_;
  std::vector<std::string> keys_;  ///< `"name":`, once for all rows.
};

}  // namespace micromegas::cli
