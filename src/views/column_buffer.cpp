#include "views/column_buffer.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include "views/arrow_error.h"

namespace micromegas::views {

std::shared_ptr<arrow::Buffer> allocate_column(std::size_t size, void*& memory) {
  std::shared_ptr<arrow::Buffer> buffer =
      take_arrow(arrow::AllocateBuffer(static_cast<std::int64_t>(size)));
  memory = buffer->mutable_data();
  return buffer;
}

}  // namespace micromegas::views
