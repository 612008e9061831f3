#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_view.h"
#include "base/time.h"
#include "transit/dependency_writer.h"
#include "transit/record_buffer.h"
#include "transit/stream_types.h"
#include "transit/thread_block_encoder.h"

namespace micromegas::transit {

/// A `co_await` in the source.
struct AwaitSite {
  const CallSite& place;  ///< Its name is that of the function.
  std::uint32_t column = 0;
};

/// Writes the two buffers of a block of async details, whose types are
/// `async_detail_stream_types()`: what there is to say of async spans beyond their begin and end. A
/// stream of its own, beside the thread's, because servers that do not know it leave it alone,
/// whereas an unknown event among those of the thread would be complained about.
///
/// The place of an await site is known by its address: it neither moves nor changes before `clear`.
/// All else is copied. When memory is refused a call returns false, and the event is not in the
/// block.
///
/// One thread at a time. Once warm, no call asks for memory.
class AsyncDetailEncoder {
 public:
  // `time` is an absolute reading of the process's counter.

  /// The coroutine of the span stops running. `awaited_span_id` 0: it does not wait for a span, or
  /// not for one that is known yet.
  bool suspend(std::uint64_t span_id, const AwaitSite& site, std::uint64_t awaited_span_id,
               Ticks time) noexcept;
  /// It runs again. `awaited_span_id`: what it has waited for.
  bool resume(std::uint64_t span_id, std::uint64_t awaited_span_id, Ticks time) noexcept;
  /// From now on the span has these properties (`DependencyWriter::property_set`) instead of any
  /// before.
  template <class Properties>
  bool properties(std::uint64_t span_id, const Properties& set, Ticks time) noexcept {
    return properties_event(span_id, dependencies_.property_set(set), time);
  }
  /// Why the span ends with an error.
  bool error(std::uint64_t span_id, std::string_view message, Ticks time) noexcept;

  // What has been written since `clear`, not compressed. Valid until the next call of a member that
  // is not const.

  ByteView dependencies() const noexcept { return dependencies_.view(); }
  ByteView objects() const noexcept { return objects_.view(); }
  std::int32_t nb_objects() const noexcept { return nb_objects_; }

  /// Begins the next block. Keeps the memory.
  void clear() noexcept;

 private:
  bool properties_event(std::uint64_t span_id, DependencyWriter::Id set, Ticks time) noexcept;
  DependencyWriter::Id await_site_record(const AwaitSite& site) noexcept;

  template <class Event>
  bool append_event(AsyncDetailEvent type, const Event& event) noexcept;

  DependencyWriter dependencies_{
      {.static_string = static_cast<std::uint8_t>(AsyncDetailDependency::kStaticString),
       .property_set = static_cast<std::uint8_t>(AsyncDetailDependency::kPropertySet)}};
  RecordBuffer objects_;
  std::int32_t nb_objects_ = 0;
};

}  // namespace micromegas::transit
