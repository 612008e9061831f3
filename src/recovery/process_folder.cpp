#include "recovery/process_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recovery/crash_reader.h"
#include "tracing/block_file.h"
#include "tracing/crash_file.h"

namespace micromegas::recovery {
namespace {

/// A file that is not finished after so long never will be.
constexpr std::time_t kLongestStart = 60;  // Seconds.

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (!folder) return names;
  while (const dirent* entry = ::readdir(folder.get())) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

bool lock(int file) noexcept {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(file, F_SETLK, &whole) == 0;
}

/// What a process left that died while it began, or ended; deleted when there was time enough.
void clear_leftovers(const std::string& path) noexcept {
  const std::string unfinished = path + '/' + std::string(tracing::CrashFile::kUnfinishedName);
  struct stat status{};
  if (::stat(unfinished.c_str(), &status) == 0) {
    if (std::time(nullptr) - status.st_mtime < kLongestStart) return;
    ::unlink(unfinished.c_str());
  } else if (::stat(path.c_str(), &status) != 0 ||
             std::time(nullptr) - status.st_mtime < kLongestStart) {
    return;
  }
  ::rmdir(path.c_str());
}

}  // namespace

std::vector<std::string> processes_in(const std::string& crash_folder) {
  std::vector<std::string> names = names_in(crash_folder);
  std::erase_if(names, [](const std::string& name) {
    const auto id = ProcessId::parse(name);
    return !id || id->to_string() != name;
  });
  return names;
}

ProcessFolder::~ProcessFolder() {
  if (file_ >= 0) ::close(file_);
}

ProcessFolder::State ProcessFolder::open() {
  const std::string_view id = std::string_view(path_).substr(path_.rfind('/') + 1);
  if (tracing::CrashFile::is_ours(id)) return State::kInUse;
  const std::string path = path_ + '/' + std::string(tracing::CrashFile::kName);
  file_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file_ < 0 && errno == ENOENT) {
    clear_leftovers(path_);
    return State::kNothing;
  }
  if (file_ < 0) {
    problem_ = std::string("cannot be opened: ") + std::strerror(errno);
    return State::kDamaged;
  }
  if (!lock(file_)) {
    if (errno == EACCES || errno == EAGAIN) return State::kInUse;
    problem_ = std::string("cannot be locked: ") + std::strerror(errno);
    return State::kDamaged;
  }
  CrashReader reader(file_);
  process_ = reader.read();
  if (!process_) {
    problem_ = reader.problem();
    if (reader.format() > tracing::crash::kVersion) return State::kNewer;
    if (reader.format() < tracing::crash::kVersion) return State::kOlder;
    return State::kDamaged;
  }
  if (process_->description.process_id.to_string() != id) {
    problem_ = "is not of the process that its folder is named after";
    return State::kDamaged;
  }
  for (const std::string& name : names_in(path_)) {
    if (name.ends_with(tracing::kBlockFileSuffix)) {
      process_->blocks_on_the_way.push_back(path_ + '/' + name);
    }
  }
  return State::kDead;
}

void ProcessFolder::remove() noexcept {
  // The crash file goes last: as long as it is there, all of it can be done again.
  for (const std::string& path : process_->blocks_on_the_way) ::unlink(path.c_str());
  ::unlink((path_ + '/' + std::string(tracing::CrashFile::kName)).c_str());
  ::rmdir(path_.c_str());
}

}  // namespace micromegas::recovery
