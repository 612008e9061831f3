#include "sink/console_sink.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <micromegas/log.h>
#include <micromegas/start.h>

#include "base/background_thread.h"
#include "loopback_server.h"
#include "sink/tee_sink.h"
#include "stderr_pipe.h"

namespace micromegas::sink {
namespace {

using tracing::LogLine;

constexpr Ticks kTime{1'795'379'654'123'456'789};

TEST_CASE("a log is a line with its time, level, target, message and properties", "[console]") {
  const std::array properties{Property{"user", "7"}, Property{"cart", "full"}};
  std::string text;
  append_line(text, {LogLevel::kWarn, kTime, "shop::cart", "retry 2 of 3", properties}, false);
  CHECK(text == "2026-11-22 20:34:14.123456Z WARN  shop::cart: retry 2 of 3  user=7 cart=full\n");
}

TEST_CASE("colours frame the level alone", "[console]") {
  std::string text;
  append_line(text, {LogLevel::kError, kTime, "shop", "lost", {}}, true);
  CHECK(text == "2026-11-22 20:34:14.123456Z \x1b[31mERROR\x1b[0m shop: lost\n");
}

TEST_CASE("a message cannot give orders to the terminal", "[console]") {
  std::string text;
  append_line(text, {LogLevel::kInfo, kTime, "shop", "a\x1b[2Jb\rc\td\ne", {}}, false);
  CHECK(text.ends_with("INFO  shop: a?[2Jb?c\td\n    e\n"));
}

TEST_CASE("what is less urgent than asked for is not printed", "[console]") {
  Pipe pipe;
  ConsoleSink sink({.level = LogLevel::kWarn, .file = pipe.writing()});
  sink.on_log({LogLevel::kInfo, kTime, "shop", "not this", {}});
  sink.on_logs_end();
  CHECK(pipe.read().empty());
  sink.on_log({LogLevel::kFatal, kTime, "shop", "but this", {}});
  sink.on_log({LogLevel::kWarn, kTime, "shop", "and this", {}});
  CHECK(pipe.read().empty());  // Lines that come together are written together.
  sink.on_logs_end();
  const std::string text = pipe.read();
  CHECK(text.find("FATAL shop: but this\n") != std::string::npos);
  CHECK(text.ends_with("WARN  shop: and this\n"));
}

TEST_CASE("a reader that does not keep up misses lines and is told so", "[console]") {
  Pipe pipe;
  ConsoleSink sink({.file = pipe.writing()});
  const std::string long_message(3000, 'x');
  for (int i = 0; i < 100; ++i) sink.on_log({LogLevel::kInfo, kTime, "shop", long_message, {}});
  sink.on_logs_end();
  CHECK(pipe.read().size() < 100 * long_message.size());
  sink.on_log({LogLevel::kInfo, kTime, "shop", "here again", {}});
  sink.on_logs_end();
  const std::string text = pipe.read();
  CHECK(text.find(" lines are missing here\n") != std::string::npos);
  CHECK(text.ends_with("here again\n"));
}

TEST_CASE("what nobody reads any more is no trouble", "[console]") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  ::close(ends[0]);
  // As on the collector's thread, which takes no signals.
  start_background_thread("console", [&] {
    ConsoleSink sink({.file = ends[1]});
    sink.on_log({LogLevel::kInfo, kTime, "shop", "unheard", {}});
    sink.on_logs_end();
  }).join();
  ::close(ends[1]);
}

TEST_CASE("a program without a server prints its logs, soon after they happened", "[console]") {
  ::unsetenv("MICROMEGAS_TELEMETRY_URL");
  Pipe pipe;
  const StderrInto pipe_is_stderr(pipe);
  TelemetryGuard telemetry({.console = LogLevel::kInfo});
  CHECK(telemetry.recording());
  MM_LOG_INFO("ready");
  MM_LOG_WARN_WITH(PropertySet({{"user", "7"}}), "retry {} of {}", 2, 3);
  std::string text;
  for (int i = 0; i < 500 && text.find("retry") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    text += pipe.read();
  }
  CHECK(text.find("Z INFO  app: ready\n") != std::string::npos);
  CHECK(text.ends_with("Z WARN  app: retry 2 of 3  user=7\n"));
}

TEST_CASE("lines of several threads stand in the order of time, each once, the last ones too",
          "[console]") {
  LoopbackServer server;
  Pipe pipe;
  std::string text;
  {
    const StderrInto pipe_is_stderr(pipe);
    TelemetryGuard telemetry({.url = server.url(), .console = LogLevel::kInfo});
    for (int i = 0; i < 20; ++i) {
      std::thread([i] { MM_LOG_INFO("line {}", i); }).join();
      if (i == 10) telemetry.flush();
    }
    CHECK(telemetry.stop().blocks_sent > 0);
    text = pipe.read();
  }
  std::size_t at = 0;
  for (int i = 0; i < 20; ++i) {
    const std::size_t found = text.find("line " + std::to_string(i) + "\n", at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
  CHECK(std::count(text.begin(), text.end(), '\n') == 20);
}

// --- several sinks

/// Notes what it is told.
class NotingSink : public tracing::EventSink {
 public:
  NotingSink(std::string& notes, char name, bool wants_logs)
      : notes_(notes), name_(name), wants_logs_(wants_logs) {}

  void on_process(const tracing::ProcessDescription&) noexcept override { note("process"); }
  void on_stream(const tracing::StreamDescription&) noexcept override { note("stream"); }
  void on_block(const tracing::ClosedBlock&) noexcept override { note("block"); }
  bool wants_logs() const noexcept override { return wants_logs_; }
  void on_log(const LogLine&) noexcept override { note("log"); }
  tracing::Losses losses() const noexcept override { return {.dropped_requests = 2}; }
  void drain(std::chrono::steady_clock::time_point) noexcept override { note("drain"); }

 private:
  void note(const char* what) { notes_ += std::string(" ") + name_ + ":" + what; }

  std::string& notes_;
  const char name_;
  const bool wants_logs_;
};

TEST_CASE("several sinks get the same, and logs those that want them", "[tee_sink]") {
  std::string notes;
  std::vector<std::unique_ptr<tracing::EventSink>> sinks;
  sinks.push_back(std::make_unique<NotingSink>(notes, 'a', false));
  sinks.push_back(std::make_unique<NotingSink>(notes, 'b', true));
  TeeSink tee(std::move(sinks));
  CHECK(tee.wants_logs());
  CHECK(tee.losses().dropped_requests == 4);
  tee.on_process({});
  tee.on_stream({});
  tee.on_block({});
  tee.on_log({});
  tee.drain({});
  CHECK(notes == " a:process b:process a:stream b:stream a:block b:block b:log a:drain b:drain");
  CHECK_FALSE(TeeSink({}).wants_logs());
}

}  // namespace
}  // namespace micromegas::sink
