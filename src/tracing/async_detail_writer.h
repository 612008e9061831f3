#pragma once

#include <cstddef>

#include <micromegas/detail/async_detail_record.h>

#include "base/time.h"
#include "tracing/property_table.h"
#include "tracing/property_text.h"
#include "tracing/site_table.h"
#include "transit/async_detail_encoder.h"

namespace micromegas::tracing {

/// Spells raw details of async spans (micromegas/detail/async_detail_record.h) out in the wire
/// format.
class AsyncDetailWriter {
 public:
  AsyncDetailWriter(const SiteTable& sites, PropertyTable& properties) noexcept
      : sites_(sites), table_(properties) {}

  /// Whether records of that kind are its business.
  static bool writes(detail::RecordKind kind) noexcept {
    return kind >= detail::RecordKind::kAsyncSpanSuspend &&
           kind <= detail::RecordKind::kAsyncSpanError;
  }

  /// Adds a record to the block. False: it could not be spelled.
  bool write(const std::byte* record, Ticks time) noexcept;

  std::size_t object_bytes() const noexcept { return encoder_.objects().size(); }
  const transit::AsyncDetailEncoder& encoder() const noexcept { return encoder_; }

  /// Begins the next block.
  void clear() noexcept { encoder_.clear(); }

 private:
  const SiteTable& sites_;
  PropertyTable& table_;
  transit::AsyncDetailEncoder encoder_;
  PropertyText properties_;
};

}  // namespace micromegas::tracing
