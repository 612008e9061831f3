// Details of async spans: what the encoder is given is what the reader finds.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "transit/async_detail_encoder.h"
#include "transit/block_reader.h"

namespace micromegas::transit {
namespace {

constexpr CallSite kLoad{"shop::load", "", "", "src/shop.cpp", 12, 3};
constexpr CallSite kStore{"shop::store", "", "", "src/shop.cpp", 40, 3};
constexpr AwaitSite kRead{kLoad, 3};
constexpr AwaitSite kWrite{kStore, 5};

struct Pair {
  std::string_view name;
  std::string_view value;
};
using Set = std::vector<Pair>;

const StreamPlan& detail_plan() {
  static const StreamPlan kPlan{async_detail_stream_types().dependencies,
                                async_detail_stream_types().objects};
  return kPlan;
}

std::string text_of(const DependencyView& dependency) {
  if (dependency.kind() == DependencyView::Kind::kText) return std::string(dependency.text());
  std::string text;
  if (dependency.kind() == DependencyView::Kind::kPropertySet) {
    for (std::uint32_t i = 0; i < dependency.nb_properties(); ++i) {
      const auto [name, value] = dependency.property(i);
      text += std::string(name) + '=' + std::string(value) + ';';
    }
    return text;
  }
  const ObjectView site = dependency.object();
  return std::string(site.text(site.get("function"))) + " at " +
         std::string(site.text(site.get("file"))) + ':' +
         std::to_string(site.u32(site.get("line"))) + ':' +
         std::to_string(site.u32(site.get("column")));
}

/// The events of a block, one a line: type, then the members.
std::vector<std::string> read_back(const AsyncDetailEncoder& encoder) {
  BlockReader reader;
  reader.open(detail_plan(), encoder.dependencies(), encoder.objects());
  std::vector<std::string> events;
  while (reader.next()) {
    const ObjectView& event = reader.event();
    std::string text{event.type_name()};
    for (const Member& member : event.members()) {
      text += ' ';
      text += member.source == Member::Source::kReference ? text_of(event.dependency(member))
                                                          : std::to_string(event.i64(member));
    }
    events.push_back(text);
  }
  CHECK(events.size() == static_cast<std::size_t>(encoder.nb_objects()));
  return events;
}

TEST_CASE("each detail of a span comes back with what it was given", "[async_detail]") {
  AsyncDetailEncoder encoder;
  CHECK(encoder.suspend(7, kRead, 8, {10}));
  CHECK(encoder.resume(7, 8, {11}));
  CHECK(encoder.properties(7, Set{{"user", "ann"}, {"tenant", ""}}, {12}));
  CHECK(encoder.suspend(7, kWrite, 0, {13}));
  CHECK(encoder.error(7, "disk full", {14}));
  CHECK(read_back(encoder) ==
        std::vector<std::string>{"AsyncSpanSuspendEvent 7 shop::load at src/shop.cpp:12:3 8 10",
                                 "AsyncSpanResumeEvent 7 8 11",
                                 "AsyncSpanPropertiesEvent 7 user=ann;tenant=; 12",
                                 "AsyncSpanSuspendEvent 7 shop::store at src/shop.cpp:40:5 0 13",
                                 "AsyncSpanErrorEvent 7 disk full 14"});
}

TEST_CASE("what details share is in a block once", "[async_detail]") {
  AsyncDetailEncoder encoder;
  for (std::uint64_t span = 1; span <= 100; ++span) {
    encoder.suspend(span, kRead, 0, {1});
    // A set is known by what it says, wherever its texts are.
    const std::string user = "ann";
    encoder.properties(span, Set{{"user", user}}, {2});
    encoder.error(span, "user", {3});
  }
  BlockReader reader;
  reader.open(detail_plan(), encoder.dependencies(), encoder.objects());
  CHECK(reader.nb_dependencies() == 6);  // Function, file, the site; user, ann, the set.
  encoder.clear();
  CHECK(encoder.dependencies().empty());
  CHECK(encoder.resume(1, 0, {4}));
  CHECK(read_back(encoder) == std::vector<std::string>{"AsyncSpanResumeEvent 1 0 4"});
}

TEST_CASE("property sets that differ in one text are different sets", "[async_detail]") {
  AsyncDetailEncoder encoder;
  encoder.properties(1, Set{{"a", "b"}}, {1});
  encoder.properties(1, Set{{"b", "a"}}, {2});
  encoder.properties(1, Set{{"a", "b"}, {"b", "a"}}, {3});
  encoder.properties(1, Set{}, {4});
  encoder.properties(1, Set{{"a", "b"}}, {5});
  CHECK(read_back(encoder) == std::vector<std::string>{"AsyncSpanPropertiesEvent 1 a=b; 1",
                                                       "AsyncSpanPropertiesEvent 1 b=a; 2",
                                                       "AsyncSpanPropertiesEvent 1 a=b;b=a; 3",
                                                       "AsyncSpanPropertiesEvent 1  4",
                                                       "AsyncSpanPropertiesEvent 1 a=b; 5"});
}

TEST_CASE("a set with too many properties is refused", "[async_detail]") {
  AsyncDetailEncoder encoder;
  CHECK(encoder.properties(1, Set(DependencyWriter::kMaxProperties, Pair{"a", "b"}), {1}));
  CHECK_FALSE(
      encoder.properties(1, Set(DependencyWriter::kMaxProperties + 1, Pair{"a", "b"}), {1}));
  CHECK(read_back(encoder).size() == 1);
}

}  // namespace
}  // namespace micromegas::transit
