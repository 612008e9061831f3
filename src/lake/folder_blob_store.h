#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "lake/blob_store.h"
#include "lake/file_handle.h"

namespace micromegas::lake {

/// Blobs in a folder, many to a file: a pack is only ever appended to, by the one store that made
/// it, so that a batch of blobs costs one write and one sync (docs/decisions tells the figures).
/// Entries are found by their `BlobLocation` alone. What a crash leaves behind the last
/// acknowledged entry is named by no location, hence never seen, and never written over either:
/// each store starts a pack of its own.
///
/// Several processes may use one folder; nothing is locked.
class FolderBlobStore final : public BlobStore {
 public:
  /// A pack that has grown beyond this gets no more blobs.
  static constexpr std::uint64_t kPackSize = 64ull << 20;

  /// Packs are made below `folder`/packs at the first write; nothing is touched before.
  explicit FolderBlobStore(std::filesystem::path folder, std::uint64_t pack_size = kPackSize);

  std::vector<BlobLocation> write(const std::vector<BlobWrite>& blobs) override;
  Bytes read(const BlobLocation& location) const override;

 private:
  /// The pack being written: its file, its path below `folder_`, and where the next entry goes.
  struct Pack {
    FileHandle file;
    std::string date;
    std::string path;
    std::uint64_t size = 0;
  };

  void start_pack_if_due();
  void abandon_pack() noexcept;
  void append(const std::vector<BlobWrite>& blobs, std::vector<BlobLocation>& locations);

  const std::filesystem::path folder_;
  const std::uint64_t pack_size_;
  std::mutex mutex_;  ///< Guards `pack_`: appending is one after the other.
  Pack pack_;
};

}  // namespace micromegas::lake
