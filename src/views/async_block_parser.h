#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "transit/block_reader.h"
#include "transit/object_view.h"
#include "transit/stream_plan.h"
#include "views/call_site.h"

namespace micromegas::views {

/// Where an async span was opened: what both of its events refer to.
///
/// Texts are looked up only when asked for. `key` is equal exactly for events of the same block
/// that share description and name, so that a processor works each place out once per block.
class AsyncScope {
 public:
  /// `description`: a SpanRecord, or the SpanLocationRecord of a named span, whose name comes with
  /// the event. `event` outlives the scope.
  AsyncScope(const transit::ObjectView& event, transit::DependencyView description,
             std::optional<transit::DependencyView> name) noexcept
      : event_(event), description_(description), name_(name) {}

  std::uint64_t key() const noexcept {
    const std::uint64_t name = name_ ? std::uint64_t{name_->ordinal()} + 1 : 0;
    return name << 32 | description_.ordinal();
  }

  /// Throws `transit::DecodeError` when what the event refers to is not a call site.
  CallSiteTexts texts() const;

 private:
  const transit::ObjectView& event_;
  transit::DependencyView description_;
  std::optional<transit::DependencyView> name_;
};

/// One event of an async span, as it is in the block.
struct AsyncSpanEvent {
  Ticks time;  ///< Absolute.
  std::uint64_t span_id = 0;
  std::uint64_t parent_span_id = 0;  ///< 0: a root.
  std::uint32_t depth = 0;           ///< 0 also where the producer does not send it.
  std::uint32_t outcome = 0;  ///< Of an end (`transit::SpanOutcome`); 0 also where it is not sent.
};

/// What `parse_async_block_payload` hands its events to.
template <class T>
concept AsyncBlockProcessor =
    requires(T processor, const AsyncSpanEvent& event, const AsyncScope& scope) {
      processor.on_begin_async_scope(event, scope);
      processor.on_end_async_scope(event, scope);
    };

/// What is in the blocks of one thread stream, by type index: which events are those of async
/// spans, and where their members lie.
class AsyncEventTypes {
 public:
  explicit AsyncEventTypes(const transit::StreamPlan& plan);

  enum class Kind : std::uint8_t {
    kUnknown,
    kThreadSpan,  ///< Of no interest here.
    kBegin,
    kEnd,
  };

  struct EventType {
    Kind kind = Kind::kUnknown;
    bool named = false;
    // Null where the type lacks the member.
    const transit::Member* description = nullptr;
    const transit::Member* name = nullptr;
    const transit::Member* span_id = nullptr;
    const transit::Member* parent_span_id = nullptr;
    const transit::Member* depth = nullptr;
    const transit::Member* time = nullptr;
    const transit::Member* outcome = nullptr;
  };

  const EventType& operator[](std::uint32_t type_index) const noexcept {
    return types_[type_index];
  }

 private:
  std::array<EventType, 256> types_;
};

namespace async_block_parser_detail {

/// Raises the DecodeError for an event without a member that it must have.
[[noreturn]] void fail_missing_member(const AsyncEventTypes::EventType& type,
                                      const transit::ObjectView& event);

}  // namespace async_block_parser_detail

/// Calls the processor for each event of an async span, in the order of the block. Thread spans,
/// which share the stream, are passed over. Returns the number of events of other, unknown kinds.
///
/// Throws `transit::DecodeError`: nothing of the block counts then.
template <AsyncBlockProcessor Processor>
std::uint64_t parse_async_block_payload(transit::BlockReader& block, const AsyncEventTypes& types,
                                        Processor& processor) {
  using Kind = AsyncEventTypes::Kind;
  std::uint64_t nb_unknown = 0;
  while (block.next()) {
    const transit::ObjectView& object = block.event();
    const AsyncEventTypes::EventType& type = types[object.type_index()];
    if (type.kind == Kind::kThreadSpan) continue;
    if (type.kind == Kind::kUnknown) {
      ++nb_unknown;
      continue;
    }
    const bool complete = type.description && type.span_id && type.parent_span_id && type.time &&
                          (type.name || !type.named);
    if (!complete) async_block_parser_detail::fail_missing_member(type, object);

    const AsyncSpanEvent event{{object.i64(*type.time)},
                               object.u64(*type.span_id),
                               object.u64(*type.parent_span_id),
                               type.depth ? object.u32(*type.depth) : 0,
                               type.outcome ? object.u32(*type.outcome) : 0};
    std::optional<transit::DependencyView> name;
    if (type.named) name = object.dependency(*type.name);
    const AsyncScope scope(object, object.dependency(*type.description), name);
    if (type.kind == Kind::kBegin) {
      processor.on_begin_async_scope(event, scope);
    } else {
      processor.on_end_async_scope(event, scope);
    }
  }
  return nb_unknown;
}

}  // namespace micromegas::views
