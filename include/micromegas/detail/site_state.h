#pragma once

#include <atomic>
#include <cstdint>

namespace micromegas::detail {

/// Counts what changes the answer to "is this recorded?": a recorder starts or stops, a target is
/// switched. Always odd; of the 32 bits in use the highest says that suspensions are recorded of
/// some target. (The others are there so that one subtraction takes it out of a site's word.) One
/// for a program, its libraries and its plugins.
inline constinit std::atomic<std::uint64_t> g_switches __attribute__((visibility("default"))){1};
inline constexpr std::uint32_t kSuspensionsWanted = std::uint32_t{1} << 31;

/// The switches now. Acquire: who sees a change finds what was changed.
inline std::uint32_t switches() noexcept {
  return static_cast<std::uint32_t>(g_switches.load(std::memory_order_acquire));
}

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

  /// The site and the switches at one moment.
  class Seen {
   public:
    /// Recorded; then the site has a number. Neither `on` nor `off`: not decided, the slow way
    /// decides.
    bool on() const noexcept { return difference() == 0; }
    bool off() const noexcept { return difference() == 1; }
    /// Of whichever target.
    bool suspensions_wanted() const noexcept { return (switches_ & kSuspensionsWanted) != 0; }
    /// The number in the upper half of a word, nothing in the lower. REQUIRES: on().
    std::uint64_t number_word() const noexcept { return word_ - switches_; }

   private:
    friend class SiteState;
    Seen(std::uint64_t word, std::uint64_t switches) noexcept : word_(word), switches_(switches) {}
    std::uint32_t difference() const noexcept {
      return static_cast<std::uint32_t>(word_) ^ static_cast<std::uint32_t>(switches_);
    }
    std::uint64_t word_;
    std::uint64_t switches_;
  };
  Seen look() const noexcept {
    // Acquire: who sees the number finds its texts. No instruction on x86.
    return {word_.load(std::memory_order_acquire), g_switches.load(std::memory_order_relaxed)};
  }

  /// `seen`: the value of `g_switches` before it was decided.
  void decide(std::uint32_t seen, bool on) noexcept {
    std::uint64_t old = word_.load(std::memory_order_relaxed);
    while (!word_.compare_exchange_weak(old, (old & kNumberBits) | (on ? seen : seen - 1),
                                        std::memory_order_release, std::memory_order_relaxed)) {
    }
  }

  /// 0: not numbered yet. Under its number the sink's thread finds a copy of its texts.
  std::int32_t number() const noexcept { return number_in(word_.load(std::memory_order_relaxed)); }

  /// Gives it a number unless it has one. Returns the one that it has.
  std::int32_t set_number(std::int32_t number) noexcept {
    std::uint64_t old = word_.load(std::memory_order_relaxed);
    while (number_in(old) == 0) {
      const std::uint64_t numbered = old | static_cast<std::uint64_t>(number) << kNumberShift;
      if (word_.compare_exchange_weak(old, numbered, std::memory_order_relaxed)) return number;
    }
    return number_in(old);
  }

 private:
  static constexpr int kNumberShift = 32;
  static constexpr std::uint64_t kNumberBits = ~std::uint64_t{0} << kNumberShift;
  static std::int32_t number_in(std::uint64_t word) noexcept {
    return static_cast<std::int32_t>(word >> kNumberShift);
  }

  /// The number in the upper half, what was decided in the lower: one load tells both.
  std::atomic<std::uint64_t> word_{0};
};

}  // namespace micromegas::detail
