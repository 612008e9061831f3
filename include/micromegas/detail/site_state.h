#pragma once

#include <atomic>
#include <cstdint>

namespace micromegas::detail {

/// Counts what changes the answer to "is this recorded?": a recorder starts or stops, a target is
/// switched. Always odd. One for a program, its libraries and its plugins.
inline constinit std::atomic<std::uint32_t> g_switches __attribute__((visibility("default"))){1};

/// What a call site remembers: its number, and whether it is switched on.
///
/// The answer is good for one value of `g_switches`: that value itself stands for "on", the even
/// one below it for "off". So an event costs one load of a word that hardly ever changes, and no
/// list of sites is kept anywhere: a site may vanish with the library that it is in.
///
/// Off as long as nothing has ever been recorded, without being asked.
class SiteState {
 public:
  constexpr SiteState() noexcept = default;
  SiteState(const SiteState&) = delete;
  SiteState& operator=(const SiteState&) = delete;

  /// Recorded; then it has a number. Neither `on` nor `off`: not decided, the slow way decides.
  bool on() const noexcept { return difference() == 0; }
  bool off() const noexcept { return difference() == 1; }

  /// `seen`: the value of `g_switches` before it was decided.
  void decide(std::uint32_t seen, bool on) noexcept {
    verdict_.store(on ? seen : seen - 1, std::memory_order_release);
  }

  /// 0: not numbered yet. Under its number the sink's thread finds a copy of its texts.
  std::int32_t number() const noexcept { return number_.load(std::memory_order_relaxed); }
  std::atomic<std::int32_t>& number_slot() noexcept { return number_; }

 protected:
  std::uint32_t difference() const noexcept {
    // Acquire: who sees "on" sees the number. No instruction on x86.
    return verdict_.load(std::memory_order_acquire) ^ g_switches.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint32_t> verdict_{0};
  std::atomic<std::int32_t> number_{0};
};

}  // namespace micromegas::detail
