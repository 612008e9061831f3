#pragma once

#include <optional>
#include <string_view>

#include <micromegas/log_level.h>

namespace micromegas {

/// What is recorded of a target: the part of a program that a call site belongs to
/// (`MICROMEGAS_TARGET`). What is not set here is as for the target around it.
struct TargetSettings {
  /// The least urgent level of which logs are recorded; `kInfo` where nothing says otherwise.
  std::optional<LogLevel> log_level = {};
  /// Whether spans are; on where nothing says otherwise, provided that the guard records spans.
  std::optional<bool> spans = {};
  /// Whether metrics are; on where nothing says otherwise.
  std::optional<bool> metrics = {};
  /// Of which share of the roots, from 0 to 1, the spans of this target record when their coroutine
  /// is suspended and resumed; of none where nothing says otherwise. A root is drawn once for all
  /// that happens in it. There may be fourteen different shares.
  std::optional<double> suspensions = {};
};

/// Switches a target and those below it, from now on, while the program runs: `shop` stands for
/// `shop::cart` too, and the empty target for all. What is said of a longer name wins. A span that
/// is open ends as it would have.
///
///     set_target("shop::cart", {.log_level = LogLevel::kDebug});
///     set_target("", {.spans = false});
///
/// False: not done, because 256 targets have been named already, or this one is longer than 120
/// bytes. Any thread; waits for nobody.
///
/// What is switched off costs a comparison: each call site remembers the answer until one is given
/// again. The arguments of a log, and the value of a metric, are not evaluated then.
bool set_target(std::string_view target, const TargetSettings& settings) noexcept;

// The same as text: a list of settings separated by commas, `target=word`, or a word alone for all
// targets. What makes no sense is passed over. When a `TelemetryGuard` starts to record, it applies
// the environment so: MICROMEGAS_LOG, MICROMEGAS_SPANS, MICROMEGAS_METRICS and
// MICROMEGAS_SUSPENSIONS; what makes no sense there is told on stderr. (The variables are ours;
// micromegas in Rust does not have them.)

/// `info,shop::cart=debug,shop::db=off`.
void set_log_levels(std::string_view text) noexcept;
/// `off,shop=on`.
void set_spans(std::string_view text) noexcept;
void set_metrics(std::string_view text) noexcept;
/// `0.01,shop::db=1`.
void set_suspensions(std::string_view text) noexcept;

}  // namespace micromegas
