#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <micromegas/async_span.h>
#include <micromegas/log.h>
#include <micromegas/target.h>
#include <micromegas/thread_span.h>

#include "recorded_program.h"
#include "tracing/target_switches.h"
#include "worker.h"

namespace micromegas::tracing {
namespace {

using namespace std::chrono_literals;

/// What is said of targets here is unsaid at the end of a test.
struct UnsaidTargets {
  ~UnsaidTargets() { TargetSwitches::instance().forget_rules(); }
};

std::vector<std::string> texts_of(const std::vector<Message>& messages) {
  std::vector<std::string> texts;
  texts.reserve(messages.size());
  for (const Message& message : messages) texts.push_back(message.text);
  return texts;
}

TEST_CASE("a log says where it is, how urgent, and when", "[log]") {
  RecordedProgram program;
  const std::int64_t before = Timestamp::now().ns;
  const int line = __LINE__ + 1;
  MM_LOG_WARN("retry {} of {}", 2, 5);
  const std::int64_t after = Timestamp::now().ns;
  program.stop();

  const std::vector<Message> logs = program.logs();
  REQUIRE(logs.size() == 1);
  CHECK(logs[0].type == "LogStringEventV2");
  CHECK(logs[0].text == "retry 2 of 5");
  CHECK(logs[0].level == 3);
  CHECK(logs[0].target == MICROMEGAS_TARGET);
  CHECK(logs[0].file.ends_with("src/tracing/tests/log_test.cpp"));
  CHECK(logs[0].line == static_cast<std::uint32_t>(line));
  constexpr std::int64_t kTolerance = 10'000;
  CHECK(logs[0].time >= before - kTolerance);
  CHECK(logs[0].time <= after + kTolerance);
  CHECK(logs[0].properties.empty());
}

TEST_CASE("a log without arguments sends its final text once for all", "[log]") {
  RecordedProgram program;
  for (int i = 0; i < 3; ++i) MM_LOG_INFO("{{ready}}");
  program.stop();
  const std::vector<Message> logs = program.logs();
  REQUIRE(logs.size() == 3);
  for (const Message& log : logs) {
    CHECK(log.type == "LogStaticStrEvent");
    CHECK(log.text == "{ready}");
    CHECK(log.level == 4);
  }
}

TEST_CASE("all logs are in one stream, all metrics in another, announced when they are needed",
          "[log]") {
  {
    RecordedProgram silent;
    silent.stop();
    CHECK(silent.streams().empty());
  }
  RecordedProgram program;
  MM_LOG_INFO("here");
  std::thread([] { MM_LOG_INFO("there"); }).join();
  program.flush();
  MM_LOG_INFO("later");
  program.stop();
  REQUIRE(program.streams().size() == 1);
  CHECK(program.streams()[0].kind == StreamKind::kLog);
  CHECK(program.streams()[0].properties.empty());
  const std::vector<Block> blocks = program.blocks(StreamKind::kLog);
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].stream_id == blocks[1].stream_id);
  CHECK(blocks[0].object_offset == 0);
  CHECK(blocks[1].object_offset == 2);
  CHECK(blocks[1].begin == blocks[0].end);
  CHECK(blocks[0].begin.value == program.process().start_ticks().value);
  CHECK(texts_of(program.logs()) == std::vector<std::string>{"here", "there", "later"});
  CHECK(program.recorder().statistics().events == 3);
  CHECK(program.recorder().statistics().blocks == 2);
}

TEST_CASE("the logs of several threads lie in order of time", "[log]") {
  constexpr int kLogs = 2000;
  RecordedProgram program({.block_bytes = 32 * 1024});
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kLogs; ++i) MM_LOG_INFO("{}", t * kLogs + i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  program.stop();
  const std::vector<Message> logs = program.logs();
  REQUIRE(logs.size() == 4 * kLogs);
  std::vector<int> next(4, 0);
  std::int64_t time = 0;
  for (const Message& log : logs) {
    CHECK(log.time >= time);
    time = log.time;
    const int number = std::stoi(log.text);
    CHECK(number % kLogs == next[static_cast<std::size_t>(number / kLogs)]++);
  }
  const std::vector<Block> blocks = program.blocks(StreamKind::kLog);
  CHECK(blocks.size() > 4);
  for (const Block& block : blocks) {
    CHECK(block.begin.value <= block.messages.front().time);
    CHECK(block.end.value == block.messages.back().time);
  }
}

