#include "lake/file_handle.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

namespace micromegas::lake {

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileHandle open_file(const std::filesystem::path& path, int flags, mode_t mode) {
  FileHandle file(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!file) {
    throw unavailable("cannot open " + path.string() + ": " +
                      std::generic_category().message(errno));
  }
  return file;
}

void sync_folder(const std::filesystem::path& folder) {
  const FileHandle handle = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (::fsync(handle.get()) != 0) {
    throw unavailable("cannot sync " + folder.string() + ": " +
                      std::generic_category().message(errno));
  }
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return;
  const std::filesystem::path parent = folder.parent_path();
  if (!parent.empty() && parent != folder) make_folder(parent);
  std::filesystem::create_directory(folder, error);
  if (error) throw unavailable("cannot make folder " + folder.string() + ": " + error.message());
  if (!parent.empty()) sync_folder(parent);
}

}  // namespace micromegas::lake
