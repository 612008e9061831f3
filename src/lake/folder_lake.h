#pragma once

#include <filesystem>

#include "lake/folder_blob_store.h"
#include "lake/lake.h"
#include "lake/sqlite_metadata_store.h"

namespace micromegas::lake {

/// The embedded lake: SQLite and a folder. Needs no other service.
///
///     <folder>/format        "micromegas-lake 1": what this folder is, and its version
///     <folder>/metadata.db   processes, streams, blocks, partitions
///     <folder>/blobs/        payloads, the truth
///     <folder>/views/        partitions: can be deleted, and come back
class FolderLake final : public Lake {
 public:
  explicit FolderLake(const LakeOptions& options);

  MetadataStore& metadata() override { return metadata_; }
  const MetadataStore& metadata() const override { return metadata_; }
  BlobStore& blobs() override { return blobs_; }
  void check_writable() const override;
  const std::filesystem::path& partitions_folder() const override { return partitions_folder_; }

 private:
  const std::filesystem::path folder_;  ///< First: opening it checks the format.
  SqliteMetadataStore metadata_;
  FolderBlobStore blobs_;
  const std::filesystem::path partitions_folder_;
};

}  // namespace micromegas::lake
