#include "views/view_factory.h"

#include <functional>

#include <arrow/type.h>
#include <catch2/catch.hpp>

#include "base/error.h"
#include "test_lake.h"
#include "views/async_events_view.h"
#include "views/async_spans_view.h"
#include "views/metadata_tables.h"

namespace micromegas::views {
namespace {

ProcessId ingest_a_process(const TestLake& lake) {
  wire::ProcessInfo process;
  process.process_id = ProcessId::random();
  lake.ingest(process);
  return process.process_id;
}

/// The text of the kInvalidArgument that the call throws.
std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::kInvalidArgument);
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a view of async events knows its set and its process", "[view_factory]") {
  const ProcessId process = ProcessId::random();
  const AsyncEventsView view(process);
  CHECK(view.key() == ViewKey{"async_events", process.to_string()});
  CHECK(view.process_id() == process);
  CHECK(view.stream_tag() == "cpu");
}

TEST_CASE("the maker makes the view of a process, however its id is written", "[view_factory]") {
  const TestLake lake;
  const std::string id = ingest_a_process(lake).to_string();
  const AsyncEventsViewMaker maker;
  CHECK(maker.make_view(*lake.lake(), id)->key() == ViewKey{"async_events", id});
  CHECK(maker.make_view(*lake.lake(), '{' + id + '}')->key() == ViewKey{"async_events", id});

  const auto spans = AsyncSpansViewMaker().make_view(*lake.lake(), id);
  CHECK(spans->key() == ViewKey{"async_spans", id});
  CHECK(spans->source().key() == ViewKey{"async_events", id});
  CHECK(spans->source_range(TimeRange{{1}, {2}}) == std::nullopt);
}

TEST_CASE("an instance that is none is refused by name", "[view_factory]") {
  const TestLake lake;
  const ViewFactory factory = default_view_factory();
  const auto refusal_of = [&](const char* set, const std::string& instance) {
    return refusal([&] { factory.find(set).make_view(*lake.lake(), instance); });
  };
  CHECK(refusal_of("async_events", "global") ==
        "async_events has no global instance: pass a process id, e.g. "
        "view_instance('async_events', '<process_id>')");
  CHECK(refusal_of("async_events", "not-a-uuid") ==
        "view_instance('async_events', 'not-a-uuid'): 'not-a-uuid' is not a UUID: pass a process "
        "id");
  const std::string unknown = ProcessId::random().to_string();
  CHECK(refusal_of("async_spans", unknown) == "process " + unknown + " not found");
  CHECK(refusal_of("processes", "global") ==
        "processes is a table, not a view set: use SELECT ... FROM processes");
  CHECK(refusal([&] { factory.find("thread_spam"); }) ==
        "view set 'thread_spam' not found; there are: async_events, async_spans");
}

TEST_CASE("the factory describes its view sets and tables", "[view_factory]") {
  std::string text;
  for (const auto& set : default_view_factory().describe()) {
    text += set.view_set_name + (set.has_view_maker ? " maker" : "") +
            (set.global_instance_available ? " table" : "") + '\n';
    CHECK_FALSE(set.current_schema_hash.empty());
    CHECK_FALSE(set.schema.empty());
  }
  CHECK(text ==
        "async_events maker\n"
        "async_spans maker\n"
        "blocks table\n"
        "processes table\n"
        "streams table\n");
}

TEST_CASE("the tables of metadata have the columns of the original", "[view_factory]") {
  CHECK(processes_schema()->num_fields() == 16);
  CHECK(streams_schema()->num_fields() == 9);
  CHECK(blocks_schema()->num_fields() == 29);
  CHECK(blocks_schema()->field(16)->name() == "streams.format");
  CHECK(streams_schema()->field(4)->ToString() == "tags: list<tag: string not null>");
  CHECK(processes_schema()->field(12)->ToString() ==
        "properties: dictionary<values=binary, indices=int32, ordered=0> not null");
}

}  // namespace micromegas::views