TEST_CASE("logs are recorded when spans are not", "[log]") {
  RecordedProgram program({.cpu_tracing = false});
  {
    MM_SPAN("not recorded");
    const AsyncSpan span(MM_SITE("neither"));
    CHECK(span.context().span_id == 0);
    MM_LOG_INFO("recorded");
  }
  program.stop();
  CHECK(texts_of(program.logs()) == std::vector<std::string>{"recorded"});
  CHECK(program.blocks().empty());
  CHECK(program.streams().size() == 1);
}

TEST_CASE("spans and logs of a thread may stand in any order in its memory", "[log]") {
  constexpr int kRounds = 5000;
  RecordedProgram program({.block_bytes = 64 * 1024});
  for (int i = 0; i < kRounds; ++i) {
    MM_SPAN("outer");
    if (i % 3 == 0) MM_LOG_INFO("{} {}", i, std::string(static_cast<std::size_t>(i % 200), 'x'));
    const AsyncSpan span(MM_SITE("inner"));
    if (i % 5 == 0) MM_LOG_INFO("plain");
  }
  program.stop();
  CHECK(program.events_named("outer").size() == 2 * kRounds);
  CHECK(program.events_named("inner").size() == 2 * kRounds);
  CHECK(program.logs().size() == (kRounds + 2) / 3 + (kRounds + 4) / 5);
  CHECK(program.recorder().statistics().dropped_events == 0);
}

TEST_CASE("nothing is logged between recordings, and what follows begins afresh", "[log]") {
  for (int i = 0; i < 3; ++i) {
    RecordedProgram program;
    MM_LOG_INFO("inside {}", i);
    program.stop();
    MM_LOG_INFO("outside");
    CHECK(texts_of(program.logs()) == std::vector<std::string>{"inside " + std::to_string(i)});
  }
}

TEST_CASE("logs reach the sink while threads idle, by the flush period", "[log]") {
  RecordedProgram program({.flush_period = 20ms});
  Worker worker("worker");
  worker.run_there([] { MM_LOG_INFO("then idle"); });
  for (int i = 0; i < 500 && program.logs().empty(); ++i) std::this_thread::sleep_for(10ms);
  CHECK(texts_of(program.logs()) == std::vector<std::string>{"then idle"});
}

// --- levels and targets
// ---------------------------------------------------------------------------

int evaluated = 0;
int evaluate() { return ++evaluated; }

TEST_CASE("a log that is switched off evaluates nothing", "[log]") {
  const UnsaidTargets unsaid;
  evaluated = 0;
  const auto log = [] {
    MM_LOG_DEBUG("{}", evaluate());
    MM_LOG_DEBUG_WITH((++evaluated, PropertySet()), "with");
  };
  log();  // Nothing is recorded at all.
  RecordedProgram program;
  log();  // Below the level.
  CHECK(evaluated == 0);
  set_target("", {.log_level = LogLevel::kDebug});
  log();
  CHECK(evaluated == 2);
  set_target("", {.log_level = LogLevel::kOff});
  log();
  CHECK(evaluated == 2);
  program.stop();
  set_target("", {.log_level = LogLevel::kDebug});
  log();
  CHECK(evaluated == 2);
  CHECK(texts_of(program.logs()) == std::vector<std::string>{"1", "with"});
}

void log_at_every_level() {
  MM_LOG_FATAL("fatal");
  MM_LOG_ERROR("error");
  MM_LOG_WARN("warn");
  MM_LOG_INFO("info");
  MM_LOG_DEBUG("debug");
  MM_LOG_TRACE("trace");
}

