#pragma once

#include <cstdint>
#include <string>

#include "base/counters.h"

namespace micromegas::views {

/// What `/metrics` shows of one counter now.
inline std::uint64_t counter(const std::string& name) {
  const std::string text = '\n' + render_counters();
  const auto at = text.find('\n' + name + ' ');
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + name.size() + 2));
}

/// How much a counter grows from now on.
class CounterGrowth {
 public:
  explicit CounterGrowth(std::string name) : name_(std::move(name)), before_(counter(name_)) {}

  std::uint64_t operator()() const { return counter(name_) - before_; }

 private:
  std::string name_;
  std::uint64_t before_;
};

}  // namespace micromegas::views
