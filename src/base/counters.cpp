#include "base/counters.h"

namespace micromegas {
namespace {

// Constant-initialised, hence ready before any static Counter registers itself.
constinit std::atomic<Counter*> head{nullptr};

}  // namespace

Counter::Counter(const char* name, const char* help) noexcept : name_(name), help_(help) {
  next_ = head.load(std::memory_order_relaxed);
  while (!head.compare_exchange_weak(next_, this, std::memory_order_release)) {
  }
}

std::string render_counters() {
  std::string text;
  for (const Counter* c = head.load(std::memory_order_acquire); c != nullptr; c = c->next()) {
    text += std::string("# HELP ") + c->name() + ' ' + c->help() + '\n';
    text += std::string("# TYPE ") + c->name() + " counter\n";
    text += std::string(c->name()) + ' ' + std::to_string(c->value()) + '\n';
  }
  return text;
}

}  // namespace micromegas
