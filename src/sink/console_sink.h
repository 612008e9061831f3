#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tracing/event_sink.h"

namespace micromegas::sink {

struct ConsoleOptions {
  LogLevel level = LogLevel::kInfo;  ///< Less urgent ones are left out.
  int file = 2;                      ///< A descriptor: stderr.
};

/// Prints logs, a line each, some hundred milliseconds after they happened:
///
///     2026-11-22 20:34:14.123456Z WARN  shop::cart: retry 2 of 3  user=7
///
/// Coloured on a terminal, unless NO_COLOR is set. Written by the collector's thread, which does
/// not wait long either: whoever reads the other end of a pipe and does not keep up finds a line
/// that says how many are missing.
class ConsoleSink : public tracing::EventSink {
 public:
  explicit ConsoleSink(ConsoleOptions options);

  void on_process(const tracing::ProcessDescription&) noexcept override {}
  void on_stream(const tracing::StreamDescription&) noexcept override {}
  void on_block(const tracing::ClosedBlock&) noexcept override {}
  bool wants_logs() const noexcept override { return true; }
  void on_log(const tracing::LogLine& line) noexcept override;
  void on_logs_end() noexcept override;
  void drain(std::chrono::steady_clock::time_point) noexcept override { on_logs_end(); }

 private:
  bool write_all(std::string_view text) noexcept;

  const ConsoleOptions options_;
  const bool colours_;
  std::string text_;  ///< Lines not written yet.
  std::uint64_t lines_ = 0;
  std::uint64_t missing_ = 0;  ///< Since the latest that could be written.
};

/// The line of a log, with its end. Control characters that a terminal would obey become `?`.
void append_line(std::string& text, const tracing::LogLine& line, bool colours);

}  // namespace micromegas::sink
