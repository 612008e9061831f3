#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apps/micromegas/render/result_writer.h"

namespace arrow {
class DataType;
class RecordBatch;
}  // namespace arrow

namespace micromegas::cli {

/// A column of a batch made in a test: its values as a JSON array (`[1, null, 3]`).
struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json_values;
};

std::shared_ptr<arrow::RecordBatch> batch_of(const std::vector<TestColumn>& columns);

/// What a writer makes of batches (which share the first one's schema).
std::string rendered(OutputFormat format,
                     const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                     const TableStyle& style = {});

}  // namespace micromegas::cli
