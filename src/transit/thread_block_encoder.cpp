#include "transit/thread_block_encoder.h"

#include <cstring>
#include <limits>

#include "transit/records.h"

namespace micromegas::transit {
namespace {

constexpr std::uint64_t kMultiplier = 0x9e37'79b9'7f4a'7c15;

/// Mixes all bits of `value` into all bits of the result.
std::uint64_t mix(std::uint64_t value) noexcept {
  value *= kMultiplier;
  return value ^ value >> 32;
}

std::uint32_t hash_address(const void* address) noexcept {
  return static_cast<std::uint32_t>(mix(reinterpret_cast<std::uintptr_t>(address)));
}

std::uint32_t hash_text(std::string_view text) noexcept {
  std::uint64_t hash = text.size();
  std::size_t at = 0;
  for (std::uint64_t word; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    hash = mix(hash ^ word);
  }
  std::uint64_t rest = 0;
  if (at < text.size()) std::memcpy(&rest, text.data() + at, text.size() - at);
  return static_cast<std::uint32_t>(mix(hash ^ rest));
}

}  // namespace

void ThreadBlockEncoder::clear() noexcept {
  dependencies_.clear();
  objects_.clear();
  strings_.clear();
  spans_.clear();
  locations_.clear();
  last_id_ = 0;
  nb_objects_ = 0;
}

ThreadBlockEncoder::DependencyId ThreadBlockEncoder::string(std::string_view text) noexcept {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() / 2) return 0;
  const auto length = static_cast<std::uint32_t>(text.size());
  bool created = false;
  // By content, so that one text is sent once however many sites spell it.
  StringSlot* slot = strings_.find_or_claim(hash_text(text), created, [&](const StringSlot& other) {
    return other.length == length &&
           (length == 0 ||
            std::memcmp(dependencies_.view().data() + other.offset, text.data(), length) == 0);
  });
  if (slot == nullptr) return 0;
  if (!created) return slot->id;

  const std::uint64_t id = last_id_ + 1;
  std::byte* body = dependencies_.append_dynamic(
      static_cast<std::uint8_t>(ThreadDependency::kStaticString), sizeof id + length);
  if (body == nullptr) {
    strings_.unclaim(*slot);
    return 0;
  }
  std::memcpy(body, &id, sizeof id);
  if (length > 0) std::memcpy(body + sizeof id, text.data(), length);
  slot->id = ++last_id_;
  slot->offset = static_cast<std::uint32_t>(dependencies_.size() - length);
  slot->length = length;
  return slot->id;
}

ThreadBlockEncoder::DependencyId ThreadBlockEncoder::write_span_record(
    const CallSite& site) noexcept {
  SpanRecord record{0,
                    string(site.name),
                    string(site.target),
                    string(site.module_path),
                    string(site.file),
                    site.line,
                    site.lod};
  if (record.name == 0 || record.target == 0 || record.module_path == 0 || record.file == 0) {
    return 0;
  }
  record.id = last_id_ + 1;
  const auto type = static_cast<std::uint8_t>(ThreadDependency::kSpanRecord);
  return dependencies_.append(type, record) ? ++last_id_ : 0;
}

ThreadBlockEncoder::DependencyId ThreadBlockEncoder::write_span_location_record(
    const CallSite& site) noexcept {
  SpanLocationRecord record{
      0, string(site.target), string(site.module_path), string(site.file), site.line, site.lod};
  if (record.target == 0 || record.module_path == 0 || record.file == 0) return 0;
  record.id = last_id_ + 1;
  const auto type = static_cast<std::uint8_t>(ThreadDependency::kSpanLocationRecord);
  return dependencies_.append(type, record) ? ++last_id_ : 0;
}

ThreadBlockEncoder::DependencyId ThreadBlockEncoder::span_record(const CallSite& site) noexcept {
  bool created = false;
  SiteSlot* slot = spans_.find_or_claim(hash_address(&site), created,
                                        [&](const SiteSlot& other) { return other.site == &site; });
  if (slot == nullptr) return 0;
  if (!created) return slot->id;
  slot->site = &site;
  slot->id = write_span_record(site);
  if (slot->id == 0) spans_.unclaim(*slot);
  return slot->id;
}

