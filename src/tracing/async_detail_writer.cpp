#include "tracing/async_detail_writer.h"

#include <string_view>

namespace micromegas::tracing {

using detail::AsyncDetailRecord;
using detail::AsyncErrorRecord;
using detail::RecordKind;

bool AsyncDetailWriter::write(const std::byte* record, Ticks time) noexcept {
  const auto& detail = *reinterpret_cast<const AsyncDetailRecord*>(record);
  const detail::SpanRecord& front = detail.front;
  const auto kind = static_cast<RecordKind>(front.kind_and_depth & ((1u << detail::kKindBits) - 1));
  if (kind == RecordKind::kAsyncSpanSuspend) {
    const Site* site = sites_.find(front.site);
    return site != nullptr &&
           encoder_.suspend(detail.span_id, {site->call_site, site->call_site.lod},
                            detail.parent_span_id, time);
  }
  if (kind == RecordKind::kAsyncSpanResume) {
    return encoder_.resume(detail.span_id, detail.parent_span_id, time);
  }
  if (kind == RecordKind::kAsyncSpanProperties) {
    const auto set = static_cast<std::uint32_t>(front.site);
    return table_.read(set, properties_) &&
           encoder_.properties(detail.span_id, properties_.properties(), time);
  }
  const auto& error = *reinterpret_cast<const AsyncErrorRecord*>(record);
  const std::string_view text(reinterpret_cast<const char*>(record) + AsyncErrorRecord::kTextOffset,
                              static_cast<std::size_t>(front.site));
  return encoder_.error(error.span_id, text, time);
}

}  // namespace micromegas::tracing