TEST_CASE("the level of a target can be changed while the program runs", "[log]") {
  const UnsaidTargets unsaid;
  const std::vector<std::string> all = {"fatal", "error", "warn", "info", "debug", "trace"};
  for (std::uint8_t level = 0; level <= 6; ++level) {
    RecordedProgram program;
    set_target(MICROMEGAS_TARGET, {.log_level = static_cast<LogLevel>(level)});
    log_at_every_level();
    program.stop();
    CHECK(texts_of(program.logs()) == std::vector<std::string>(all.begin(), all.begin() + level));
    for (const Message& log : program.logs()) CHECK(log.text == all[log.level - 1]);
  }
}

TEST_CASE("spans of a target can be switched off and on; one that is open ends", "[log]") {
  const UnsaidTargets unsaid;
  RecordedProgram program;
  {
    const AsyncSpan open(MM_SITE("open"));
    set_target(MICROMEGAS_TARGET, {.spans = false});
    for (int i = 0; i < 2; ++i) {
      MM_SPAN("off");
      MM_NAMED_SPAN("named off");
      const AsyncSpan off(MM_SITE("async off"), open.context());
      CHECK(off.context() == open.context());
    }
  }
  set_target("", {.spans = false});
  set_target(MICROMEGAS_TARGET, {.spans = true});
  {
    MM_SPAN("on");
  }
  program.stop();
  CHECK(program.events().size() == 4);
  CHECK(program.events_named("open").size() == 2);
  CHECK(program.events_named("on").size() == 2);
}

// --- texts
// ----------------------------------------------------------------------------------------

enum class Colour : std::uint8_t { kRed = 7 };

struct Cart {
  std::string name;
  int items = 0;
};
void append_log_text(LogText& text, const Cart& cart) {
  text.append(cart.name);
  text.append("/");
  text.append_number(cart.items);
}

template <class... Args>
std::string formatted(std::string_view format, const Args&... args) {
  LogText text;
  detail::append_formatted(text, format, args...);
  return std::string(text.view());
}

TEST_CASE("every kind of argument has its text", "[log]") {
  CHECK(formatted("{} {} {}", -5, 18'446'744'073'709'551'615ULL, std::int8_t{-128}) ==
        "-5 18446744073709551615 -128");
  CHECK(formatted("{} {} {} {}", 0.1, 1e300, -2.5F, 3.0) == "0.1 1e+300 -2.5 3");
  CHECK(formatted("{}{}", true, false) == "truefalse");
  CHECK(formatted("{}{}", 'a', "b") == "ab");
  const char* nothing = nullptr;
  CHECK(formatted("{}", nothing) == "(null)");
  char buffer[] = "array";
  CHECK(formatted("{} {} {}", buffer, std::string("string"), std::string_view("view")) ==
        "array string view");
  CHECK(formatted("{}", Colour::kRed) == "7");
  CHECK(formatted("{} {}", nullptr, reinterpret_cast<int*>(0xbeef)) == "0x0 0xbeef");
  CHECK(formatted("{}", Cart{"mine", 3}) == "mine/3");
  CHECK(formatted("{{{}}} }}{{", 1) == "{1} }{");
  CHECK(formatted("{}", "{}") == "{}");  // An argument is no format.
}

static_assert(detail::count_placeholders("") == 0);
static_assert(detail::count_placeholders("{} and {}") == 2);
static_assert(detail::count_placeholders("{{}}") == 0);
static_assert(detail::count_placeholders("{{{}}}") == 1);
static_assert(detail::count_placeholders("{") == -1);
static_assert(detail::count_placeholders("}") == -1);
static_assert(detail::count_placeholders("{0}") == -1);

TEST_CASE("texts of any contents arrive as the wire format has them", "[log]") {
  using namespace std::string_view_literals;
  RecordedProgram program;
  MM_LOG_INFO("{}", "");
  MM_LOG_INFO("{}", "zero \0 inside"sv);
  MM_LOG_INFO("{}", "caf\xe9 \xff\xf0\x9f");
  MM_LOG_INFO("{}", "\xf0\x9f\x8e\x89");
  program.stop();
  CHECK(texts_of(program.logs()) ==
        std::vector<std::string>{"", std::string("zero \0 inside"sv),
                                 "caf\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd", "\xf0\x9f\x8e\x89"});
}

