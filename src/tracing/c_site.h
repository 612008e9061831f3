#pragma once

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

namespace micromegas::tracing {

/// A text of C; null reads as empty.
inline std::string_view c_text(const char* text) noexcept { return text != nullptr ? text : ""; }

/// A call site of ours with copies of texts behind it: the program's, in a library that may be
/// unloaded, are not those that it keeps. `make(memory, copies)` makes it there. Null: no memory.
template <class Site, std::size_t kTexts, class Make>
Site* make_c_site(const std::array<std::string_view, kTexts>& texts, Make make) noexcept {
  std::size_t bytes = sizeof(Site);
  for (const std::string_view text : texts) bytes += text.size();
  void* memory = std::malloc(bytes);
  if (memory == nullptr) return nullptr;
  std::array<std::string_view, kTexts> copies;
  char* at = static_cast<char*>(memory) + sizeof(Site);
  for (std::size_t i = 0; i < kTexts; ++i) {
    if (!texts[i].empty()) std::memcpy(at, texts[i].data(), texts[i].size());
    copies[i] = {at, texts[i].size()};
    at += texts[i].size();
  }
  return make(memory, copies);
}

/// What a call site of C is known as, `make()` at its first event. Never freed: a thread may still
/// look at it. Null: no memory.
template <class Site, class Make>
Site* known_c_site(void*& slot, Make make) noexcept {
  std::atomic_ref<void*> known_as(slot);
  void* known = known_as.load(std::memory_order_acquire);
  if (known != nullptr) [[likely]] {
    return static_cast<Site*>(known);
  }
  Site* made = make();
  if (made == nullptr) return nullptr;
  // Two threads may get here together: one is known, the other's is given up.
  if (known_as.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
  std::free(made);
  return static_cast<Site*>(known);
}

/// What a C struct of words holds of ours.
template <class Ours, class Words>
Ours held_in(const Words& words) noexcept {
  static_assert(std::is_trivially_copyable_v<Ours> && sizeof(Ours) <= sizeof(Words));
  Ours ours;
  std::memcpy(&ours, words.state, sizeof ours);
  return ours;
}

template <class Words, class Ours>
void hold(Words& words, const Ours& ours) noexcept {
  static_assert(std::is_trivially_copyable_v<Ours> && sizeof(Ours) <= sizeof(Words));
  std::memcpy(words.state, &ours, sizeof ours);
}

}  // namespace micromegas::tracing
