#pragma once

#include <vector>

#include "base/byte_view.h"
#include "base/ids.h"
#include "lake/rows.h"

namespace micromegas::lake {

/// One payload on its way into the store.
struct BlobWrite {
  ProcessId process_id;
  StreamId stream_id;
  BlockId block_id;
  ByteView content;
};

/// The payloads of blocks: large, written once, read rarely. A folder stands behind it, or an
/// object store. Any thread may call anything at any time.
///
/// Errors: `Error{kUnavailable}` when the medium is full or away, or what should be there is
/// missing (try again: it may be mounted or restored); `kMalformed` from `read` when what is there
/// is not what was written.
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  /// Writes all of them and returns their locations, in order, once they are durable. A crash
  /// before that leaves nothing that anybody can see. Writing the same block twice is allowed.
  virtual std::vector<BlobLocation> write(const std::vector<BlobWrite>& blobs) = 0;

  /// The bytes that were written.
  virtual Bytes read(const BlobLocation& location) const = 0;
};

}  // namespace micromegas::lake
