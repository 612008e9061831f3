#include "sink/console_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace micromegas::sink {
namespace {

/// So much a pipe takes at once, when it takes anything.
constexpr std::size_t kPiece = 4096;
constexpr int kPatienceMs = 100;

struct LevelLook {
  const char* name;
  const char* colour;
};

const LevelLook& look_of(LogLevel level) noexcept {
  static constexpr std::array<LevelLook, 7> kLooks = {{{"-    ", ""},
                                                       {"FATAL", "\x1b[1;31m"},
                                                       {"ERROR", "\x1b[31m"},
                                                       {"WARN ", "\x1b[33m"},
                                                       {"INFO ", "\x1b[32m"},
                                                       {"DEBUG", "\x1b[36m"},
                                                       {"TRACE", "\x1b[2m"}}};
  return kLooks[std::min(static_cast<std::size_t>(level), kLooks.size() - 1)];
}

void append_time(std::string& text, Ticks time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::time_t seconds = time.value / kSecond;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> buffer{};
  const std::size_t size = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S", &utc);
  text.append(buffer.data(), size);
  std::snprintf(buffer.data(), buffer.size(), ".%06dZ ",
                static_cast<int>(time.value % kSecond / 1000));
  text += buffer.data();
}

/// Further lines of a message stand below the first.
void append_harmless(std::string& text, std::string_view message) {
  constexpr const char* kIndent = "\n    ";
  for (const char c : message) {
    if (c == '\n') {
      text += kIndent;
    } else if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f') {
      text += '?';
    } else {
      text += c;
    }
  }
}

bool wants_colours(int file) noexcept {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(file) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

void append_line(std::string& text, const tracing::LogLine& line, bool colours) {
  constexpr const char* kPlain = "\x1b[0m";
  append_time(text, line.time);
  const LevelLook& look = look_of(line.level);
  if (colours) text += look.colour;
  text += look.name;
  if (colours) text += kPlain;
  text += ' ';
  append_harmless(text, line.target);
  text += ": ";
  append_harmless(text, line.message);
  const char* separator = "  ";
  for (const Property& property : line.properties) {
    text += std::exchange(separator, " ");
    append_harmless(text, property.name);
    text += '=';
    append_harmless(text, property.value);
  }
  text += '\n';
}

ConsoleSink::ConsoleSink(ConsoleOptions options)
    : options_(options), colours_(wants_colours(options.file)) {}

void ConsoleSink::on_log(const tracing::LogLine& line) noexcept {
  if (line.level > options_.level) return;
  append_line(text_, line, colours_);
  ++lines_;
  if (text_.size() >= 4 * kPiece) on_logs_end();
}

void ConsoleSink::on_logs_end() noexcept {
  if (lines_ == 0) return;
  if (missing_ > 0) {
    text_.insert(0, "... " + std::to_string(missing_) + " lines are missing here\n");
  }
  missing_ = write_all(text_) ? 0 : missing_ + lines_;
  text_.clear();
  lines_ = 0;
}

bool ConsoleSink::write_all(std::string_view text) noexcept {
  while (!text.empty()) {
    pollfd ready{options_.file, POLLOUT, 0};
    if (::poll(&ready, 1, kPatienceMs) <= 0 || (ready.revents & POLLOUT) == 0) return false;
    const ssize_t written = ::write(options_.file, text.data(), std::min(text.size(), kPiece));
    if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace micromegas::sink
