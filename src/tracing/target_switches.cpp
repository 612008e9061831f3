#include "tracing/target_switches.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <micromegas/detail/suspension.h>

#include "tracing/setting_words.h"

namespace micromegas::tracing {
namespace {

bool stands_for(std::string_view rule, std::string_view target) noexcept {
  if (rule.empty() || rule == target) return true;
  return target.starts_with(rule) && target.substr(rule.size()).starts_with("::");
}

/// `0.01`, `1`; nothing else, and in no locale.
std::optional<double> parse_share(std::string_view word) noexcept {
  double share = 0;
  double place = 0;  // Of the next digit; 0: before the point.
  if (word.empty()) return std::nullopt;
  for (const char c : word) {
    if (c == '.' && place == 0) {
      place = 0.1;
    } else if (c < '0' || c > '9') {
      return std::nullopt;
    } else if (place == 0) {
      share = share * 10 + (c - '0');
    } else {
      share += place * (c - '0');
      place /= 10;
    }
  }
  return share <= 1 ? std::optional(share) : std::nullopt;
}

std::string_view without_spaces(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Calls `apply(target, word)`, which says whether the word made sense, for each item of
/// `word,target=word`.
template <class Apply>
Misread for_each_setting(std::string_view text, Apply apply) noexcept {
  Misread misread;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    if (without_spaces(item).empty()) continue;
    const std::size_t equals = item.rfind('=');
    const bool understood = equals == std::string_view::npos
                                ? apply(std::string_view(), without_spaces(item))
                                : apply(without_spaces(item.substr(0, equals)),
                                        without_spaces(item.substr(equals + 1)));
    if (!understood) misread.add(without_spaces(item));
  }
  return misread;
}

/// Sets one thing of the targets that a list names, to what `read` makes of the words.
template <class Value>
Misread apply_list(std::string_view text, std::optional<Value> (*read)(std::string_view) noexcept,
                   std::optional<Value> TargetSettings::* setting) noexcept {
  return for_each_setting(text, [&](std::string_view target, std::string_view word) {
    const std::optional<Value> value = read(word);
    if (!value) return false;
    TargetSettings settings;
    settings.*setting = value;
    set_target(target, settings);
    return true;
  });
}

Misread apply_log_levels(std::string_view text) noexcept {
  return apply_list(text, level_of, &TargetSettings::log_level);
}
Misread apply_spans(std::string_view text) noexcept {
  return apply_list(text, switch_of, &TargetSettings::spans);
}
Misread apply_metrics(std::string_view text) noexcept {
  return apply_list(text, switch_of, &TargetSettings::metrics);
}
Misread apply_suspensions(std::string_view text) noexcept {
  return apply_list(text, parse_share, &TargetSettings::suspensions);
}

}  // namespace

TargetSwitches& TargetSwitches::instance() noexcept {
  union NeverDestroyed {
    TargetSwitches switches;
    constexpr NeverDestroyed() noexcept : switches() {}
    ~NeverDestroyed() {}
  };
  static constinit NeverDestroyed never;
  return never.switches;
}

void TargetSwitches::change() noexcept {
  std::uint64_t before = detail::g_switches.load(std::memory_order_acquire);
  std::uint64_t after = 0;
  // Released: who sees the new count, sees what was changed before. Whoever changes something at
  // the same time and comes later, sees it too, and says of suspensions what holds for both.
  do {
    after = (before + 2) & (detail::kSuspensionsWanted - 1);
    if (after == 1) after = 3;  // 1 is for a program that has never recorded.
    if (wants_suspensions()) after |= detail::kSuspensionsWanted;
  } while (!detail::g_switches.compare_exchange_weak(before, after, std::memory_order_acq_rel,
                                                     std::memory_order_acquire));
}

bool TargetSwitches::wants_suspensions() const noexcept {
  if (!records_spans_.load(std::memory_order_relaxed)) return false;
  return std::any_of(rules_.begin(), rules_.end(), [](const Rule& rule) {
    const std::uint8_t said = rule.suspensions.load(std::memory_order_relaxed);
    return said != kUnsaid && said != 0;
  });
}

bool TargetSwitches::set(std::string_view target, const TargetSettings& settings) noexcept {
  Rule* rule = find_or_add(target);
  if (rule == nullptr) return false;
  const auto say = [](std::atomic<std::uint8_t>& setting, const auto& value) {
    if (value) setting.store(static_cast<std::uint8_t>(*value), std::memory_order_relaxed);
  };
  say(rule->log_level, settings.log_level);
  say(rule->spans, settings.spans);
  say(rule->metrics, settings.metrics);
  if (settings.suspensions) {
    rule->suspensions.store(SuspensionRates::instance().index_of(*settings.suspensions),
                            std::memory_order_relaxed);
  }
  change();
  return true;
}

TargetSwitches::Rule* TargetSwitches::find_or_add(std::string_view target) noexcept {
  if (target.size() > kMaxTargetBytes) return nullptr;
  for (Rule& rule : rules_) {
    RuleState state = rule.state.load(std::memory_order_acquire);
    if (state == RuleState::kReady && rule.name() == target) return &rule;
    if (state != RuleState::kFree) continue;
    if (!rule.state.compare_exchange_strong(state, RuleState::kBeingWritten,
                                            std::memory_order_relaxed)) {
      continue;
    }
    if (!target.empty()) std::memcpy(rule.target.data(), target.data(), target.size());
    rule.target_bytes = static_cast<std::uint8_t>(target.size());
    rule.state.store(RuleState::kReady, std::memory_order_release);
    return &rule;
  }
  return nullptr;
}

void TargetSwitches::forget_rules() noexcept {
  for (Rule& rule : rules_) {
    for (const Setting which :
         {&Rule::log_level, &Rule::spans, &Rule::metrics, &Rule::suspensions}) {
      (rule.*which).store(kUnsaid, std::memory_order_relaxed);
    }
  }
  change();
}

std::uint8_t TargetSwitches::setting(std::string_view target, Setting which,
                                     std::uint8_t otherwise) const noexcept {
  std::uint8_t found = otherwise;
  std::size_t least = 0;
  for (const Rule& rule : rules_) {
    const RuleState state = rule.state.load(std::memory_order_acquire);
    if (state == RuleState::kFree) break;
    if (state != RuleState::kReady || rule.name().size() < least) continue;
    const std::uint8_t said = (rule.*which).load(std::memory_order_relaxed);
    if (said == kUnsaid || !stands_for(rule.name(), target)) continue;
    found = said;
    // Longer ones only: of two with one name, made at the same time, `set` finds the first.
    least = rule.name().size() + 1;
  }
  return found;
}

void TargetSwitches::start_recording(bool spans) noexcept {
  records_messages_.store(true, std::memory_order_relaxed);
  records_spans_.store(spans, std::memory_order_relaxed);
  change();
}

void TargetSwitches::stop_recording() noexcept {
  records_messages_.store(false, std::memory_order_relaxed);
  records_spans_.store(false, std::memory_order_relaxed);
  change();
}

bool TargetSwitches::records_log(std::string_view target, LogLevel level) const noexcept {
  return records_messages_.load(std::memory_order_relaxed) && level != LogLevel::kOff &&
         static_cast<std::uint8_t>(level) <=
             setting(target, &Rule::log_level, static_cast<std::uint8_t>(LogLevel::kInfo));
}

bool TargetSwitches::records_spans(std::string_view target) const noexcept {
  return records_spans_.load(std::memory_order_relaxed) && setting(target, &Rule::spans, 1) != 0;
}

bool TargetSwitches::records_metrics(std::string_view target) const noexcept {
  return records_messages_.load(std::memory_order_relaxed) &&
         setting(target, &Rule::metrics, 1) != 0;
}

SuspensionRates::Index TargetSwitches::suspensions(std::string_view target) const noexcept {
  return setting(target, &Rule::suspensions, 0);
}

std::vector<std::string> set_targets_by_environment() {
  std::vector<std::string> complaints;
  const auto apply = [&](const char* variable, Misread (*set)(std::string_view) noexcept,
                         std::string_view why) {
    const char* text = std::getenv(variable);
    if (text == nullptr) return;
    const Misread misread = set(text);
    if (misread.items > 0) complaints.push_back(complaint(variable, misread, why));
  };
  apply("MICROMEGAS_LOG", apply_log_levels, kNoLevel);
  apply("MICROMEGAS_SPANS", apply_spans, kNoSwitch);
  apply("MICROMEGAS_METRICS", apply_metrics, kNoSwitch);
  apply("MICROMEGAS_SUSPENSIONS", apply_suspensions, "is no share from 0 to 1");
  return complaints;
}

}  // namespace micromegas::tracing

namespace micromegas {

using tracing::TargetSwitches;

bool set_target(std::string_view target, const TargetSettings& settings) noexcept {
  return TargetSwitches::instance().set(target, settings);
}

void set_log_levels(std::string_view text) noexcept { tracing::apply_log_levels(text); }

void set_spans(std::string_view text) noexcept { tracing::apply_spans(text); }

void set_suspensions(std::string_view text) noexcept { tracing::apply_suspensions(text); }

void set_metrics(std::string_view text) noexcept { tracing::apply_metrics(text); }

}  // namespace micromegas
