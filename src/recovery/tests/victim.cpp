#include "victim.h"

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recovery/process_folder.h"

namespace micromegas::recovery {

TestFolder::TestFolder() {
  std::string name = std::filesystem::temp_directory_path() / "micromegas-recovery-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Victim::Victim(const std::string& how_it_dies, const std::string& what_it_does,
               const std::string& program) {
  const std::string report = folder_.path() / "report";
  const int file = ::open(report.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(VictimReport)) != 0) {
    throw std::runtime_error("no report for the test");
  }
  void* memory = ::mmap(nullptr, sizeof(VictimReport), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) throw std::runtime_error("no report for the test");
  report_ = static_cast<VictimReport*>(memory);

  const std::string path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
  std::vector<std::string> words = {path, crash_folder(), report, how_it_dies, what_it_does};
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (::posix_spawn(&pid_, path.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    throw std::runtime_error("cannot start " + path);
  }
}

Victim::~Victim() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::munmap(report_, sizeof(VictimReport));
}

void Victim::wait_until_busy(std::uint64_t least) const {
  while (!report_->busy(least)) {
    if (::kill(pid_, 0) != 0) throw std::runtime_error("the victim died before its time");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Victim::kill() { ::kill(pid_, SIGKILL); }

int Victim::wait_for_death() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::string Victim::process_folder() const {
  const auto names = processes_in(crash_folder());
  if (names.size() != 1) throw std::runtime_error("not one process in the crash folder");
  return crash_folder() + '/' + names.front();
}

}  // namespace micromegas::recovery