TEST_CASE("a text that is too long is cut, not within a character, and counted", "[log]") {
  RecordedProgram program;
  const std::string fits(LogText::kMaxBytes, 'x');
  MM_LOG_INFO("{}", fits);
  MM_LOG_INFO("{}{}", fits, "y");
  MM_LOG_INFO("{}\xe6\xbc\xa2{}", std::string(LogText::kMaxBytes - 2, 'x'), "never");
  MM_LOG_INFO("{}", std::string(100'000, '\x80'));  // What is no UTF-8 is not cut away either.
  MM_LOG_INFO("{}", std::string(100'000, 'x'));
  program.stop();
  const std::vector<Message> logs = program.logs();
  REQUIRE(logs.size() == 5);
  CHECK(logs[0].text == fits);
  CHECK(logs[1].text == fits);
  CHECK(logs[2].text == std::string(LogText::kMaxBytes - 2, 'x'));
  CHECK(logs[3].text.size() >= 3 * (LogText::kMaxBytes - 3));
  CHECK(logs[4].text == fits);
  const std::vector<Message> metrics = program.metrics();
  REQUIRE_FALSE(metrics.empty());  // The collector may have looked in between: it tells totals.
  for (const Message& metric : metrics) CHECK(metric.name == "micromegas.truncated_logs");
  CHECK(metrics.back().value == 4);
}

TEST_CASE("an argument that throws leaves nothing behind", "[log]") {
  RecordedProgram program;
  const auto fail = []() -> int { throw std::runtime_error("no"); };
  CHECK_THROWS(([&] { MM_LOG_INFO("{}", fail()); }()));
  MM_LOG_INFO("after");
  program.stop();
  CHECK(texts_of(program.logs()) == std::vector<std::string>{"after"});
}

struct Logging {};
void append_log_text(LogText& text, const Logging&) {
  MM_LOG_INFO("from within");
  text.append("outer");
}

TEST_CASE("what is logged while a text is put together comes before it", "[log]") {
  RecordedProgram program;
  MM_LOG_INFO("{}", Logging{});
  program.stop();
  CHECK(texts_of(program.logs()) == std::vector<std::string>{"from within", "outer"});
}

// --- properties
// -----------------------------------------------------------------------------------

TEST_CASE("a log bears its own properties and those of the span it is in", "[log]") {
  RecordedProgram program;
  MM_LOG_INFO_WITH(PropertySet({{"user", "ann"}}), "own");
  const SpanContext around{0, 0, PropertySet{{"request", "7"}, {"user", "bob"}}.id()};
  {
    const ContextScope inside(around);
    MM_LOG_INFO("inherited");
    MM_LOG_INFO("inherited {}", 2);
    MM_LOG_INFO_WITH(PropertySet({{"user", "ann"}}), "merged {}", 3);
    const AsyncSpan span(MM_SITE("span"));
    const ContextScope deeper(span.context());
    MM_LOG_INFO("deeper");
  }
  MM_LOG_INFO("none");
  program.stop();
  const std::vector<Message> logs = program.logs();
  REQUIRE(logs.size() == 6);
  CHECK(logs[0].properties == "user=ann");
  CHECK(logs[0].text == "own");
  CHECK(logs[0].type == "TaggedLogString");
  CHECK(logs[1].properties == "user=bob request=7");
  CHECK(logs[1].text == "inherited");
  CHECK(logs[2].text == "inherited 2");
  CHECK(logs[2].properties == "user=bob request=7");
  CHECK(logs[3].properties == "user=ann request=7");
  CHECK(logs[3].text == "merged 3");
  CHECK(logs[4].properties == "user=bob request=7");
  CHECK(logs[5].properties.empty());
  CHECK(logs[5].type == "LogStaticStrEvent");
}

}  // namespace
}  // namespace micromegas::tracing
