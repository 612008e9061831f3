// Buffers and type tables made by hand, sound and unsound.
#include "transit/block_reader.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "block_bytes.h"

namespace micromegas::transit {
namespace {

MemberDescription number(const char* name, const char* type, std::uint32_t offset,
                         std::uint32_t size) {
  return {name, type, offset, size, false};
}
MemberDescription reference(const char* name, std::uint32_t offset) {
  return {name, "anything", offset, 8, true};
}
TypeDescription dynamic_type(const char* name) { return {name, 0, false, {}}; }

const TypeTable kTexts = {dynamic_type("StaticString")};

BlockBytes text_record(std::uint64_t id, std::string_view text) {
  return BlockBytes().dynamic(0, BlockBytes().u64(id).text(text));
}

/// What reading a whole block ends with: no fault, or the fault, the buffer and the offset.
std::string outcome(const TypeTable& dependency_types, const TypeTable& event_types,
                    ByteView dependencies, ByteView objects) {
  const StreamPlan plan(dependency_types, event_types);
  BlockReader reader;
  try {
    reader.open(plan, dependencies, objects);
    while (reader.next()) reader.value();
    return "sound";
  } catch (const DecodeError& error) {
    CHECK(std::string{error.what()}.starts_with(std::string{to_string(error.buffer())} + ": " +
                                                std::string{to_string(error.fault())} +
                                                " at byte " + std::to_string(error.offset())));
    return std::string{to_string(error.buffer())} + ' ' + std::to_string(error.offset()) + ' ' +
           std::string{to_string(error.fault())};
  }
}

std::string events_outcome(const TypeTable& event_types, ByteView objects) {
  return outcome(kTexts, event_types, text_record(1, "one"), objects);
}

std::string dependencies_outcome(const TypeTable& dependency_types, ByteView dependencies) {
  return outcome(dependency_types, {}, dependencies, {});
}

TEST_CASE("numbers of every kind are read where the metadata says", "[reader]") {
  const TypeTable types = {
      {"Event",
       40,
       false,
       {number("f", "f64", 31, 8), number("a", "u8", 0, 1), number("b", "uint32", 1, 4),
        number("c", "u64", 5, 8), number("d", "int64", 13, 8), number("e", "uint8", 21, 1)}}};
  const StreamPlan plan({}, types);
  const BlockBytes objects = BlockBytes()
                                 .u8(0)
                                 .u8(200)
                                 .u32(0xdead'beef)
                                 .u64(~0ULL)
                                 .u64(static_cast<std::uint64_t>(-5))
                                 .u8(7)
                                 .text("123456789")
                                 .f64(0.1)
                                 .u8(0);
  BlockReader reader;
  reader.open(plan, {}, objects);
  REQUIRE(reader.next());
  const ObjectView event = reader.event();
  CHECK(event.f64(event.get("f")) == 0.1);
  CHECK(event.u32(event.get("a")) == 200);
  CHECK(event.u32(event.get("b")) == 0xdead'beef);
  CHECK(event.u64(event.get("c")) == ~0ULL);
  CHECK(event.i64(event.get("c")) == -1);
  CHECK(event.i64(event.get("d")) == -5);
  CHECK(event.members()[5].name == "e");
  CHECK(event.find("g") == nullptr);
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());
}

TEST_CASE("a reader that asks for another kind is told which member it was", "[reader]") {
  const TypeTable types = {{"Event", 16, false, {number("a", "u32", 0, 4), reference("b", 8)}}};
  const StreamPlan plan(kTexts, types);
  const BlockBytes dependencies = text_record(1, "one");
  const BlockBytes objects = BlockBytes().u8(0).u64(5).u64(1);
  BlockReader reader;
  reader.open(plan, dependencies, objects);
  REQUIRE(reader.next());
  const ObjectView& event = reader.event();
  const Member& a = event.get("a");
  const Member& b = event.get("b");
  CHECK(event.text(b) == "one");
  CHECK_THROWS_WITH(
      event.u64(a),
      "objects: member of another kind at byte 0: Event.a is not a number of 64 bits");
  CHECK_THROWS_WITH(event.f64(a), Catch::Contains("a is not a floating-point number"));
  CHECK_THROWS_WITH(event.text(a), Catch::Contains("a is not text"));
  CHECK_THROWS_WITH(event.bytes(b), Catch::Contains("b is not bytes"));
  CHECK_THROWS_WITH(event.object(b), Catch::Contains("b is not an object"));
  CHECK_THROWS_WITH(event.u32(b), Catch::Contains("b is not a number of 32 bits"));
  CHECK_THROWS_WITH(event.dependency(a), Catch::Contains("a is not a reference"));
  CHECK_THROWS_WITH(event.get("c"), "objects: missing member at byte 0: Event.c");
}

TEST_CASE("objects nest, and references inside them resolve", "[reader]") {
  const TypeTable types = {
      {"Outer", 24, false, {number("before", "u32", 0, 4), number("in", "Inner", 8, 16)}},
      {"Inner", 16, false, {reference("text", 8), number("n", "u64", 0, 8)}}};
  const StreamPlan plan(kTexts, types);
  const BlockBytes dependencies = text_record(77, "deep");
  const BlockBytes objects = BlockBytes().u8(0).u64(5).u64(6).u64(77);
  BlockReader reader;
  reader.open(plan, dependencies, objects);
  REQUIRE(reader.next());
  const ObjectView inner = reader.event().object(reader.event().get("in"));
  CHECK(inner.type_name() == "Inner");
  CHECK(inner.u64(inner.get("n")) == 6);
  CHECK(inner.text(inner.get("text")) == "deep");
}

TEST_CASE("a block that does not fit its metadata says where", "[reader]") {
  const TypeTable types = {{"Event", 8, false, {number("time", "i64", 0, 8)}}, dynamic_type("New")};
  CHECK(events_outcome(types, {}) == "sound");
  CHECK(events_outcome(types, BlockBytes().u8(0).u64(1)) == "sound");
  CHECK(events_outcome(types, BlockBytes().u8(0).u64(1).u8(2)) ==
        "objects 9 type index past the table");
  CHECK(events_outcome(types, BlockBytes().u8(0).u64(1).u8(0)) == "objects 9 record cut off");
  CHECK(events_outcome(types, BlockBytes().u8(0).u32(1)) == "objects 0 record cut off");
  CHECK(events_outcome(types, BlockBytes().u8(1).u8(0)) == "objects 0 record cut off");
  CHECK(events_outcome(types, BlockBytes().u8(1).u32(3).text("ab")) == "objects 0 record cut off");
  CHECK(events_outcome(types, BlockBytes().u8(1).u32(0xffff'ffff).text("ab")) ==
        "objects 0 record cut off");
  CHECK(events_outcome(types, BlockBytes().u8(1).u32(2).text("ab").u8(0).u64(1)) == "sound");
}

TEST_CASE("what is wrong with a type is raised when such a record is met", "[reader]") {
  struct Case {
    TypeDescription type;
    const char* fault;
  };
  const std::vector<Case> cases = {
      {{"T", 8, false, {number("m", "i64", 1, 8)}}, "member outside its object"},
      {{"T", 8, false, {number("m", "i64", 0xffff'ffff, 8)}}, "member outside its object"},
      {{"T", 8, false, {number("m", "i64", 0, 4)}}, "wrong member size"},
      {{"T", 8, false, {{"m", "any", 0, 4, true}}}, "wrong member size"},
      {{"T", 8, false, {number("m", "i32", 0, 4)}}, "unknown member type"},
      {{"T", 8, false, {number("m", "T", 0, 8)}}, "type too complex"},  // contains itself
      {{"T", 8, true, {number("m", "i64", 0, 8)}}, "reference type without id"},
      {{"T", 8, false, {number("m", "Wide", 0, 8)}}, "member outside its object"},
      {{"T", 16, false, {number("m", "Faulty", 0, 8)}}, "unknown member type"},
      {{"T", 8, false, {number("m", "NoId", 0, 8)}}, "reference type without id"},
  };
  for (const Case& wrong : cases) {
    INFO(wrong.fault);
    const TypeTable types = {{"Good", 8, false, {number("time", "i64", 0, 8)}},
                             wrong.type,
                             {"Wide", 16, false, {}},
                             {"Faulty", 8, false, {number("m", "bool", 0, 1)}},
                             {"NoId", 8, true, {}}};
    CHECK(events_outcome(types, BlockBytes().u8(0).u64(1)) == "sound");
    CHECK(events_outcome(types, BlockBytes().u8(0).u64(1).u8(1).u64(0).u64(0)) ==
          std::string{"objects 9 "} + wrong.fault);
  }
}

TEST_CASE("a type that multiplies its bytes is refused", "[reader][hostile]") {
  // Sixteen levels, each twice the next: 65,536 members in a record of eight bytes.
  TypeTable types;
  for (int level = 0; level < 15; ++level) {
    const std::string next = "T" + std::to_string(level + 1);
    types.push_back({"T" + std::to_string(level),
                     8,
                     false,
                     {number("a", next.c_str(), 0, 8), number("b", next.c_str(), 0, 8)}});
  }
  types.push_back({"T15", 8, false, {reference("r", 0)}});
  CHECK(events_outcome(types, BlockBytes().u8(0).u64(1)) == "objects 0 type too complex");

  TypeDescription many{"Many", 8, false, {}};
  for (int i = 0; i < 1000; ++i) many.members.push_back(reference("r", 0));
  CHECK(events_outcome({many}, BlockBytes().u8(0).u64(1)) == "objects 0 type too complex");

  // Members that do not overlap may be as many as the body has bytes.
  TypeDescription dense{"Dense", 200, false, {}};
  for (std::uint32_t i = 0; i < 200; ++i) dense.members.push_back(number("n", "u8", i, 1));
  CHECK(events_outcome({dense}, BlockBytes().u8(0).text(std::string(200, 'x'))) == "sound");
}

TEST_CASE("references must lead somewhere, and null leads nowhere", "[reader]") {
  const TypeTable types = {{"Event", 8, false, {reference("desc", 0)}}};
  CHECK(events_outcome(types, BlockBytes().u8(0).u64(1)) == "sound");
  CHECK(events_outcome(types, BlockBytes().u8(0).u64(1).u8(0).u64(0)) ==
        "objects 9 unresolved reference");
  const StreamPlan plan({}, types);
  const BlockBytes objects = BlockBytes().u8(0).u64(4711);
  BlockReader reader;
  reader.open(plan, {}, objects);
  CHECK_THROWS_WITH(reader.next(),
                    "objects: unresolved reference at byte 0: Event.desc refers to 4711");
  // Zero is an id like another.
  CHECK(outcome(kTexts, types, text_record(0, "zero"), BlockBytes().u8(0).u64(0)) == "sound");
}

TEST_CASE("dependencies beyond the needs of any block are a fault", "[reader]") {
  const TypeTable types = {dynamic_type("StaticString")};
  BlockBytes most;
  for (std::uint64_t id = 0; id < DependencyTable::kMaxDependencies; ++id)
    most.u8(0).u32(8).u64(id);
  CHECK(dependencies_outcome(types, most) == "sound");
  CHECK(dependencies_outcome(types, most.u8(0).u32(8).u64(~std::uint64_t{0})) ==
        "dependencies 13631488 too many dependencies");
}

TEST_CASE("dependencies: one namespace, in order, each once", "[reader]") {
  const TypeTable types = {dynamic_type("StaticString"),
                           {"Record", 16, false, {number("id", "u64", 0, 8), reference("name", 8)}},
                           {"NoId", 8, false, {number("key", "u64", 0, 8)}},
                           {"ShortId", 8, false, {number("id", "u32", 0, 4)}},
                           dynamic_type("Unknown"),
                           {"Ref", 8, true, {reference("id", 0)}}};
  const BlockBytes one = text_record(1, "one");
  CHECK(dependencies_outcome(types, one) == "sound");
  CHECK(dependencies_outcome(types, BlockBytes(one).u8(1).u64(2).u64(1)) == "sound");
  CHECK(dependencies_outcome(types, BlockBytes(one).u8(1).u64(1).u64(1)) ==
        "dependencies 16 duplicate id");
  CHECK(dependencies_outcome(types, BlockBytes(one).text(as_text(one))) ==
        "dependencies 16 duplicate id");
  CHECK(dependencies_outcome(types, BlockBytes().u8(1).u64(2).u64(1).text(as_text(one))) ==
        "dependencies 0 unresolved reference");
  CHECK(dependencies_outcome(types, BlockBytes().u8(1).u64(2).u64(2)) ==
        "dependencies 0 unresolved reference");  // to itself
  CHECK(dependencies_outcome(types, BlockBytes().u8(2).u64(2)) ==
        "dependencies 0 not a dependency");
  CHECK(dependencies_outcome(types, BlockBytes().u8(3).u64(2)) ==
        "dependencies 0 not a dependency");
  CHECK(dependencies_outcome(types, BlockBytes().u8(4).u32(0)) ==
        "dependencies 0 not a dependency");
  CHECK(dependencies_outcome(types, BlockBytes(one).u8(5).u64(1)) ==
        "dependencies 16 not a dependency");
  CHECK(dependencies_outcome(types, BlockBytes().dynamic(0, BlockBytes().u32(1))) ==
        "dependencies 0 contents cut off");
  CHECK(dependencies_outcome(types, text_record(1, "caf\xe9")) == "dependencies 0 invalid text");
}

TEST_CASE("contents that run past their record are read, but not without end", "[hostile]") {
  const TypeTable types = {dynamic_type("StaticStringDependency")};
  // Each record claims all that follows it as its text: quadratic, were it let.
  BlockBytes greedy;
  constexpr std::uint32_t kRecords = 20'000;
  constexpr std::uint32_t kRecordSize = 1 + 4 + 8 + 5;
  for (std::uint32_t i = 0; i < kRecords; ++i) {
    greedy.u8(0).u32(13).u64(i + 1).u8(2).u32((kRecords - 1 - i) * kRecordSize);
  }
  CHECK(dependencies_outcome(types, greedy) ==
        "dependencies " + std::to_string(kRecordSize) + " records overlap too much");
}

TEST_CASE("property sets keep their order and repeated names", "[reader]") {
  const TypeTable types = {dynamic_type("StaticString"),
                           dynamic_type("PropertySetDependency"),
                           {"Property", 16, false, {reference("name", 0), reference("value", 8)}},
                           {"Record", 8, false, {number("id", "u64", 0, 8)}}};
  BlockBytes dependencies;
  dependencies.text(as_text(text_record(1, "b"))).text(as_text(text_record(2, "a")));
  dependencies.dynamic(1, BlockBytes().u64(3).u32(3).u64(1).u64(2).u64(2).u64(1).u64(1).u64(1));
  dependencies.dynamic(1, BlockBytes().u64(4).u32(0));
  const StreamPlan plan(types, {});
  BlockReader reader;
  reader.open(plan, dependencies, {});
  REQUIRE(reader.nb_dependencies() == 4);
  const DependencyView set = reader.dependency(2);
  REQUIRE(set.kind() == DependencyView::Kind::kPropertySet);
  REQUIRE(set.nb_properties() == 3);
  using Property = std::pair<std::string_view, std::string_view>;
  CHECK(set.property(0) == Property("b", "a"));
  CHECK(set.property(1) == Property("a", "b"));
  CHECK(set.property(2) == Property("b", "b"));
  CHECK(reader.dependency(3).nb_properties() == 0);

  CHECK(dependencies_outcome(types, BlockBytes().dynamic(1, BlockBytes().u64(1).u32(1))) ==
        "dependencies 0 contents cut off");
  CHECK(dependencies_outcome(types, BlockBytes().dynamic(1, BlockBytes().u64(1).u32(~0U))) ==
        "dependencies 0 contents cut off");
  CHECK(dependencies_outcome(types,
                             BlockBytes().dynamic(1, BlockBytes().u64(1).u32(1).u64(9).u64(9))) ==
        "dependencies 0 unresolved reference");
  CHECK(dependencies_outcome(types, BlockBytes().u8(3).u64(5).dynamic(
                                        1, BlockBytes().u64(1).u32(1).u64(5).u64(5))) ==
        "dependencies 9 property that is not text");
  CHECK(dependencies_outcome({types[0], types[1]},
                             BlockBytes().dynamic(1, BlockBytes().u64(1).u32(0))) ==
        "dependencies 0 missing type");
}

TEST_CASE("a known dynamic event with a size is read by its members", "[reader]") {
  const TypeTable types = {{"LogStringEventV2", 8, false, {number("time", "i64", 0, 8)}}};
  const StreamPlan plan({}, types);
  const BlockBytes objects = BlockBytes().u8(0).u64(5);
  BlockReader reader;
  reader.open(plan, {}, objects);
  REQUIRE(reader.next());
  CHECK(reader.event().members().size() == 1);
}

TEST_CASE("a nested reference type in a dynamic event may be anything that has an id", "[reader]") {
  const auto read_target = [](const TypeDescription& target, const BlockBytes& body) {
    const StreamPlan plan(kTexts, {dynamic_type("LogStringInteropEventV3"),
                                   target,
                                   {"Pair", 8, false, {number("n", "u32", 4, 4)}}});
    const BlockBytes dependencies = text_record(1, "one");
    const BlockBytes objects =
        BlockBytes().dynamic(0, BlockBytes().u64(9).u8(3).text(as_text(body)).coded(2, "message"));
    BlockReader reader;
    reader.open(plan, dependencies, objects);
    REQUIRE(reader.next());
    const ObjectView& event = reader.event();
    CHECK(event.i64(event.get("time")) == 9);
    CHECK(event.u32(event.get("level")) == 3);
    CHECK(event.text(event.get("msg")) == "message");
    const Value value = event.value(event.get("target"));
    if (const auto object = value.object()) {
      const Member& member = object->members()[0];
      return std::string{object->type_name()} + ' ' +
             (member.source == Member::Source::kReference ? std::string{object->text(member)}
                                                          : std::to_string(object->u32(member)));
    }
    if (const auto text = value.text()) return std::string{*text};
    if (const auto small = value.u32()) return std::to_string(*small);
    if (const auto big = value.u64()) return std::to_string(*big);
    return std::to_string(value.f64().value());
  };
  const char* name = "StaticStringRef";
  CHECK(read_target({name, 8, true, {reference("id", 0)}}, BlockBytes().u64(1)) == "one");
  CHECK(read_target({name, 8, true, {number("id", "u64", 0, 8)}}, BlockBytes().u64(7)) == "7");
  CHECK(read_target({name, 8, true, {number("id", "i64", 0, 8)}}, BlockBytes().u64(7)) == "7");
  CHECK(read_target({name, 4, true, {number("id", "u32", 0, 4)}}, BlockBytes().u32(7)) == "7");
  CHECK(read_target({name, 1, true, {number("id", "u8", 0, 1)}}, BlockBytes().u8(7)) == "7");
  CHECK(read_target({name, 8, true, {number("id", "f64", 0, 8)}}, BlockBytes().f64(0.5)) ==
        "0.500000");
  CHECK(read_target({name, 16, true, {number("id", "Pair", 8, 8)}},
                    BlockBytes().u64(0).u32(0).u32(21)) == "Pair 21");
  CHECK(read_target({name, 8, false, {reference("id", 0)}}, BlockBytes().u64(1)) ==
        "StaticStringRef one");
}

TEST_CASE("a reader is as new after a block that failed", "[reader]") {
  const TypeTable types = {{"Event", 8, false, {reference("desc", 0)}}};
  const StreamPlan plan(kTexts, types);
  const BlockBytes dependencies = text_record(1, "one");
  const BlockBytes bad_dependencies = BlockBytes(dependencies).text(as_text(dependencies));
  const BlockBytes objects = BlockBytes().u8(0).u64(1);
  BlockReader reader;
  for (int i = 0; i < 3; ++i) {
    CHECK_THROWS_AS(reader.open(plan, bad_dependencies, objects), DecodeError);
    CHECK_FALSE(reader.next());
    reader.open(plan, dependencies, objects);
    CHECK(reader.next());
    CHECK_FALSE(reader.next());
    reader.open(plan, {}, objects);
    CHECK_THROWS_AS(reader.next(), DecodeError);
  }
}

}  // namespace
}  // namespace micromegas::transit
