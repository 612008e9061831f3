#include "views/async_event_record_builder.h"

#include <arrow/api.h>
#include <catch2/catch.hpp>

#include "views/async_events_schema.h"
#include "views/block_error.h"
#include "views/site_cache.h"

namespace micromegas::views {
namespace {

constexpr CallSiteTexts kSite{"async_function", "test.rs", "my_module", 42};

void append(AsyncEventRecordBuilder& builder, std::int64_t time, std::uint64_t span_id,
            std::uint64_t parent, std::uint64_t key = 1, CallSiteTexts site = kSite) {
  builder.append({.event_type = AsyncEventType::kBegin,
                  .time = {time},
                  .span_id = span_id,
                  .parent_span_id = parent,
                  .depth = parent == 0 ? 0u : 1u},
                 key, [&] { return site; });
}

std::string text(const arrow::RecordBatch& batch, const char* column, std::int64_t row) {
  const auto array = batch.GetColumnByName(column);
  const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array);
  return static_cast<const arrow::StringArray&>(*dictionary.dictionary())
      .GetString(dictionary.GetValueIndex(row));
}

}  // namespace

TEST_CASE("one event makes one row of the declared schema", "[async_events]") {
  AsyncEventRecordBuilder builder(10);
  builder.begin_block("stream-1", "block-1");
  append(builder, 1'000'000, 1, 0);

  const auto [batch, range] = builder.finish();
  REQUIRE(batch->num_rows() == 1);
  REQUIRE(batch->ValidateFull().ok());
  CHECK(batch->schema()->Equals(*async_events_stored_schema(), /*check_metadata=*/true));
  CHECK(text(*batch, "stream_id", 0) == "stream-1");
  CHECK(text(*batch, "block_id", 0) == "block-1");
  CHECK(text(*batch, "event_type", 0) == "begin");
  CHECK(text(*batch, "name", 0) == "async_function");
  CHECK(text(*batch, "filename", 0) == "test.rs");
  CHECK(text(*batch, "target", 0) == "my_module");
  CHECK(batch->GetColumnByName("parent_span_id")->IsNull(0));
  CHECK(range == TimeRange{{1'000'000}, {1'000'000}});
}

TEST_CASE("the schema has the columns that clients read, in their order", "[async_events]") {
  CHECK(async_events_schema()->ToString() ==
        "stream_id: dictionary<values=string, indices=int32, ordered=0> not null\n"
        "block_id: dictionary<values=string, indices=int32, ordered=0> not null\n"
        "time: timestamp[ns, tz=+00:00] not null\n"
        "event_type: dictionary<values=string, indices=int32, ordered=0> not null\n"
        "span_id: int64 not null\n"
        "parent_span_id: int64\n"
        "depth: uint32 not null\n"
        "hash: uint32 not null\n"
        "name: dictionary<values=string, indices=int32, ordered=0> not null\n"
        "filename: dictionary<values=string, indices=int32, ordered=0> not null\n"
        "target: dictionary<values=string, indices=int32, ordered=0> not null\n"
        "line: uint32 not null");
}

TEST_CASE("how an end ended its span is stored behind the columns of the view", "[async_events]") {
  CHECK(async_events_stored_schema()->ToString() ==
        async_events_schema()->ToString() +
            "\nend_state: dictionary<values=string, indices=int32, ordered=0> not null");
  AsyncEventRecordBuilder builder(10);
  builder.begin_block("s", "b");
  for (const auto state : {SpanEndState::kEnded, SpanEndState::kError, SpanEndState::kCancelled}) {
    AsyncEvent end;
    end.event_type = AsyncEventType::kEnd;
    end.end_state = state;
    builder.append(end, 1, [] { return CallSiteTexts{"name", "file", "target", 1}; });
  }
  const auto batch = builder.finish().batch;
  REQUIRE(batch->num_rows() == 3);
  CHECK(text(*batch, "end_state", 0) == "ended");
  CHECK(text(*batch, "end_state", 1) == "error");
  CHECK(text(*batch, "end_state", 2) == "cancelled");
}

TEST_CASE("the range is that of the true minimum and maximum, not of first and last",
          "[async_events]") {
  AsyncEventRecordBuilder builder(10);
  builder.begin_block("s", "b");
  for (const std::int64_t time : {50, 20, 90, 60}) append(builder, time, 1, 0);
  CHECK(builder.finish().event_range == TimeRange{{20}, {90}});
  CHECK(builder.finish().event_range == std::nullopt);
}

