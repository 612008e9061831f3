#include <cstdlib>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "received_events.h"

// What happens at the edges of a program's life, seen from its server. programs/lifetimes.cpp lives
// each of them.

namespace micromegas::sink {
namespace {

/// Runs a scenario to the end of its process; true when the program found nothing wrong itself.
bool live(const LoopbackServer& server, const std::string& scenario) {
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sink_lifetimes";
  ::setenv("MICROMEGAS_TELEMETRY_URL", server.url().c_str(), 1);
  const int status = std::system((program.string() + " " + scenario).c_str());
  ::unsetenv("MICROMEGAS_TELEMETRY_URL");
  return status == 0;
}

TEST_CASE("a guard that is a static object records the destructors of those made after it",
          "[lifetimes]") {
  LoopbackServer server;
  REQUIRE(live(server, "statics"));
  const ReceivedEvents received = events_of(server.requests());
  CHECK(received.ends("in main") == 1);
  CHECK(received.begins("before the guard") == 1);
  CHECK(received.ends("before the guard") == 1);
  CHECK(received.ends("async farewell") == 1);
  CHECK(received.begins("after the guard") == 0);
}

TEST_CASE("threads may record on while the guard ends, and after main", "[lifetimes]") {
  LoopbackServer server;
  REQUIRE(live(server, "threads-outlive-main"));
  const ReceivedEvents received = events_of(server.requests());
  // What did not come in time may be told in a stream of metrics.
  CHECK(received.streams.size() >= 4);
  CHECK(received.begins("outlives main") > 0);
  CHECK(received.begins("async outlives main") > 0);
}

TEST_CASE("thousands of short-lived threads are each announced, in bounded memory", "[lifetimes]") {
  LoopbackServer server;
  REQUIRE(live(server, "short-lived-threads"));
  const ReceivedEvents received = events_of(server.requests());
  CHECK(received.begins("short-lived") == 4000);
  CHECK(received.ends("short-lived") == 4000);
  CHECK(received.streams.size() == 4000);
}

TEST_CASE("a forked child records nothing of its parent, and may start its own guard",
          "[lifetimes]") {
  LoopbackServer server;
  REQUIRE(live(server, "fork"));
  const ReceivedEvents received = events_of(server.requests());
#ifdef __SANITIZE_THREAD__
  REQUIRE(received.processes.size() == 1);  // It does not let a child start threads.
#else
  REQUIRE(received.processes.size() == 11);
#endif
  CHECK(received.begins("in the child, unheard") == 0);
  CHECK(received.begins("in the parent") == received.ends("in the parent"));
  CHECK(received.ends("around a fork") == 10);
  std::string parent;
  for (const auto& [process_id, process] : received.processes) {
    if (received.begins("in the parent", process_id) > 0) parent = process_id;
  }
  for (const auto& [process_id, process] : received.processes) {
    if (process_id == parent) continue;
    REQUIRE(process.parent_process_id);
    CHECK(process.parent_process_id->to_string() == parent);
    CHECK(received.ends("in the child", process_id) == 1);
    CHECK(received.ends("in a thread of the child", process_id) == 1);
    CHECK(received.begins("around a fork", process_id) == 0);
  }
}

TEST_CASE("a signal handler may interrupt whoever records", "[lifetimes]") {
  LoopbackServer server;
  REQUIRE(live(server, "signals"));
  const ReceivedEvents received = events_of(server.requests());
  CHECK(received.begins("interrupted") > 0);
  CHECK(received.begins("interrupted") == received.ends("interrupted"));
  CHECK(received.begins("async interrupted") == received.begins("interrupted"));
}

TEST_CASE("the events of a plugin arrive though it was unloaded before they were read",
          "[lifetimes]") {
  LoopbackServer server;
  REQUIRE(live(server, "plugin"));
  const ReceivedEvents received = events_of(server.requests());
  for (const char* name : {"in a plugin", "async in a plugin", "named in a plugin"}) {
    CHECK(received.begins(name) == 2000);
    CHECK(received.ends(name) == 2000);
  }
  for (const ReceivedEvent& event : received.events) CHECK(event.target == "plugin");
}

}  // namespace
}  // namespace micromegas::sink
