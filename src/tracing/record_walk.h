#pragma once

#include <cstddef>

#include <micromegas/detail/record.h>

namespace micromegas::tracing {

// How to go from a record to the next one, for those who read chunks.

inline const detail::SpanRecord& front_of(const std::byte* record) noexcept {
  return *reinterpret_cast<const detail::SpanRecord*>(record);
}

inline detail::RecordKind kind_of(const detail::SpanRecord& front) noexcept {
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): a damaged one may be of any.
  return static_cast<detail::RecordKind>(front.kind_and_depth & ((1u << detail::kKindBits) - 1));
}

/// Logs and metrics, which belong to streams of the process.
inline bool is_message(detail::RecordKind kind) noexcept {
  return kind == detail::RecordKind::kLog || kind == detail::RecordKind::kIntegerMetric ||
         kind == detail::RecordKind::kFloatMetric;
}

/// Whether `SpanRecord::site` of such a record is the number of a site.
bool has_site(detail::RecordKind kind) noexcept;

/// Bytes of a record; 0: there is no such kind.
std::size_t size_of_record(const detail::SpanRecord& front) noexcept;

/// The size of the record at the beginning of these `available` bytes, of which no more than the
/// writer's thread had stored when it died is not zero. 0: there is no whole record.
///
/// A thread dies between any two stores, and those of a record come in whatever order the compiler
/// chose. So a record is whole when nothing is zero in it that its kind never leaves zero; of which
/// there must be something in each word that is stored. New kinds of records keep to that, or write
/// the word with their kind last.
std::size_t size_of_whole_record(const std::byte* record, std::size_t available) noexcept;

}  // namespace micromegas::tracing
