#include "tracing/target_switches.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

namespace micromegas::tracing {
namespace {

TEST_CASE("where nothing is said, spans, metrics and logs down to info are recorded", "[targets]") {
  TargetSwitches switches;
  CHECK_FALSE(switches.records_metrics("shop"));
  switches.start_recording(true);
  CHECK(switches.records_spans("shop"));
  CHECK(switches.records_metrics("shop"));
  CHECK(switches.records_log("shop", LogLevel::kFatal));
  CHECK(switches.records_log("shop", LogLevel::kInfo));
  CHECK_FALSE(switches.records_log("shop", LogLevel::kDebug));
  CHECK_FALSE(switches.records_log("shop", LogLevel::kOff));
  switches.stop_recording();
  CHECK_FALSE(switches.records_spans("shop"));
  CHECK_FALSE(switches.records_log("shop", LogLevel::kFatal));
}

TEST_CASE("without spans, logs and metrics are recorded all the same", "[targets]") {
  TargetSwitches switches;
  switches.start_recording(false);
  CHECK_FALSE(switches.records_spans("shop"));
  CHECK(switches.records_metrics("shop"));
  CHECK(switches.records_log("shop", LogLevel::kInfo));
}

TEST_CASE("the longest name that stands for a target decides, setting by setting", "[targets]") {
  TargetSwitches switches;
  switches.start_recording(true);
  CHECK(switches.set("shop::db", {.log_level = LogLevel::kTrace}));
  CHECK(switches.set("shop", {.log_level = LogLevel::kWarn, .spans = false}));
  CHECK(switches.set("", {.metrics = false}));

  CHECK(switches.records_log("shop::db", LogLevel::kTrace));
  CHECK(switches.records_log("shop::db::pool", LogLevel::kTrace));
  CHECK_FALSE(switches.records_log("shop::dbx", LogLevel::kInfo));
  CHECK_FALSE(switches.records_log("shop::cart", LogLevel::kInfo));
  CHECK(switches.records_log("shopping", LogLevel::kInfo));
  CHECK_FALSE(switches.records_spans("shop::db"));
  CHECK(switches.records_spans("shopping"));
  CHECK_FALSE(switches.records_metrics("shop::db"));
  CHECK_FALSE(switches.records_metrics("other"));

  CHECK(switches.set("shop", {.spans = true}));  // Said again: this alone changes.
  CHECK(switches.records_spans("shop::db"));
  CHECK_FALSE(switches.records_log("shop::cart", LogLevel::kInfo));

  switches.forget_rules();
  CHECK(switches.records_log("shop::cart", LogLevel::kInfo));
  CHECK(switches.records_metrics("other"));
}

TEST_CASE("targets are bounded in number and length", "[targets]") {
  const auto switches = std::make_unique<TargetSwitches>();
  CHECK_FALSE(switches->set(std::string(TargetSwitches::kMaxTargetBytes + 1, 't'), {}));
  CHECK(switches->set(std::string(TargetSwitches::kMaxTargetBytes, 't'), {}));
  for (std::size_t i = 1; i < TargetSwitches::kMaxRules; ++i) {
    REQUIRE(switches->set("target" + std::to_string(i), {.metrics = false}));
  }
  CHECK_FALSE(switches->set("one more", {.metrics = false}));
  CHECK(switches->set("target7", {.metrics = true}));
}

/// The process's own, restored at the end.
struct ProcessSwitches {
  TargetSwitches& switches = TargetSwitches::instance();
  ProcessSwitches() { switches.start_recording(true); }
  ~ProcessSwitches() {
    switches.forget_rules();
    switches.stop_recording();
  }
};

TEST_CASE("a target that two threads name at the same time can be switched afterwards",
          "[targets]") {
  for (int round = 0; round < 200; ++round) {
    const auto switches = std::make_unique<TargetSwitches>();
    switches->start_recording(true);
    const auto name_it = [&] { switches->set("shop", {.spans = true}); };
    std::thread other(name_it);
    name_it();
    other.join();
    switches->set("shop", {.spans = false});
    REQUIRE_FALSE(switches->records_spans("shop"));
    switches->stop_recording();
  }
}

TEST_CASE("levels and switches are read from text, and nonsense is passed over", "[targets]") {
  const ProcessSwitches process;
  const TargetSwitches& switches = process.switches;
  set_log_levels("error, shop::cart=debug ,shop::db=off,shop::x=loud,nonsense,=,,a=b=c");
  CHECK_FALSE(switches.records_log("other", LogLevel::kWarn));
  CHECK(switches.records_log("other", LogLevel::kError));
  CHECK(switches.records_log("shop::cart", LogLevel::kDebug));
  CHECK_FALSE(switches.records_log("shop::cart", LogLevel::kTrace));
  CHECK_FALSE(switches.records_log("shop::db", LogLevel::kFatal));
  CHECK(switches.records_log("shop::x", LogLevel::kError));

  set_spans("off,shop=on");
  CHECK_FALSE(switches.records_spans("other"));
  CHECK(switches.records_spans("shop::db"));
  set_metrics("shop=off");
  CHECK(switches.records_metrics("other"));
  CHECK_FALSE(switches.records_metrics("shop::db"));
}

TEST_CASE("words are taken in any case, and in each usual spelling", "[targets]") {
  const ProcessSwitches process;
  const TargetSwitches& switches = process.switches;
  set_log_levels("WARNING,shop=Trace");
  CHECK(switches.records_log("other", LogLevel::kWarn));
  CHECK_FALSE(switches.records_log("other", LogLevel::kInfo));
  CHECK(switches.records_log("shop", LogLevel::kTrace));
  for (const char* off : {"off", "FALSE", "0"}) {
    set_spans(off);
    CHECK_FALSE(switches.records_spans("shop"));
    for (const char* on : {"On", "true", "1"}) {
      set_spans(on);
      CHECK(switches.records_spans("shop"));
    }
    set_spans(off);
  }
}

TEST_CASE("nonsense in the environment is named, one line a variable, and the rest applied",
          "[targets]") {
  const ProcessSwitches process;
  constexpr const char* kNames[] = {"MICROMEGAS_LOG", "MICROMEGAS_SPANS", "MICROMEGAS_METRICS",
                                    "MICROMEGAS_SUSPENSIONS"};
  ::setenv(kNames[0], "ERROR, foo,shop=loud,", 1);
  ::setenv(kNames[1], "maybe", 1);
  ::setenv(kNames[2], "", 1);
  ::setenv(kNames[3], "2,shop=0.5", 1);
  const auto complaints = set_targets_by_environment();
  for (const char* name : kNames) ::unsetenv(name);
  CHECK(complaints ==
        std::vector<std::string>{
            "MICROMEGAS_LOG: 'foo' (and 1 more) is no level: fatal, error, warn, info, debug, "
            "trace, off",
            "MICROMEGAS_SPANS: 'maybe' is no switch: true, 1, on, false, 0, off",
            "MICROMEGAS_SUSPENSIONS: '2' is no share from 0 to 1"});
  CHECK_FALSE(process.switches.records_log("shop", LogLevel::kWarn));
  CHECK(process.switches.records_spans("shop"));
  CHECK(process.switches.suspensions("shop") != 0);
  CHECK(process.switches.suspensions("other") == 0);
}

TEST_CASE("the environment switches targets", "[targets]") {
  const ProcessSwitches process;
  ::setenv("MICROMEGAS_LOG", "shop=trace", 1);
  ::setenv("MICROMEGAS_SPANS", "shop=off", 1);
  ::setenv("MICROMEGAS_METRICS", "off", 1);
  CHECK(set_targets_by_environment().empty());
  for (const char* name : {"MICROMEGAS_LOG", "MICROMEGAS_SPANS", "MICROMEGAS_METRICS"}) {
    ::unsetenv(name);
  }
  CHECK(process.switches.records_log("shop", LogLevel::kTrace));
  CHECK_FALSE(process.switches.records_spans("shop"));
  CHECK_FALSE(process.switches.records_metrics("other"));
}

}  // namespace
}  // namespace micromegas::tracing
