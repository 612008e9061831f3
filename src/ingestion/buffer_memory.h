#pragma once

namespace micromegas::ingestion {

/// Tells the C library's allocator to keep the memory of large buffers for the next one,
/// process-wide.
///
/// A block's body is read, decoded and stored in buffers of up to some megabytes that live for
/// milliseconds. By default each of them is mapped from the kernel and given back, and touching its
/// fresh pages costs twenty times what is then done with them (1.2 ms against 0.05 ms for a block
/// of 0.8 MB). To be called once, before other threads start.
void keep_large_buffers();

/// Gives back what is not in use: for moments without load.
void release_unused_memory();

}  // namespace micromegas::ingestion
