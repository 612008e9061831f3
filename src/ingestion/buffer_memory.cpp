#include "ingestion/buffer_memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace micromegas::ingestion {

#ifdef __GLIBC__

void keep_large_buffers() {
  constexpr int kMmapThreshold = 32 << 20;  // The most that mallopt takes.
  constexpr int kTrimThreshold = 64 << 20;
  constexpr int kArenas = 4;  // What is kept, is kept for each of them.
  mallopt(M_MMAP_THRESHOLD, kMmapThreshold);
  mallopt(M_TRIM_THRESHOLD, kTrimThreshold);
  mallopt(M_ARENA_MAX, kArenas);
}

void release_unused_memory() { malloc_trim(0); }

#else

void keep_large_buffers() {}
void release_unused_memory() {}

#endif

}  // namespace micromegas::ingestion