ThreadBlockEncoder::DependencyId ThreadBlockEncoder::span_location_record(
    const CallSite& site) noexcept {
  bool created = false;
  SiteSlot* slot = locations_.find_or_claim(
      hash_address(&site), created, [&](const SiteSlot& other) { return other.site == &site; });
  if (slot == nullptr) return 0;
  if (!created) return slot->id;
  slot->site = &site;
  slot->id = write_span_location_record(site);
  if (slot->id == 0) locations_.unclaim(*slot);
  return slot->id;
}

template <class Event>
bool ThreadBlockEncoder::append_event(ThreadEvent type, const Event& event) noexcept {
  if (nb_objects_ == std::numeric_limits<std::int32_t>::max()) return false;
  if (!objects_.append(static_cast<std::uint8_t>(type), event)) return false;
  ++nb_objects_;
  return true;
}

bool ThreadBlockEncoder::thread_span(ThreadEvent type, const CallSite& site, Ticks time) noexcept {
  const DependencyId record = span_record(site);
  return record != 0 && append_event(type, ThreadSpanEvent{record, time.value});
}

bool ThreadBlockEncoder::thread_named_span(ThreadEvent type, const CallSite& site,
                                           std::string_view name, Ticks time) noexcept {
  const DependencyId record = span_location_record(site);
  const DependencyId name_id = string(name);
  if (record == 0 || name_id == 0) return false;
  const StringId name_ref{name_id, static_cast<std::uint32_t>(name.size())};
  return append_event(type, ThreadNamedSpanEvent{record, name_ref, time.value});
}

bool ThreadBlockEncoder::async_span(ThreadEvent type, const CallSite& site,
                                    const AsyncSpanIds& span, Ticks time) noexcept {
  const DependencyId record = span_record(site);
  return record != 0 && append_event(type, AsyncSpanEvent{record, span.span_id, span.parent_span_id,
                                                          time.value, span.depth});
}

bool ThreadBlockEncoder::async_named_span(ThreadEvent type, const CallSite& site,
                                          std::string_view name, const AsyncSpanIds& span,
                                          Ticks time) noexcept {
  const DependencyId record = span_location_record(site);
  const DependencyId name_id = string(name);
  if (record == 0 || name_id == 0) return false;
  const StringId name_ref{name_id, static_cast<std::uint32_t>(name.size())};
  return append_event(type, AsyncNamedSpanEvent{record, name_ref, span.span_id, span.parent_span_id,
                                                time.value, span.depth});
}

bool ThreadBlockEncoder::begin_thread_span(const CallSite& site, Ticks time) noexcept {
  return thread_span(ThreadEvent::kBeginThreadSpan, site, time);
}

bool ThreadBlockEncoder::end_thread_span(const CallSite& site, Ticks time) noexcept {
  return thread_span(ThreadEvent::kEndThreadSpan, site, time);
}

bool ThreadBlockEncoder::begin_thread_named_span(const CallSite& site, std::string_view name,
                                                 Ticks time) noexcept {
  return thread_named_span(ThreadEvent::kBeginThreadNamedSpan, site, name, time);
}

bool ThreadBlockEncoder::end_thread_named_span(const CallSite& site, std::string_view name,
                                               Ticks time) noexcept {
  return thread_named_span(ThreadEvent::kEndThreadNamedSpan, site, name, time);
}

bool ThreadBlockEncoder::begin_async_span(const CallSite& site, const AsyncSpanIds& span,
                                          Ticks time) noexcept {
  return async_span(ThreadEvent::kBeginAsyncSpan, site, span, time);
}

bool ThreadBlockEncoder::end_async_span(const CallSite& site, const AsyncSpanIds& span,
                                        Ticks time) noexcept {
  return async_span(ThreadEvent::kEndAsyncSpan, site, span, time);
}

bool ThreadBlockEncoder::begin_async_named_span(const CallSite& site, std::string_view name,
                                                const AsyncSpanIds& span, Ticks time) noexcept {
  return async_named_span(ThreadEvent::kBeginAsyncNamedSpan, site, name, span, time);
}

bool ThreadBlockEncoder::end_async_named_span(const CallSite& site, std::string_view name,
                                              const AsyncSpanIds& span, Ticks time) noexcept {
  return async_named_span(ThreadEvent::kEndAsyncNamedSpan, site, name, span, time);
}

}  // namespace micromegas::transit
