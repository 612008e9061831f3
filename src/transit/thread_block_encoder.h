#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_view.h"
#include "base/time.h"
#include "transit/dependency_writer.h"
#include "transit/record_buffer.h"
#include "transit/records.h"
#include "transit/stream_types.h"

namespace micromegas::transit {

/// A place in the source where spans begin, as the records of a block describe it.
struct CallSite {
  std::string_view name;  ///< Not used by named spans, whose name comes with each event.
  std::string_view target;
  std::string_view module_path;
  std::string_view file;
  std::uint32_t line = 0;
  std::uint32_t lod = 3;  ///< Level of detail: 1 minimum, 2 medium, 3 maximum.
};

/// What an async span's events say of it.
struct AsyncSpanIds {
  std::uint64_t span_id = 0;
  std::uint64_t parent_span_id = 0;  ///< 0: a root.
  std::uint32_t depth = 0;
};

/// Writes the two buffers of a block of a thread stream, whose types are `thread_stream_types()`.
///
/// A block carries all that its events refer to: the first event of a call site in a block also
/// writes the site's record and the texts that are not there yet.
///
/// A call site is known by its address: it neither moves nor changes before `clear`. Names are
/// copied. When memory is refused a call returns false, and the event is not in the block.
///
/// One thread at a time. Once warm, no call asks for memory.
class ThreadBlockEncoder {
 public:
  // `time` is an absolute reading of the process's counter.

  bool begin_thread_span(const CallSite& site, Ticks time) noexcept;
  bool end_thread_span(const CallSite& site, Ticks time) noexcept;
  bool begin_thread_named_span(const CallSite& site, std::string_view name, Ticks time) noexcept;
  bool end_thread_named_span(const CallSite& site, std::string_view name, Ticks time) noexcept;

  bool begin_async_span(const CallSite& site, const AsyncSpanIds& span, Ticks time) noexcept;
  bool end_async_span(const CallSite& site, const AsyncSpanIds& span, Ticks time,
                      SpanOutcome outcome = SpanOutcome::kOk) noexcept;
  bool begin_async_named_span(const CallSite& site, std::string_view name, const AsyncSpanIds& span,
                              Ticks time) noexcept;
  bool end_async_named_span(const CallSite& site, std::string_view name, const AsyncSpanIds& span,
                            Ticks time, SpanOutcome outcome = SpanOutcome::kOk) noexcept;

  // What has been written since `clear`, not compressed. Valid until the next call of a member that
  // is not const.

  ByteView dependencies() const noexcept { return dependencies_.view(); }
  ByteView objects() const noexcept { return objects_.view(); }
  std::int32_t nb_objects() const noexcept { return nb_objects_; }

  /// Begins the next block. Keeps the memory.
  void clear() noexcept;

 private:
  using DependencyId = DependencyWriter::Id;

  bool thread_span(ThreadEvent type, const CallSite& site, Ticks time) noexcept;
  bool thread_named_span(ThreadEvent type, const CallSite& site, std::string_view name,
                         Ticks time) noexcept;
  bool async_span(ThreadEvent type, const CallSite& site, const AsyncSpanIds& span, Ticks time,
                  SpanOutcome outcome) noexcept;
  bool async_named_span(ThreadEvent type, const CallSite& site, std::string_view name,
                        const AsyncSpanIds& span, Ticks time, SpanOutcome outcome) noexcept;

  DependencyId span_record(const CallSite& site) noexcept;
  DependencyId span_location_record(const CallSite& site) noexcept;

  template <class Event>
  bool append_event(ThreadEvent type, const Event& event) noexcept;

  DependencyWriter dependencies_{
      {.static_string = static_cast<std::uint8_t>(ThreadDependency::kStaticString)}};
  RecordBuffer objects_;
  std::int32_t nb_objects_ = 0;
};

}  // namespace micromegas::transit
