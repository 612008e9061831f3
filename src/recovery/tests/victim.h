#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

#include "recovery/tests/victim_report.h"

namespace micromegas::recovery {

/// A folder of the test's own, gone with it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The program `recovery_victim`, which records until it dies: "abort", "segv", or "kill" if the
/// test kills it. Or another one beside the test, which is given as much: the crash folder, the
/// file of its report, and two words.
class Victim {
 public:
  Victim(const std::string& how_it_dies, const std::string& what_it_does,
         const std::string& program = "recovery_victim");
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  /// Returns when it has recorded something on some threads.
  void wait_until_busy(std::uint64_t least = 500) const;
  void kill();
  /// The signal that ended it.
  int wait_for_death();

  std::string crash_folder() const { return folder_.path() / "crash"; }
  /// That of the only process in there.
  std::string process_folder() const;
  const VictimReport& report() const { return *report_; }

 private:
  TestFolder folder_;
  VictimReport* report_ = nullptr;
  pid_t pid_ = -1;
};

}  // namespace micromegas::recovery
