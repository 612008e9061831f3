#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>

#include <sys/types.h>

namespace micromegas::lake {

/// Owns one file descriptor.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int descriptor) noexcept : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileHandle();

  explicit operator bool() const noexcept { return descriptor_ >= 0; }
  int get() const noexcept { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// Opens with the flags of open(2) and O_CLOEXEC. Throws `Error{kUnavailable}` naming the file.
FileHandle open_file(const std::filesystem::path& path, int flags, mode_t mode = 0);

/// Makes the entries of a folder durable: a file that was just made there survives a power cut.
/// Throws `Error{kUnavailable}` naming the folder.
void sync_folder(const std::filesystem::path& folder);

/// Makes a folder with its parents, durably. Throws `Error{kUnavailable}` naming the folder.
void make_folder(const std::filesystem::path& folder);

}  // namespace micromegas::lake
