#include "transit/async_detail_encoder.h"

#include <limits>
#include <optional>

#include "transit/records.h"

namespace micromegas::transit {

void AsyncDetailEncoder::clear() noexcept {
  dependencies_.clear();
  objects_.clear();
  nb_objects_ = 0;
}

DependencyWriter::Id AsyncDetailEncoder::await_site_record(const AwaitSite& site) noexcept {
  const auto type = static_cast<std::uint8_t>(AsyncDetailDependency::kAwaitSiteRecord);
  return dependencies_.record(type, &site.place, [&]() -> std::optional<AwaitSiteRecord> {
    const AwaitSiteRecord record{0, dependencies_.string(site.place.name),
                                 dependencies_.string(site.place.file), site.place.line,
                                 site.column};
    if (record.function == 0 || record.file == 0) return std::nullopt;
    return record;
  });
}

template <class Event>
bool AsyncDetailEncoder::append_event(AsyncDetailEvent type, const Event& event) noexcept {
  if (nb_objects_ == std::numeric_limits<std::int32_t>::max()) return false;
  if (!objects_.append(static_cast<std::uint8_t>(type), event)) return false;
  ++nb_objects_;
  return true;
}

bool AsyncDetailEncoder::suspend(std::uint64_t span_id, const AwaitSite& site,
                                 std::uint64_t awaited_span_id, Ticks time) noexcept {
  const DependencyWriter::Id record = await_site_record(site);
  return record != 0 &&
         append_event(AsyncDetailEvent::kSuspend,
                      AsyncSpanSuspendEvent{span_id, record, awaited_span_id, time.value});
}

bool AsyncDetailEncoder::resume(std::uint64_t span_id, std::uint64_t awaited_span_id,
                                Ticks time) noexcept {
  return append_event(AsyncDetailEvent::kResume,
                      AsyncSpanResumeEvent{span_id, awaited_span_id, time.value});
}

bool AsyncDetailEncoder::properties_event(std::uint64_t span_id, DependencyWriter::Id set,
                                          Ticks time) noexcept {
  return set != 0 && append_event(AsyncDetailEvent::kProperties,
                                  AsyncSpanPropertiesEvent{span_id, set, time.value});
}

bool AsyncDetailEncoder::error(std::uint64_t span_id, std::string_view message,
                               Ticks time) noexcept {
  const DependencyWriter::Id id = dependencies_.string(message);
  return id != 0 &&
         append_event(AsyncDetailEvent::kError, AsyncSpanErrorEvent{span_id, id, time.value});
}

}  // namespace micromegas::transit
