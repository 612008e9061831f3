#include "views/async_block_parser.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "transit/decode_error.h"
#include "transit/stream_types.h"
#include "transit/thread_block_encoder.h"
#include "wire/lz4_frame.h"
#include "wire/messages.h"

namespace micromegas::views {
namespace {

const transit::CallSite kSite{"fetch", "app", "app::net", "net.cpp", 12, 3};

/// Writes down what it is called with.
struct Listener {
  std::vector<std::string> calls;

  void on_begin_async_scope(const AsyncSpanEvent& event, const AsyncScope& scope) {
    note("begin", event, scope);
  }
  void on_end_async_scope(const AsyncSpanEvent& event, const AsyncScope& scope) {
    note("end", event, scope);
  }

 private:
  void note(const char* what, const AsyncSpanEvent& event, const AsyncScope& scope) {
    const CallSiteTexts texts = scope.texts();
    calls.push_back(std::string(what) + ' ' + std::string(texts.name) + ' ' +
                    std::string(texts.filename) + ':' + std::to_string(texts.line) + ' ' +
                    std::to_string(event.span_id) + " in " + std::to_string(event.parent_span_id) +
                    " depth " + std::to_string(event.depth) + " at " +
                    std::to_string(event.time.value) +
                    (event.outcome == 0 ? "" : " outcome " + std::to_string(event.outcome)));
  }
};

/// A block with a thread span, an async span and a named async span.
transit::ThreadBlockEncoder recorded_block() {
  transit::ThreadBlockEncoder block;
  block.begin_thread_span(kSite, {1});
  block.begin_async_span(kSite, {7, 3, 2}, {10});
  block.begin_async_named_span(kSite, "GET /", {8, 0, 0}, {20});
  block.end_async_named_span(kSite, "GET /", {8, 0, 0}, {30});
  block.end_async_span(kSite, {7, 3, 2}, {40});
  block.end_thread_span(kSite, {50});
  return block;
}

/// Parses the block as one of a stream that describes itself with `objects`.
std::uint64_t parse(const transit::TypeTable& objects, Listener& listener) {
  const auto block = recorded_block();
  const transit::StreamPlan plan(transit::thread_stream_types().dependencies, objects);
  transit::BlockReader reader;
  reader.open(plan, block.dependencies(), block.objects());
  return parse_async_block_payload(reader, AsyncEventTypes(plan), listener);
}

transit::TypeTable types_but(const std::function<void(transit::TypeDescription&)>& change) {
  auto types = transit::thread_stream_types().objects;
  std::for_each(types.begin(), types.end(), change);
  return types;
}

void drop_member(transit::TypeDescription& type, const char* name) {
  std::erase_if(type.members, [&](const auto& member) { return member.name == name; });
}

}  // namespace

TEST_CASE("one begin and one end come out of a block that went over the wire", "[async_events]") {
  transit::ThreadBlockEncoder block;
  block.begin_async_span(kSite, {1, 0, 0}, {10});
  block.end_async_span(kSite, {1, 0, 0}, {20});
  const Bytes body =
      wire::encode_block({{},
                          {wire::compress_frame(block.dependencies(), wire::kFastLz4),
                           wire::compress_frame(block.objects(), wire::kFastLz4)}});

  const wire::BlockMessage received = wire::decode_block(body);
  Bytes dependencies, objects;
  wire::decompress_frame(received.payload.dependencies, dependencies);
  wire::decompress_frame(received.payload.objects, objects);
  const transit::StreamPlan plan(transit::thread_stream_types().dependencies,
                                 transit::thread_stream_types().objects);
  transit::BlockReader reader;
  reader.open(plan, dependencies, objects);
  Listener listener;
  CHECK(parse_async_block_payload(reader, AsyncEventTypes(plan), listener) == 0);
  CHECK(listener.calls == std::vector<std::string>{"begin fetch net.cpp:12 1 in 0 depth 0 at 10",
                                                   "end fetch net.cpp:12 1 in 0 depth 0 at 20"});
}

TEST_CASE("the parser hears async spans and is deaf to thread spans", "[async_events]") {
  Listener listener;
  CHECK(parse(transit::thread_stream_types().objects, listener) == 0);
  CHECK(listener.calls == std::vector<std::string>{"begin fetch net.cpp:12 7 in 3 depth 2 at 10",
                                                   "begin GET / net.cpp:12 8 in 0 depth 0 at 20",
                                                   "end GET / net.cpp:12 8 in 0 depth 0 at 30",
                                                   "end fetch net.cpp:12 7 in 3 depth 2 at 40"});
}

TEST_CASE("events of unknown kinds are passed over and counted", "[async_events]") {
  Listener listener;
  CHECK(parse(types_but([](auto& type) {
                if (type.name == "BeginAsyncNamedSpanEvent") type.name = "SuspendAsyncSpanEvent";
                if (type.name == "EndThreadSpanEvent") type.name = "Anything";
              }),
              listener) == 2);
  CHECK(listener.calls.size() == 3);
}

TEST_CASE("a depth that the producer does not send is 0; nothing else may be missing",
          "[async_events]") {
  Listener listener;
  parse(types_but([](auto& type) { drop_member(type, "depth"); }), listener);
  CHECK(listener.calls.front() == "begin fetch net.cpp:12 7 in 3 depth 0 at 10");

  for (const char* member :
       {"span_desc", "span_location", "name", "span_id", "parent_span_id", "time"}) {
    INFO(member);
    try {
      parse(types_but([&](auto& type) { drop_member(type, member); }), listener);
      FAIL("no error");
    } catch (const transit::DecodeError& e) {
      CHECK(e.fault() == transit::DecodeFault::kMissingMember);
      CHECK(std::string(e.what()).find(member) != std::string::npos);
    }
  }
}

TEST_CASE("an end says how it ended its span, if its producer can tell", "[async_events]") {
  transit::ThreadBlockEncoder block;
  block.begin_async_span(kSite, {1, 0, 0}, {10});
  block.end_async_span(kSite, {1, 0, 0}, {20}, transit::SpanOutcome::kError);
  block.end_async_named_span(kSite, "x", {2, 0, 0}, {30}, transit::SpanOutcome::kCancelled);
  const auto calls = [&](const transit::TypeTable& objects) {
    const transit::StreamPlan plan(transit::thread_stream_types().dependencies, objects);
    transit::BlockReader reader;
    reader.open(plan, block.dependencies(), block.objects());
    Listener listener;
    parse_async_block_payload(reader, AsyncEventTypes(plan), listener);
    return listener.calls;
  };
  const std::vector<std::string> without = {"begin fetch net.cpp:12 1 in 0 depth 0 at 10",
                                            "end fetch net.cpp:12 1 in 0 depth 0 at 20",
                                            "end x net.cpp:12 2 in 0 depth 0 at 30"};
  CHECK(calls(transit::thread_stream_types().objects) ==
        std::vector<std::string>{without[0], without[1] + " outcome 1", without[2] + " outcome 2"});
  CHECK(calls(types_but([](auto& type) { drop_member(type, "outcome"); })) == without);
  // Somebody else's member of that name: a number of 64 bits.
  CHECK(calls(types_but([](auto& type) {
          drop_member(type, "outcome");
          for (auto& member : type.members) {
            if (member.name != "span_id") continue;
            auto other = member;
            other.name = "outcome";
            type.members.push_back(other);
            break;
          }
        })) == without);
}

TEST_CASE("a reference to something that is no call site spoils the block", "[async_events]") {
  // The events' two references swapped: the name is a record, the record a name.
  const auto types = types_but([](auto& type) {
    if (type.name != "BeginAsyncNamedSpanEvent") return;
    std::swap(type.members[0].name, type.members[1].name);
  });
  Listener listener;
  CHECK_THROWS_AS(parse(types, listener), transit::DecodeError);
}

}  // namespace micromegas::views
