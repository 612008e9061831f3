#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace arrow {
class RecordBatch;
}

namespace micromegas::flight {

/// The answer to CommandGetSqlInfo: what this server is and can, by the numbers that Flight SQL
/// gives to such facts. Numbers that we know nothing of are left out; an empty list asks for all.
std::shared_ptr<arrow::RecordBatch> sql_info(const std::vector<std::uint32_t>& ids);

}  // namespace micromegas::flight
