// The C interface to spans and contexts (micromegas/c.h): a call around each inline function of the
// C++ one.
#include <new>

#include <micromegas/async_span.h>
#include <micromegas/c.h>
#include <micromegas/detail/record.h>
#include <micromegas/properties.h>
#include <micromegas/span_context.h>

#include "tracing/c_site.h"

namespace micromegas::tracing {
namespace {

SpanSite* known_site(micromegas_site* site) noexcept {
  return known_c_site<SpanSite>(site->known_as, [site] {
    return make_c_site<SpanSite, 3>({c_text(site->name), c_text(site->target), c_text(site->file)},
                                    [site](void* memory, const auto& texts) {
                                      return ::new (memory)
                                          SpanSite(texts[0], texts[1], texts[2], site->line);
                                    });
  });
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
using micromegas::PropertySet;
using micromegas::SpanContext;
using micromegas::SpanSite;
using micromegas::tracing::begin;
using micromegas::tracing::c_text;
using micromegas::tracing::Handle;
using micromegas::tracing::held_in;
using micromegas::tracing::hold;
using micromegas::tracing::known_site;
using micromegas::tracing::outcome_of;

uint32_t micromegas_abi_version(void) { return MICROMEGAS_ABI_VERSION; }

micromegas_thread_span micromegas_begin_thread_span(micromegas_site* site) {
  SpanSite* known = known_site(site);
  return {known != nullptr ? detail::begin_thread_span(*known) : 0};
}

micromegas_thread_span micromegas_begin_named_thread_span(micromegas_site* site, const char* name) {
  SpanSite* known = known_site(site);
  return {known != nullptr ? detail::begin_thread_span(*known, c_text(name)) : 0};
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

void micromegas_fail_async_span(micromegas_async_span* span, const char* why) {
  const auto open = held_in<Handle>(*span).open;
  if (open.recorded()) detail::record_error(open.span_id, c_text(why));
  micromegas_end_async_span(span, MICROMEGAS_ERROR);
}

void micromegas_add_properties(micromegas_async_span* span,
                               const micromegas_properties* properties) {
  auto handle = held_in<Handle>(*span);
  const auto all =
      PropertySet::from_id(handle.context.properties).with(held_in<PropertySet>(*properties));
  handle.context.properties = all.id();
  if (handle.open.recorded()) detail::record_properties(handle.open.span_id, all.id());
  hold(*span, handle);
}

micromegas_context micromegas_async_span_context(const micromegas_async_span* span) {
  micromegas_context context = {};
  hold(context, held_in<Handle>(*span).context);
  return context;
}
