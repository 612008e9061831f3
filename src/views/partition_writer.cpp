#include "views/partition_writer.h"

#include <algorithm>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include "base/error.h"
#include "views/arrow_error.h"

namespace micromegas::views {
namespace {

/// Dictionaries of names outgrow Parquet's customary megabyte: beyond the limit every further text
/// would be written out in full.
constexpr std::int64_t kDictionaryLimit = std::int64_t{64} << 20;

/// Values encoded at a time: larger than Arrow's 1,024, since each batch has a cost of its own.
constexpr std::int64_t kValuesPerBatch = 16 * 1024;

/// Times and ids of neighbouring rows differ by little: their differences take a third of the
/// bytes, and no dictionary is tried in vain.
bool is_delta_encoded(const arrow::DataType& type) {
  return type.id() == arrow::Type::INT64 || type.id() == arrow::Type::TIMESTAMP;
}

std::shared_ptr<parquet::WriterProperties> writer_properties(const arrow::Schema& schema) {
  parquet::WriterProperties::Builder builder;
  builder.version(parquet::ParquetVersion::PARQUET_2_6)
      ->compression(parquet::Compression::LZ4)  // LZ4_RAW in the file.
      ->created_by("micromegas-cpp")
      ->dictionary_pagesize_limit(kDictionaryLimit)
      ->write_batch_size(kValuesPerBatch)
      ->max_row_group_length(static_cast<std::int64_t>(kMaxRowsPerGroup))
      ->disable_write_page_index()
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->disable_statistics();
  for (const auto& field : schema.fields()) {
    if (!is_delta_encoded(*field->type())) continue;
    builder.disable_dictionary(field->name())
        ->encoding(field->name(), parquet::Encoding::DELTA_BINARY_PACKED)
        ->enable_statistics(field->name());
  }
  return builder.build();
}

/// Parquet throws where Arrow returns.
template <class Call>
auto guarded(Call call) {
  try {
    return call();
  } catch (const parquet::ParquetStatusException& e) {
    throw_arrow_error(e.status());
  } catch (const parquet::ParquetException& e) {
    throw Error(ErrorKind::kInternal, std::string("parquet: ") + e.what());
  }
}

}  // namespace

struct PartitionWriter::Impl {
  PartitionFile& file;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
  WrittenRows written;
};

PartitionWriter::PartitionWriter(PartitionFile& file, const std::shared_ptr<arrow::Schema>& schema)
    : impl_(new Impl{file, nullptr, {}}) {
  impl_->writer = guarded([&] {
    return take_arrow(parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(),
                                                       file.stream(), writer_properties(*schema)));
  });
}

PartitionWriter::~PartitionWriter() = default;

void PartitionWriter::write_row_group(const RecordBatchWithRange& rows) {
  if (rows.batch->num_rows() == 0) return;
  guarded([&] {
    check_arrow(impl_->writer->NewRowGroup());
    for (const auto& column : rows.batch->columns()) {
      check_arrow(impl_->writer->WriteColumnChunk(*column));
    }
  });
  WrittenRows& written = impl_->written;
  written.num_rows += rows.batch->num_rows();
  if (!written.event_range) {
    written.event_range = rows.event_range;
  } else if (rows.event_range) {
    written.event_range->begin = std::min(written.event_range->begin, rows.event_range->begin);
    written.event_range->end = std::max(written.event_range->end, rows.event_range->end);
  }
}

WrittenRows PartitionWriter::finish() {
  guarded([&] { check_arrow(impl_->writer->Close()); });
  impl_->written.file_size = impl_->file.finish();
  return impl_->written;
}

}  // namespace micromegas::views