TEST_CASE("rows that are taken back leave no trace", "[async_events]") {
  AsyncEventRecordBuilder builder(10);
  builder.begin_block("s", "b");
  append(builder, 10, 1, 0);
  builder.begin_block("s", "bad");
  append(builder, 5, 2, 1);
  append(builder, 99, 3, 1);
  builder.truncate(1);
  const auto [batch, range] = builder.finish();
  CHECK(batch->num_rows() == 1);
  CHECK(range == TimeRange{{10}, {10}});
}

TEST_CASE("a batch keeps its rows while the builder goes on", "[async_events]") {
  AsyncEventRecordBuilder builder(2);
  builder.begin_block("s", "b");
  append(builder, 1, 1, 0);
  append(builder, 2, 2, 1);
  CHECK(builder.full());
  const auto first = builder.finish().batch;

  // Keys mean something else in another block, and dictionaries begin anew.
  builder.begin_block("s", "c");
  append(builder, 3, 3, 0, 1, {"other", "o.cpp", "o", 1});
  const auto second = builder.finish().batch;

  CHECK(text(*first, "name", 1) == "async_function");
  CHECK(text(*first, "block_id", 1) == "b");
  CHECK(static_cast<const arrow::Int64Array&>(*first->GetColumnByName("span_id")).Value(1) == 2);
  CHECK(text(*second, "name", 0) == "other");
  CHECK(text(*second, "block_id", 0) == "c");
}

TEST_CASE("long texts fill a row group before rows do", "[async_events]") {
  AsyncEventRecordBuilder builder(10'000);
  for (int group = 0; group < 2; ++group) {
    builder.begin_block("s", "b");
    std::uint64_t key = 0;
    std::size_t bytes = 0;
    while (!builder.full()) {
      const std::string name = std::to_string(++key) + std::string(60'000, 'x');
      append(builder, 1, key, 0, key, {name, "o.cpp", "o", 1});
      append(builder, 1, key, 0, key, {name, "o.cpp", "o", 1});
      bytes += name.size();
    }
    CHECK(bytes >= kMaxGroupTextBytes - 100);
    CHECK(bytes < kMaxGroupTextBytes + 61'000);
    CHECK(builder.finish().batch->num_rows() >= 1'100);
  }
}

TEST_CASE("a text beyond all reason is a fault of its block", "[async_events]") {
  AsyncEventRecordBuilder builder(10);
  builder.begin_block("s", "b");
  const std::string fits(kMaxTextBytes, 'x');
  append(builder, 1, 1, 0, 1, {fits, fits, fits, 1});
  const std::string too_long = fits + 'x';
  CHECK_THROWS_AS(append(builder, 1, 1, 0, 2, {too_long, "", "", 1}), BlockFault);
  CHECK_THROWS_AS(append(builder, 1, 1, 0, 2, {"", too_long, "", 1}), BlockFault);
  CHECK_THROWS_WITH(append(builder, 1, 1, 0, 2, {"", "", too_long, 1}),
                    "a name, file name or target of 65537 bytes, at most 65536");
  CHECK(builder.nb_rows() == 1);
}

TEST_CASE("the hash of a call site is that of the original", "[async_events]") {
  // Chained by the reference implementation: xxh32(b'main',0) seeds 'main.rs', and so on.
  CHECK(call_site_hash({"main", "main.rs", "app", 12}) == 0xd1fea8a7);
  CHECK(call_site_hash({"", "", "", 0}) == 0x9e6f8194);
}

TEST_CASE("a cache of sites makes each value once, also beyond its first size", "[site_cache]") {
  SiteCache<int> cache;
  int made = 0;
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t key = 0; key < 10'000; ++key) {
      const int value = cache.find_or_make(key << 32 | key, [&] {
        ++made;
        return static_cast<int>(key);
      });
      REQUIRE(value == static_cast<int>(key));
    }
  }
  CHECK(made == 10'000);
  cache.clear();
  CHECK(cache.find_or_make(0, [] { return -1; }) == -1);
  CHECK_THROWS_AS(cache.find_or_make(1, []() -> int { throw 1; }), int);
  CHECK(cache.find_or_make(1, [] { return 5; }) == 5);
}

}  // namespace micromegas::views
