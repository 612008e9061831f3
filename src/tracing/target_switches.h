#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <micromegas/detail/site_state.h>
#include <micromegas/target.h>

#include "tracing/suspension_rates.h"

namespace micromegas::tracing {

/// What is recorded: of which targets, and whether at all. Call sites ask here once after each
/// change (detail::SiteState). No lock: any thread may call anything at any time.
class TargetSwitches {
 public:
  static constexpr std::size_t kMaxRules = 256;
  static constexpr std::size_t kMaxTargetBytes = 120;

  constexpr TargetSwitches() noexcept = default;
  TargetSwitches(const TargetSwitches&) = delete;
  TargetSwitches& operator=(const TargetSwitches&) = delete;

  /// As `micromegas::set_target`.
  bool set(std::string_view target, const TargetSettings& settings) noexcept;

  /// All of the targets as they are where nothing is said.
  void forget_rules() noexcept;

  /// A recorder begins: logs and metrics are recorded, spans when `spans` says so.
  void start_recording(bool spans) noexcept;
  void stop_recording() noexcept;

  bool records_log(std::string_view target, LogLevel level) const noexcept;
  bool records_spans(std::string_view target) const noexcept;
  bool records_metrics(std::string_view target) const noexcept;
  SuspensionRates::Index suspensions(std::string_view target) const noexcept;

  /// The process's. Never destroyed.
  static TargetSwitches& instance() noexcept;

 private:
  enum class RuleState : std::uint8_t { kFree, kBeingWritten, kReady };
  static constexpr std::uint8_t kUnsaid = 0xff;

  /// What was said of a target. Rules are added, never taken away.
  struct Rule {
    std::atomic<RuleState> state{RuleState::kFree};
    std::atomic<std::uint8_t> log_level{kUnsaid};
    std::atomic<std::uint8_t> spans{kUnsaid};
    std::atomic<std::uint8_t> metrics{kUnsaid};
    std::atomic<std::uint8_t> suspensions{kUnsaid};  ///< A SuspensionRates::Index.
    std::uint8_t target_bytes = 0;
    std::array<char, kMaxTargetBytes> target{};

    std::string_view name() const noexcept { return {target.data(), target_bytes}; }
  };
  using Setting = std::atomic<std::uint8_t> Rule::*;

  Rule* find_or_add(std::string_view target) noexcept;
  /// What the longest name says that stands for the target.
  std::uint8_t setting(std::string_view target, Setting which,
                       std::uint8_t otherwise) const noexcept;
  void change() noexcept;
  bool wants_suspensions() const noexcept;

  std::atomic<bool> records_messages_{false};
  std::atomic<bool> records_spans_{false};
  std::array<Rule, kMaxRules> rules_{};
};

/// Applies MICROMEGAS_LOG, MICROMEGAS_SPANS, MICROMEGAS_METRICS and MICROMEGAS_SUSPENSIONS. What of
/// them made no sense, in a line for each variable.
std::vector<std::string> set_targets_by_environment();

}  // namespace micromegas::tracing
