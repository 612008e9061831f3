#pragma once

#include <cstddef>
#include <cstdint>

#include "tracing/event_sink.h"
#include "tracing/property_table.h"
#include "tracing/raw_array.h"
#include "tracing/site_table.h"
#include "transit/message_block_encoder.h"

namespace micromegas::tracing {

/// The log stream of a process, or its metrics stream: records of all threads become blocks, in
/// order of time. `Spelling` makes events of them. One thread at a time.
template <class Spelling>
class MessageStream {
 public:
  MessageStream(const SiteTable& sites, PropertyTable& properties) noexcept
      : sites_(sites), table_(properties) {}

  /// The stream begins at that moment, or goes on after so many events. No id: one is drawn.
  void start(Ticks start, StreamId stream_id = {}, std::int64_t nb_events = 0) noexcept {
    block_end_ = start;
    stream_id_ = stream_id;
    nb_events_ = nb_events;
  }

  /// Takes a copy of a record, and of the properties that it names. False: memory is refused.
  bool take(const std::byte* record, std::size_t bytes, Ticks time) noexcept;

  /// Bytes of the records that are in no block yet.
  std::size_t pending_bytes() const noexcept { return pending_bytes_; }

  /// Tells the sink of what was taken since the last call, in order of time.
  void tell_new(EventSink& sink) noexcept
    requires(Spelling::kKind == StreamKind::kLog);

  /// Puts the oldest records into a block, until its events take `max_object_bytes`. False: nothing
  /// of them could be spelled. Call it until nothing is pending: what is taken in the meantime
  /// might be older. `lost` is how many could not be.
  bool write(std::size_t max_object_bytes, ClosedBlock& block, std::uint64_t& lost) noexcept;

  /// Drawn with the first block, if not given.
  const StreamId& stream_id() const noexcept { return stream_id_; }

 private:
  struct Item {
    std::int64_t time;
    std::uint32_t offset;  ///< Of the record in `bytes_`; its properties follow.
    std::uint32_t record_bytes;
    std::uint32_t property_bytes;  ///< 0: none.
  };

  void sort(std::size_t first) noexcept;
  bool read_properties_of(const Item& item, PropertyText& properties) const noexcept;
  bool spell(const Item& item, Ticks time) noexcept;

  const SiteTable& sites_;
  PropertyTable& table_;
  Spelling spelling_;
  RawArray<std::byte> bytes_;
  RawArray<Item> items_;
  std::size_t next_ = 0;  ///< The items before it are in blocks.
  std::size_t told_ = 0;  ///< The sink was told of those before it.
  std::size_t pending_bytes_ = 0;

  StreamId stream_id_;
  std::int64_t nb_events_ = 0;
  Ticks block_end_;
};

/// Logs.
struct LogSpelling {
  static constexpr StreamKind kKind = StreamKind::kLog;
  transit::LogBlockEncoder encoder;

  static LogLine line(const std::byte* record, const Site& site, const PropertyText& properties,
                      Ticks time) noexcept;
  bool spell(const std::byte* record, const Site& site, const PropertyText& properties,
             Ticks time) noexcept;
};

/// Metrics.
struct MetricSpelling {
  static constexpr StreamKind kKind = StreamKind::kMetrics;
  transit::MetricsBlockEncoder encoder;

  bool spell(const std::byte* record, const Site& site, const PropertyText& properties,
             Ticks time) noexcept;
};

extern template class MessageStream<LogSpelling>;
extern template class MessageStream<MetricSpelling>;

}  // namespace micromegas::tracing
