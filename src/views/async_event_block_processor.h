#pragma once

#include <string>
#include <utility>

#include "transit/records.h"
#include "views/async_block_parser.h"
#include "views/async_event_record_builder.h"
#include "views/row_writer.h"
#include "views/tick_converter.h"

namespace micromegas::views {

/// Turns the async events of one block into rows of `async_events`: an `AsyncBlockProcessor`.
class AsyncEventBlockProcessor {
 public:
  /// `ticks` and `rows` outlive the processor.
  AsyncEventBlockProcessor(std::string stream_id, std::string block_id, const TickConverter& ticks,
                           RowWriter& rows)
      : stream_id_(std::move(stream_id)),
        block_id_(std::move(block_id)),
        ticks_(ticks),
        rows_(rows),
        builder_(rows.builder<AsyncEventRecordBuilder>()) {
    builder_.begin_block(stream_id_, block_id_);
  }

  void on_begin_async_scope(const AsyncSpanEvent& event, const AsyncScope& scope) {
    append(AsyncEventType::kBegin, event, scope);
  }
  void on_end_async_scope(const AsyncSpanEvent& event, const AsyncScope& scope) {
    append(AsyncEventType::kEnd, event, scope);
  }

 private:
  /// An outcome that is not known yet is an end like any other.
  static SpanEndState end_state_of(std::uint32_t outcome) noexcept {
    switch (outcome) {
      case static_cast<std::uint32_t>(transit::SpanOutcome::kError):
        return SpanEndState::kError;
      case static_cast<std::uint32_t>(transit::SpanOutcome::kCancelled):
        return SpanEndState::kCancelled;
      default:
        return SpanEndState::kEnded;
    }
  }

  void append(AsyncEventType type, const AsyncSpanEvent& event, const AsyncScope& scope) {
    if (builder_.full()) {
      rows_.flush();
      builder_.begin_block(stream_id_, block_id_);
    }
    builder_.append({.event_type = type,
                     .time = ticks_.time_of(event.time),
                     .span_id = event.span_id,
                     .parent_span_id = event.parent_span_id,
                     .depth = event.depth,
                     .end_state = end_state_of(event.outcome)},
                    scope.key(), [&] { return scope.texts(); });
  }

  const std::string stream_id_;
  const std::string block_id_;
  const TickConverter& ticks_;
  RowWriter& rows_;
  AsyncEventRecordBuilder& builder_;
};

}  // namespace micromegas::views
