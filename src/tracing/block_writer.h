#pragma once

#include <cstddef>
#include <cstdint>

#include "tracing/async_detail_writer.h"
#include "tracing/event_sink.h"
#include "tracing/site_table.h"
#include "tracing/thread_registry.h"
#include "tracing/tick_converter.h"
#include "transit/thread_block_encoder.h"

namespace micromegas::tracing {

/// Spells the raw records of a thread out as a block in the wire format. The collector has one, for
/// all threads in turn: no thread has buffers but its chunks.
class BlockWriter {
 public:
  BlockWriter(const SiteTable& sites, PropertyTable& properties) noexcept
      : sites_(sites), details_(sites, properties) {}

  /// Reads records of `thread` up to what the latest look found, at most until the events take
  /// `max_object_bytes`. The chunks from the `oldest` before to the `oldest` after are read and may
  /// be given back. False: nothing to read, or nothing of it could be spelled.
  ///
  /// The block ends with its last event, and that reading begins the next one: begin and end of
  /// every block contain its events, and no time is in two blocks or in none.
  bool write(RegisteredThread& thread, const TickConverter& clock, std::size_t max_object_bytes,
             ClosedBlock& block) noexcept;

  /// Whether the latest `write` came past details of async spans, and they as a block of the
  /// thread's other stream (false: there are none).
  bool has_details() const noexcept { return details_.encoder().nb_objects() > 0; }
  bool write_details(RegisteredThread& thread, ClosedBlock& block) noexcept;

  /// Bytes of records that `write` would find.
  static std::size_t pending_bytes(const RegisteredThread& thread) noexcept;

  /// Events that could not be spelled for want of memory.
  std::uint64_t lost_events() const noexcept { return lost_events_; }

 private:
  bool write_record(const std::byte* record, Ticks time) noexcept;

  const SiteTable& sites_;
  transit::ThreadBlockEncoder encoder_;
  AsyncDetailWriter details_;
  Ticks begin_;  ///< Of what the latest `write` read.
  Ticks end_;
  std::uint64_t lost_events_ = 0;
};

}  // namespace micromegas::tracing
