#include "tracing/process_facts.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string_view>
#include <thread>

#include <pwd.h>
#include <unistd.h>

namespace micromegas::tracing {
namespace {

constexpr std::size_t kLongestText = 255;

std::string cut(std::string text) {
  if (text.size() > kLongestText) {
    text.resize(kLongestText);
    // Not in the middle of a character.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) {
      text.pop_back();
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
  }
  return text;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\"";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Calls `line(key, value)` for each line of a file that has both, until it returns false.
template <class Line>
void for_each_pair(const char* path, char separator, Line&& line) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return;
  std::array<char, 1024> buffer;
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), file) != nullptr) {
    const std::string_view text = buffer.data();
    const auto at = text.find(separator);
    if (at == std::string_view::npos) continue;
    if (!line(trim(text.substr(0, at)), trim(text.substr(at + 1)))) break;
  }
  std::fclose(file);
}

std::string value_in_file(const char* path, char separator, std::string_view wanted) {
  std::string found;
  for_each_pair(path, separator, [&](std::string_view key, std::string_view value) {
    if (key != wanted) return true;
    found = value;
    return false;
  });
  return found;
}

std::size_t physical_cores() {
  std::set<std::pair<std::string, std::string>> cores;
  std::string package;
  for_each_pair("/proc/cpuinfo", ':', [&](std::string_view key, std::string_view value) {
    if (key == "physical id") package = value;
    if (key == "core id") cores.emplace(package, value);
    return true;
  });
  return cores.size();
}

std::string executable() {
  std::array<char, 4096> path;
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return {};
  std::string exe(path.data(), static_cast<std::size_t>(size));
  // The end of a path says more than its beginning.
  if (exe.size() > kLongestText) exe.erase(0, exe.size() - kLongestText);
  return exe;
}

std::string computer() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

void set_user(ProcessDescription& process) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer;
  ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return;
  process.username = cut(found->pw_name != nullptr ? found->pw_name : "");
  const std::string_view details = found->pw_gecos != nullptr ? found->pw_gecos : "";
  process.realname = cut(std::string(details.substr(0, details.find(','))));
}

}  // namespace

ProcessDescription describe_this_process() {
  ProcessDescription process;
  process.exe = executable();
  set_user(process);
  process.computer = cut(computer());
  process.distro = cut(value_in_file("/etc/os-release", '=', "PRETTY_NAME"));
  process.cpu_brand = cut(value_in_file("/proc/cpuinfo", ':', "model name"));
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  process.properties = {
      {"exe", process.exe},
      {"username", process.username},
      {"realname", process.realname},
      {"computer", process.computer},
      {"distro", process.distro},
      {"cpu_brand", process.cpu_brand},
      {"physical_core_count", std::to_string(physical_cores())},
      {"logical_cpu_count", std::to_string(std::thread::hardware_concurrency())},
      {"total_memory", std::to_string(static_cast<long long>(pages) * page_bytes)},
  };
  return process;
}

}  // namespace micromegas::tracing
