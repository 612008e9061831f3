#pragma once

#include <memory>

#include "apps/micromegas/render/result_writer.h"

namespace micromegas::cli {

/// One Parquet file, compressed with zstd, that keeps nanoseconds and dictionaries.
std::unique_ptr<ResultWriter> make_parquet_writer(std::shared_ptr<arrow::io::OutputStream> out);

/// The Arrow IPC stream format: what `pyarrow.ipc.open_stream` reads, also from a pipe.
std::unique_ptr<ResultWriter> make_arrow_writer(std::shared_ptr<arrow::io::OutputStream> out);

}  // namespace micromegas::cli
