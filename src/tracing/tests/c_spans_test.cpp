#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <micromegas/async_span.h>
#include <micromegas/c.h>

#include "recorded_program.h"

// The C interface, called as C would call it, beside the C++ one in the same thread.

namespace micromegas::tracing {
namespace {

TEST_CASE("spans of C and of C++ are of one tree", "[c]") {
  static micromegas_site request_site = MICROMEGAS_SITE("request");
  static micromegas_site reply_site = MICROMEGAS_SITE("reply");
  RecordedProgram program;

  micromegas_async_span request;
  micromegas_begin_async_span(&request, &request_site);
  const micromegas_context context = micromegas_async_span_context(&request);
  micromegas_context_scope scope;
  micromegas_enter_context(&scope, &context);
  {
    const AsyncSpan query(MM_SITE("query"));
    const ContextScope inside(query.context());
    micromegas_async_span reply;
    micromegas_begin_async_span(&reply, &reply_site);
    micromegas_end_async_span(&reply, MICROMEGAS_OK);
  }
  micromegas_leave_context(&scope);
  micromegas_end_async_span(&request, MICROMEGAS_OK);
  program.stop();

  CHECK(current_context() == SpanContext{});
  CHECK(program.tree() ==
        "request\n"
        "  query\n"
        "    reply\n");
}

TEST_CASE("an async span of C ends on another thread, once", "[c]") {
  static micromegas_site site = MICROMEGAS_SITE("upload");
  RecordedProgram program;

  micromegas_async_span upload;
  micromegas_begin_async_span(&upload, &site);
  std::thread([copy = upload]() mutable {
    micromegas_end_async_span(&copy, MICROMEGAS_CANCELLED);
    micromegas_end_async_span(&copy, MICROMEGAS_OK);
  }).join();
  program.stop();

  REQUIRE(program.events_named("upload").size() == 2);
  CHECK(program.end_of("upload").outcome == std::uint32_t{MICROMEGAS_CANCELLED});
}

TEST_CASE("an async span of C takes a name and a parent given at run time", "[c]") {
  static micromegas_site site = MICROMEGAS_SITE("");
  RecordedProgram program;

  micromegas_async_span parent;
  micromegas_async_span child;
  micromegas_begin_async_span_in(&parent, &site, "parent", nullptr);
  const micromegas_context context = micromegas_async_span_context(&parent);
  micromegas_begin_async_span_in(&child, &site, "child", &context);
  micromegas_end_async_span(&child, -1);
  micromegas_end_async_span(&parent, MICROMEGAS_OK);
  program.stop();

  CHECK(program.tree() ==
        "parent\n"
        "  child\n");
  CHECK(program.end_of("child").outcome == std::uint32_t{MICROMEGAS_ERROR});
}

TEST_CASE("a thread span of C says where it stands", "[c]") {
  static micromegas_site site = MICROMEGAS_SITE("compute");
  RecordedProgram program;

  const micromegas_thread_span compute = micromegas_begin_thread_span(&site);
  micromegas_end_thread_span(micromegas_begin_named_thread_span(&site, "part one"));
  micromegas_end_thread_span(compute);
  program.stop();

  CHECK(program.begin_of("compute").type == "BeginThreadSpanEvent");
  CHECK(program.begin_of("compute").target == MICROMEGAS_TARGET);
  CHECK(program.begin_of("part one").type == "BeginThreadNamedSpanEvent");
}

TEST_CASE("a call site of C may vanish before its events are collected", "[c]") {
  RecordedProgram program;
  static micromegas_site site;
  {
    const std::string name = "of a plugin";
    site = {name.c_str(), "plugin", "plugin.c", 1, 0, nullptr};
    micromegas_end_thread_span(micromegas_begin_thread_span(&site));
    site.name = "gone";
  }
  program.stop();
  CHECK(program.begin_of("of a plugin").target == "plugin");
}

TEST_CASE("what nobody records costs C nothing and is no error", "[c]") {
  static micromegas_site site = MICROMEGAS_SITE("unrecorded");
  micromegas_async_span span;
  micromegas_begin_async_span(&span, &site);
  const micromegas_context context = micromegas_async_span_context(&span);
  CHECK(context.state[0] == 0);
  micromegas_end_async_span(&span, MICROMEGAS_OK);
  micromegas_end_thread_span(micromegas_begin_thread_span(&site));
  CHECK(micromegas_abi_version() == MICROMEGAS_ABI_VERSION);
}

}  // namespace
}  // namespace micromegas::tracing
