// Blocks of our own: what the encoder is given is what the reader finds.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "transit/block_reader.h"
#include "transit/thread_block_encoder.h"

namespace micromegas::transit {
namespace {

constexpr CallSite kFetch{"fetch", "shop::cart", "shop::cart::io", "src/cart.cpp", 42, 2};
constexpr CallSite kStore{"store", "shop::cart", "shop::cart::io", "src/cart.cpp", 77, 3};

StreamPlan thread_plan() {
  return {thread_stream_types().dependencies, thread_stream_types().objects};
}

std::string to_text(const ObjectView& object) {
  std::string text;
  for (const Member& member : object.members()) {
    const Value value = object.value(member);
    if (!text.empty()) text += ' ';
    if (const auto nested = value.object()) {
      text += '(' + to_text(*nested) + ')';
    } else if (const auto string = value.text()) {
      text += '"' + std::string{*string} + '"';
    } else if (member.source == Member::Source::kU32) {
      text += std::to_string(object.u32(member));
    } else {
      text += std::to_string(object.i64(member));
    }
  }
  return text;
}

/// The events of a block, one a line: type, then the values of the members.
std::vector<std::string> read_back(const ThreadBlockEncoder& encoder) {
  const StreamPlan plan = thread_plan();
  BlockReader reader;
  reader.open(plan, encoder.dependencies(), encoder.objects());
  std::vector<std::string> events;
  while (reader.next()) {
    events.push_back(std::string{reader.event().type_name()} + ' ' + to_text(reader.event()));
  }
  CHECK(events.size() == static_cast<std::size_t>(encoder.nb_objects()));
  return events;
}

TEST_CASE("a block without events is two empty buffers", "[encoder]") {
  ThreadBlockEncoder encoder;
  CHECK(encoder.dependencies().empty());
  CHECK(encoder.objects().empty());
  CHECK(read_back(encoder).empty());
}

TEST_CASE("each kind of event comes back with what it was given", "[encoder]") {
  ThreadBlockEncoder encoder;
  CHECK(encoder.begin_thread_span(kFetch, {10}));
  CHECK(encoder.begin_thread_named_span(kFetch, "r\xc3\xa9gion", {11}));
  CHECK(encoder.begin_async_span(kStore, {7, 3, 2}, {12}));
  CHECK(encoder.begin_async_named_span(kStore, "", {8, 7, 3}, {-13}));
  CHECK(encoder.end_async_named_span(kStore, "", {8, 7, 3}, {14}, SpanOutcome::kCancelled));
  CHECK(encoder.end_async_span(kStore, {7, 3, 2}, {15}, SpanOutcome::kError));
  CHECK(encoder.end_thread_named_span(kFetch, "r\xc3\xa9gion", {16}));
  CHECK(encoder.end_thread_span(kFetch, {17}));

  // Ids are drawn in the order in which things are first met: name, target, module path, file, and
  // then the record.
  const std::string fetch = R"((5 "fetch" "shop::cart" "shop::cart::io" "src/cart.cpp" 42 2))";
  const std::string fetch_location = R"((6 "shop::cart" "shop::cart::io" "src/cart.cpp" 42 2))";
  const std::string store = R"((9 "store" "shop::cart" "shop::cart::io" "src/cart.cpp" 77 3))";
  const std::string store_location = R"((10 "shop::cart" "shop::cart::io" "src/cart.cpp" 77 3))";
  CHECK(read_back(encoder) ==
        std::vector<std::string>{
            "BeginThreadSpanEvent " + fetch + " 10",
            "BeginThreadNamedSpanEvent " + fetch_location + " \"r\xc3\xa9gion\" 11",
            "BeginAsyncSpanEvent " + store + " 7 3 2 12",
            "BeginAsyncNamedSpanEvent " + store_location + " \"\" 8 7 3 -13",
            "EndAsyncNamedSpanEvent " + store_location + " \"\" 8 7 3 14 2",
            "EndAsyncSpanEvent " + store + " 7 3 2 15 1",
            "EndThreadNamedSpanEvent " + fetch_location + " \"r\xc3\xa9gion\" 16",
            "EndThreadSpanEvent " + fetch + " 17"});
}

TEST_CASE("texts that begin at one address stay apart", "[encoder]") {
  // With addresses as ids, `prefix` would be found twice.
  static constexpr std::string_view kText = "prefix-and-more";
  const CallSite site{kText.substr(0, 6), kText, kText, kText, 1, 3};
  ThreadBlockEncoder encoder;
  encoder.begin_async_span(site, {1, 0, 0}, {1});
  encoder.begin_async_named_span(site, kText.substr(0, 3), {2, 1, 1}, {2});
  CHECK(read_back(encoder) ==
        std::vector<std::string>{
            R"(BeginAsyncSpanEvent (3 "prefix" "prefix-and-more" "prefix-and-more" )"
            R"("prefix-and-more" 1 3) 1 0 0 1)",
            R"(BeginAsyncNamedSpanEvent (4 "prefix-and-more" "prefix-and-more" )"
            R"("prefix-and-more" 1 3) "pre" 2 1 1 2)"});
}

TEST_CASE("one buffer may hold one name after another", "[encoder]") {
  std::string name = "first";
  ThreadBlockEncoder encoder;
  encoder.begin_async_named_span(kFetch, name, {1, 0, 0}, {1});
  name = "other";
  encoder.begin_async_named_span(kFetch, name, {2, 0, 0}, {2});
  const auto events = read_back(encoder);
  REQUIRE(events.size() == 2);
  CHECK(events[0].find("\"first\"") != std::string::npos);
  CHECK(events[1].find("\"other\"") != std::string::npos);
}

TEST_CASE("empty texts and absurd numbers travel", "[encoder]") {
  const CallSite nowhere{"", "", "", "", 0xffff'ffff, 0};
  ThreadBlockEncoder encoder;
  encoder.begin_async_span(nowhere, {~0ULL, ~0ULL, 0xffff'ffff}, {INT64_MIN});
  CHECK(read_back(encoder) ==
        std::vector<std::string>{
            R"(BeginAsyncSpanEvent (2 "" "" "" "" 4294967295 0) -1 -1 4294967295 )" +
            std::to_string(INT64_MIN)});
}

TEST_CASE("a block repeats what it needs and nothing of the block before", "[encoder]") {
  ThreadBlockEncoder encoder;
  encoder.begin_async_span(kFetch, {1, 0, 0}, {1});
  encoder.begin_async_span(kStore, {2, 0, 0}, {2});
  encoder.clear();
  encoder.end_async_span(kStore, {2, 0, 0}, {3});
  CHECK(read_back(encoder) ==
        std::vector<std::string>{R"(EndAsyncSpanEvent (5 "store" "shop::cart" "shop::cart::io" )"
                                 R"("src/cart.cpp" 77 3) 2 0 0 3 0)"});
  const StreamPlan plan = thread_plan();
  BlockReader reader;
  reader.open(plan, encoder.dependencies(), encoder.objects());
  CHECK(reader.nb_dependencies() == 5);  // four texts and a record
}

TEST_CASE("the same events give the same bytes", "[encoder]") {
  const auto write = [](ThreadBlockEncoder& encoder) {
    encoder.clear();
    for (std::uint64_t i = 1; i < 300; ++i) {
      encoder.begin_async_named_span(kFetch, "name " + std::to_string(i % 17), {i, 0, 0}, {1});
    }
  };
  ThreadBlockEncoder fresh;
  write(fresh);
  ThreadBlockEncoder used;
  for (int i = 0; i < 3; ++i) write(used);
  CHECK(as_text(fresh.dependencies()) == as_text(used.dependencies()));
  CHECK(as_text(fresh.objects()) == as_text(used.objects()));
}

TEST_CASE("forty thousand names in a block are all found again", "[encoder]") {
  constexpr std::uint64_t kNames = 40'000;
  ThreadBlockEncoder encoder;
  for (std::uint64_t i = 0; i < kNames; ++i) {
    REQUIRE(encoder.begin_async_named_span(kFetch, "query " + std::to_string(i), {i, 0, 0}, {1}));
  }
  for (std::uint64_t i = 0; i < kNames; ++i) {
    REQUIRE(encoder.end_async_named_span(kFetch, "query " + std::to_string(i), {i, 0, 0}, {2}));
  }

  const StreamPlan plan = thread_plan();
  const auto begin = static_cast<std::size_t>(ThreadEvent::kBeginAsyncNamedSpan);
  BlockReader reader;
  reader.open(plan, encoder.dependencies(), encoder.objects());
  CHECK(reader.nb_dependencies() == kNames + 4);  // three texts of the site, and its record
  std::uint64_t visited = 0;
  while (reader.next()) {
    const ObjectView& event = reader.event();
    const std::size_t type = visited < kNames ? begin : begin + 1;
    REQUIRE(event.type_index() == type);
    REQUIRE(event.u64(*plan.find_member(type, "span_id")) == visited % kNames);
    REQUIRE(event.text(*plan.find_member(type, "name")) ==
            "query " + std::to_string(visited % kNames));
    ++visited;
  }
  CHECK(visited == 2 * kNames);
}

/// Bytes as lower-case hexadecimal, without spaces.
std::string hex(ByteView bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned>(byte) >> 4];
    text += kDigits[static_cast<unsigned>(byte) & 15];
  }
  return text;
}

TEST_CASE("the worked example of the wire format's page is what we write", "[encoder]") {
  const CallSite site{"fetch", "shop", "shop", "cart.cpp", 42, 3};
  ThreadBlockEncoder encoder;
  encoder.begin_async_span(site, {7, 0, 0}, {1000});
  encoder.end_async_span(site, {7, 0, 0}, {2500});
  CHECK(hex(encoder.dependencies()) ==
        "020d00000001000000000000006665746368"
        "020c000000020000000000000073686f70"
        "02100000000300000000000000636172742e637070"
        "000400000000000000"
        "01000000000000000200000000000000"
        "02000000000000000300000000000000"
        "2a00000003000000");
  CHECK(hex(encoder.objects()) ==
        "04e8030000000000000700000000000000"
        "0000000000000000"
        "04000000000000000000000000000000"
        "05c4090000000000000700000000000000"
        "0000000000000000"
        "04000000000000000000000000000000");
}

TEST_CASE("a dependency's ordinal tells it from the others of its block", "[reader]") {
  ThreadBlockEncoder encoder;
  encoder.begin_async_span(kFetch, {1, 0, 0}, {1});
  encoder.begin_async_span(kStore, {2, 0, 0}, {2});
  encoder.end_async_span(kFetch, {1, 0, 0}, {3});
  const StreamPlan plan = thread_plan();
  BlockReader reader;
  reader.open(plan, encoder.dependencies(), encoder.objects());
  std::vector<std::uint32_t> ordinals;
  while (reader.next()) {
    const ObjectView& event = reader.event();
    const DependencyView site =
        event.dependency(*plan.find_member(event.type_index(), "span_desc"));
    CHECK(site.ordinal() < reader.nb_dependencies());
    CHECK(site.object().text(site.object().get("target")) == "shop::cart");
    ordinals.push_back(site.ordinal());
  }
  REQUIRE(ordinals.size() == 3);
  CHECK(ordinals[0] == ordinals[2]);
  CHECK(ordinals[0] != ordinals[1]);
}

}  // namespace
}  // namespace micromegas::transit
