#include "transit/dynamic_events.h"

namespace micromegas::transit {
namespace {

using Field = DynamicEvent::Field;
using Kind = DynamicField::Kind;

// What is written today.

constexpr Field kLogString[] = {
    {"desc", Kind::kReference}, {"time", Kind::kI64}, {"msg", Kind::kCodedText}};
constexpr std::string_view kLogStringMembers[] = {"time", "msg", "desc"};

constexpr Field kLogStringInterop[] = {{"time", Kind::kI64},
                                       {"level", Kind::kU8},
                                       {"target", Kind::kNested, "StaticStringRef"},
                                       {"msg", Kind::kCodedText}};
constexpr std::string_view kLogStringInteropMembers[] = {"time", "level", "target", "msg"};

constexpr Field kTaggedLogString[] = {{"desc", Kind::kReference},
                                      {"properties", Kind::kReference},
                                      {"time", Kind::kI64},
                                      {"msg", Kind::kCodedText}};
constexpr std::string_view kTaggedLogStringMembers[] = {"time", "desc", "properties", "msg"};

constexpr Field kImage[] = {{"time", Kind::kI64},
                            {"name", Kind::kCodedText},
                            {"format", Kind::kCodedText},
                            {"data", Kind::kCountedBytes}};
constexpr std::string_view kImageMembers[] = {"time", "name", "format", "data"};

// Older or foreign shapes.

constexpr Field kTaggedLogInterop[] = {{"time", Kind::kI64},
                                       {"level", Kind::kU8},
                                       {"target", Kind::kNested, "StaticStringRef"},
                                       {"properties", Kind::kReference},
                                       {"msg", Kind::kCodedText}};
constexpr std::string_view kTaggedLogInteropMembers[] = {"time", "level", "target", "properties",
                                                         "msg"};

constexpr Field kOldLogString[] = {
    {"desc", Kind::kReference}, {"time", Kind::kI64}, {"msg", Kind::kTextToEnd}};

constexpr Field kOldLogStringInterop[] = {{"time", Kind::kI64},
                                          {"level", Kind::kU32},
                                          {"target", Kind::kNested, "StringId"},
                                          {"msg", Kind::kTextToEnd}};

constexpr DynamicEvent kDynamicEvents[] = {
    {"LogStringEventV2", kLogString, kLogStringMembers},
    {"LogStringInteropEventV3", kLogStringInterop, kLogStringInteropMembers},
    {"TaggedLogString", kTaggedLogString, kTaggedLogStringMembers},
    {"ImageEvent", kImage, kImageMembers},
    {"TaggedLogInteropEvent", kTaggedLogInterop, kTaggedLogInteropMembers},
    {"LogStringEvent", kOldLogString, kLogStringMembers},
    {"LogStringInteropEventV2", kOldLogStringInterop, kLogStringInteropMembers},
};

}  // namespace

const DynamicEvent* find_dynamic_event(std::string_view name) noexcept {
  for (const DynamicEvent& event : kDynamicEvents) {
    if (event.name == name) return &event;
  }
  return nullptr;
}

}  // namespace micromegas::transit
