#include "base/failpoint.h"

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

namespace micromegas {
namespace {

struct Armed {
  std::string name;
  std::atomic<long> passages_left{0};

  Armed() {
    const char* text = std::getenv("MICROMEGAS_FAILPOINT");
    if (text == nullptr || *text == '\0') return;
    std::string_view setting = text;
    long count = 1;
    if (const auto colon = setting.rfind(':'); colon != std::string_view::npos) {
      std::from_chars(setting.data() + colon + 1, setting.data() + setting.size(), count);
      setting = setting.substr(0, colon);
    }
    name = setting;
    passages_left = count;
  }
};

}  // namespace

void failpoint(std::string_view name) noexcept {
  static Armed armed;
  if (armed.name.empty() || armed.name != name) return;
  if (armed.passages_left.fetch_sub(1, std::memory_order_relaxed) == 1) std::raise(SIGKILL);
}

}  // namespace micromegas
