#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lake/blob_store.h"
#include "lake/metadata_store.h"

namespace micromegas::lake {

/// Where a lake is kept.
struct LakeOptions {
  /// The embedded lake: one folder with `metadata.db`, `blobs/`, `views/` and `format`.
  std::filesystem::path folder;

  /// Opens an existing lake, or throws: makes none. Queries still build partitions and publish them
  /// in the metadata, so the folder must be writable.
  bool must_exist = false;
};

/// A lake: metadata, blobs, and the folder of the partitions. It knows nothing of events.
///
/// Opened by any number of threads of one process, and by several processes at a time.
class Lake {
 public:
  /// Opens, or creates, a lake. Throws `Error{kInvalidArgument}` naming the folder when there is no
  /// lake and `must_exist`, or when a newer program made it: a lake carries its format version
  /// (`kLakeFormatVersion`); newer programs open older lakes, older ones refuse.
  static std::shared_ptr<Lake> open(const LakeOptions& options);

  virtual ~Lake() = default;

  virtual MetadataStore& metadata() = 0;
  virtual const MetadataStore& metadata() const = 0;
  virtual BlobStore& blobs() = 0;

  /// Throws `Error{kUnavailable}` saying why, when a block could not be stored now: the disk is
  /// full, the medium is away. Leaves nothing behind.
  virtual void check_writable() const {}

  /// The local folder of the partitions' files; absolute. The only one that SQL may read.
  virtual const std::filesystem::path& partitions_folder() const = 0;
};

/// The version of the folder layout and of the metadata tables.
inline constexpr int kLakeFormatVersion = 1;

}  // namespace micromegas::lake
