#pragma once

#include <cstddef>

namespace micromegas::tracing {

/// Memory for chunks that is more than memory: a crash file's, which outlives the process.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;

  /// As many bytes as a chunk, aligned as one, zero. Null: there are no more. Any thread.
  virtual void* allocate_chunk() noexcept = 0;

  /// Whether these bytes are from here. Any thread.
  virtual bool owns(const void* bytes) const noexcept = 0;
};

}  // namespace micromegas::tracing
