#include "lake/folder_lake.h"

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/ids.h"
#include "lake/file_handle.h"

namespace micromegas::lake {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormatPrefix = "micromegas-lake ";
constexpr const char* kFormatFile = "format";
constexpr const char* kDatabaseFile = "metadata.db";
constexpr std::string_view kTemporaryPrefix = ".format-";

/// nullopt: there is no format file.
std::optional<int> read_format(const fs::path& folder) {
  std::ifstream file(folder / kFormatFile);
  if (!file) return std::nullopt;
  std::string line;
  std::getline(file, line);
  int version = 0;
  const std::string_view text = line;
  if (!text.starts_with(kFormatPrefix) ||
      std::from_chars(text.data() + kFormatPrefix.size(), text.data() + text.size(), version).ec !=
          std::errc{} ||
      version < 1) {
    throw invalid_argument(folder.string() +
                           " is not a lake: its file 'format' says something else");
  }
  return version;
}

/// Nothing in it but what another process that makes a lake there just now, or a file system, put.
bool has_no_content(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name != "lost+found" && !name.starts_with(kTemporaryPrefix)) return false;
  }
  return true;
}

/// Whole or not at all: the file gets its name when it is complete.
void write_format(const fs::path& folder) {
  const fs::path temporary = folder / (std::string(kTemporaryPrefix) + Uuid::random().to_string());
  {
    const FileHandle file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
    const std::string text = std::string(kFormatPrefix) + std::to_string(kLakeFormatVersion) + '\n';
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
      ::unlink(temporary.c_str());
      throw unavailable("cannot write " + temporary.string());
    }
  }
  std::error_code error;
  fs::rename(temporary, folder / kFormatFile, error);
  if (error) throw unavailable("cannot write " + (folder / kFormatFile).string());
  sync_folder(folder);
}

/// Checks that `options.folder` is a lake of ours, made if need be; gives its absolute path.
fs::path prepare(const LakeOptions& options) {
  if (options.folder.empty()) throw invalid_argument("the folder of the lake is not named");
  const fs::path folder = fs::absolute(options.folder).lexically_normal();
  std::error_code error;
  const fs::file_status found = fs::status(folder, error);  // One look: others may be at it too.
  if (fs::exists(found) && !fs::is_directory(found)) {
    throw invalid_argument(folder.string() + " is not a folder");
  }
  if (!fs::exists(found) && options.must_exist) {
    throw invalid_argument("there is no lake at " + folder.string());
  }
  make_folder(folder);

  std::optional<int> version = read_format(folder);
  if (!version) {
    if (options.must_exist) throw invalid_argument("there is no lake at " + folder.string());
    const bool empty = has_no_content(folder);
    version = read_format(folder);  // Another process may have made it between the two looks.
    if (!version && !empty) {
      throw invalid_argument(folder.string() +
                             " is neither a lake nor empty: name another folder for the lake");
    }
    if (!version) {
      write_format(folder);
      version = kLakeFormatVersion;
    }
  }
  if (*version > kLakeFormatVersion) {
    throw invalid_argument("the lake at " + folder.string() + " has format " +
                           std::to_string(*version) + "; this program reads up to " +
                           std::to_string(kLakeFormatVersion) + ": use a newer program");
  }
  make_folder(folder / "blobs");
  make_folder(folder / "views");
  // A crash while the lake was made may have left it without its database, but not with payloads.
  if (!fs::exists(folder / kDatabaseFile) && !fs::is_empty(folder / "blobs")) {
    throw invalid_argument("the lake at " + folder.string() + " has payloads but no " +
                           kDatabaseFile + ": restore that file, since nothing else knows them");
  }
  return folder;
}

}  // namespace

FolderLake::FolderLake(const LakeOptions& options)
    : folder_(prepare(options)),
      metadata_(folder_ / kDatabaseFile),
      blobs_(folder_ / "blobs"),
      partitions_folder_(folder_ / "views") {}

void FolderLake::check_writable() const {
  const fs::path probe = folder_ / "blobs" / (".probe-" + Uuid::random().to_string());
  const FileHandle file = open_file(probe, O_WRONLY | O_CREAT | O_EXCL, 0600);
  ::unlink(probe.c_str());  // It goes away with its handle, or with us.
  // As much as a busy thread's block takes: where that finds no room, storing is over.
  const std::string content(64 * 1024, '\0');
  errno = ENOSPC;  // A short write does not say why.
  if (::write(file.get(), content.data(), content.size()) == std::ssize(content) &&
      ::fsync(file.get()) == 0) {
    return;
  }
  throw unavailable("cannot write to " + folder_.string() + ": " +
                    std::generic_category().message(errno));
}

std::shared_ptr<Lake> Lake::open(const LakeOptions& options) {
  return std::make_shared<FolderLake>(options);
}

}  // namespace micromegas::lake
