#include "views/async_block_parser.h"

#include <string>

#include "transit/decode_error.h"

namespace micromegas::views {
namespace {

using Kind = AsyncEventTypes::Kind;

struct KnownType {
  std::string_view type_name;
  Kind kind;
  bool named;
};

constexpr KnownType kKnownTypes[] = {
    {"BeginThreadSpanEvent", Kind::kThreadSpan, false},
    {"EndThreadSpanEvent", Kind::kThreadSpan, false},
    {"BeginThreadNamedSpanEvent", Kind::kThreadSpan, true},
    {"EndThreadNamedSpanEvent", Kind::kThreadSpan, true},
    {"BeginAsyncSpanEvent", Kind::kBegin, false},
    {"EndAsyncSpanEvent", Kind::kEnd, false},
    {"BeginAsyncNamedSpanEvent", Kind::kBegin, true},
    {"EndAsyncNamedSpanEvent", Kind::kEnd, true},
};

const KnownType* find_known(std::string_view type_name) {
  for (const KnownType& known : kKnownTypes) {
    if (known.type_name == type_name) return &known;
  }
  return nullptr;
}

/// Whatever else some producer may call so is none of our business.
const transit::Member* find_outcome(const transit::StreamPlan& plan, std::size_t type_index) {
  const transit::Member* member = plan.find_member(type_index, "outcome");
  return member != nullptr && member->source == transit::Member::Source::kU32 ? member : nullptr;
}

}  // namespace

AsyncEventTypes::AsyncEventTypes(const transit::StreamPlan& plan) {
  for (std::size_t i = 0; i < plan.nb_event_types() && i < types_.size(); ++i) {
    const KnownType* known = find_known(plan.event_type_name(i));
    if (known == nullptr) continue;
    types_[i] = {.kind = known->kind,
                 .named = known->named,
                 .description = plan.find_member(i, known->named ? "span_location" : "span_desc"),
                 .name = plan.find_member(i, "name"),
                 .span_id = plan.find_member(i, "span_id"),
                 .parent_span_id = plan.find_member(i, "parent_span_id"),
                 .depth = plan.find_member(i, "depth"),
                 .time = plan.find_member(i, "time"),
                 .outcome = known->kind == Kind::kEnd ? find_outcome(plan, i) : nullptr};
  }
}

CallSiteTexts AsyncScope::texts() const {
  using transit::DecodeFault;
  using DependencyKind = transit::DependencyView::Kind;
  if (description_.kind() != DependencyKind::kObject) {
    event_.fail(DecodeFault::kMemberKind, "the span's description is not an object");
  }
  const transit::ObjectView site = description_.object();
  CallSiteTexts texts{.name = {},
                      .filename = site.text(site.get("file")),
                      .target = site.text(site.get("target")),
                      .line = site.u32(site.get("line"))};
  if (!name_) {
    texts.name = site.text(site.get("name"));
  } else if (name_->kind() == DependencyKind::kText) {
    texts.name = name_->text();
  } else {
    event_.fail(DecodeFault::kMemberKind, "the span's name is not a text");
  }
  return texts;
}

namespace async_block_parser_detail {

void fail_missing_member(const AsyncEventTypes::EventType& type, const transit::ObjectView& event) {
  const std::string_view missing = !type.description ? (type.named ? "span_location" : "span_desc")
                                   : !type.span_id   ? "span_id"
                                   : !type.parent_span_id ? "parent_span_id"
                                   : !type.time           ? "time"
                                                          : "name";
  event.fail(transit::DecodeFault::kMissingMember, missing);
}

}  // namespace async_block_parser_detail

}  // namespace micromegas::views
