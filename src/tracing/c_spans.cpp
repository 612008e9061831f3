// The C interface to spans and contexts (micromegas/c.h): a call around each inline function of the
// C++ one.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

#include <micromegas/async_span.h>
#include <micromegas/c.h>
#include <micromegas/detail/record.h>
#include <micromegas/span_context.h>

namespace micromegas::tracing {
namespace {

std::string_view text(const char* text) noexcept { return text != nullptr ? text : ""; }

/// The call site behind one of C's, with texts of its own: that one may vanish. Null: no memory.
SpanSite* make_site(const micromegas_site& site) noexcept {
  const std::string_view texts[] = {text(site.name), text(site.target), text(site.file)};
  std::size_t bytes = sizeof(SpanSite);
  for (const std::string_view each : texts) bytes += each.size();
  void* memory = std::malloc(bytes);
  if (memory == nullptr) return nullptr;
  std::string_view copies[3];
  char* at = static_cast<char*>(memory) + sizeof(SpanSite);
  for (std::size_t i = 0; i < 3; at += texts[i++].size()) {
    if (!texts[i].empty()) std::memcpy(at, texts[i].data(), texts[i].size());
    copies[i] = {at, texts[i].size()};
  }
  return ::new (memory) SpanSite(copies[0], copies[1], copies[2], site.line);
}

SpanSite* known_site(micromegas_site* site) noexcept {
  std::atomic_ref<void*> known_as(site->known_as);
  void* known = known_as.load(std::memory_order_acquire);
  if (known != nullptr) [[likely]] {
    return static_cast<SpanSite*>(known);
  }
  SpanSite* made = make_site(*site);
  if (made == nullptr) return nullptr;
  // Two threads may get here together: one is known, the other's is given up.
  if (known_as.compare_exchange_strong(known, made, std::memory_order_acq_rel)) return made;
  std::free(made);
  return static_cast<SpanSite*>(known);
}

/// What a C struct of 64-bit words holds of ours.
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

struct Handle {
  detail::OpenAsyncSpan open;
  SpanContext context;
};

void begin(micromegas_async_span* span, micromegas_site* site, const char* name,
           const SpanContext& parent) noexcept {
  Handle handle{{}, parent};
  if (SpanSite* known = known_site(site); known != nullptr) {
    handle.open = name == nullptr ? detail::begin_async_span(*known, parent)
                                  : detail::begin_async_span(*known, name, parent);
    handle.context = detail::context_inside(handle.open, parent);
  }
  hold(*span, handle);
}

Outcome outcome_of(std::int32_t outcome) noexcept {
  switch (outcome) {
    case MICROMEGAS_OK:
      return Outcome::kOk;
    case MICROMEGAS_CANCELLED:
      return Outcome::kCancelled;
    default:
      return Outcome::kError;
  }
}

// What programs were compiled with stays as it is.
static_assert(sizeof(micromegas_site) == 40 && sizeof(micromegas_thread_span) == 8 &&
              sizeof(micromegas_context) == 32 && sizeof(micromegas_context_scope) == 64 &&
              sizeof(micromegas_async_span) == 96);

static_assert(sizeof(ContextScope) <= sizeof(micromegas_context_scope) &&
              alignof(ContextScope) <= alignof(micromegas_context_scope));

}  // namespace
}  // namespace micromegas::tracing

namespace detail = micromegas::detail;
using micromegas::ContextScope;
using micromegas::SpanContext;
using micromegas::SpanSite;
using micromegas::tracing::begin;
using micromegas::tracing::Handle;
using micromegas::tracing::held_in;
using micromegas::tracing::hold;
using micromegas::tracing::known_site;
using micromegas::tracing::outcome_of;
using micromegas::tracing::text;

uint32_t micromegas_abi_version(void) { return MICROMEGAS_ABI_VERSION; }

micromegas_thread_span micromegas_begin_thread_span(micromegas_site* site) {
  SpanSite* known = known_site(site);
  return {known != nullptr ? detail::begin_thread_span(*known) : 0};
}

micromegas_thread_span micromegas_begin_named_thread_span(micromegas_site* site, const char* name) {
  SpanSite* known = known_site(site);
  return {known != nullptr ? detail::begin_thread_span(*known, text(name)) : 0};
}

void micromegas_end_thread_span(micromegas_thread_span span) {
  detail::end_thread_span(static_cast<std::int32_t>(span.state));
}

micromegas_context micromegas_current_context(void) {
  micromegas_context context = {};
  hold(context, micromegas::current_context());
  return context;
}

void micromegas_enter_context(micromegas_context_scope* scope, const micromegas_context* context) {
  ::new (scope->state) ContextScope(held_in<SpanContext>(*context));
}

void micromegas_leave_context(micromegas_context_scope* scope) {
  std::launder(reinterpret_cast<ContextScope*>(scope->state))->~ContextScope();
}

void micromegas_begin_async_span(micromegas_async_span* span, micromegas_site* site) {
  begin(span, site, nullptr, micromegas::current_context());
}

void micromegas_begin_async_span_in(micromegas_async_span* span, micromegas_site* site,
                                    const char* name, const micromegas_context* parent) {
  begin(span, site, name,
        parent != nullptr ? held_in<SpanContext>(*parent) : micromegas::current_context());
}

void micromegas_end_async_span(micromegas_async_span* span, int32_t outcome) {
  const auto handle = held_in<Handle>(*span);
  detail::end_async_span(handle.open, micromegas::AsyncSpan::record_kind(outcome_of(outcome)));
  hold(*span, Handle{{}, handle.context});
}

micromegas_context micromegas_async_span_context(const micromegas_async_span* span) {
  micromegas_context context = {};
  hold(context, held_in<Handle>(*span).context);
  return context;
}
