#include "apps/micromegas/timeline_command.h"

#include <iostream>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "apps/micromegas/interrupt.h"
#include "apps/micromegas/output.h"
#include "apps/micromegas/progress_line.h"
#include "apps/micromegas/target/process_selector.h"
#include "apps/micromegas/target/target_options.h"
#include "apps/micromegas/terminal.h"
#include "apps/micromegas/time_argument.h"
#include "apps/micromegas/timeline/timeline_html.h"
#include "apps/micromegas/timeline/timeline_source.h"
#include "apps/micromegas/timeline/timeline_svg.h"
#include "apps/micromegas/timeline/timeline_text.h"

namespace micromegas::cli {
namespace {

constexpr int kStandardOutput = 1;
constexpr std::uint64_t kMostSpans = 2000;      ///< Beyond, browsers begin to stutter.
constexpr std::uint64_t kMostSpansOfSvg = 400;  ///< Nobody can zoom into it.
constexpr std::uint64_t kMostSpansOfText = 40;
constexpr std::size_t kWidthOfFiles = 110;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

class TimelineCommand final : public Command {
 public:
  CLI::App* declare(CLI::App& program) override;
  int run() override;

 private:
  /// `html`, `svg` or `text`: as said, else by the file's name, else text for the terminal.
  std::string chosen_format() const;
  std::string draw(const Timeline& timeline, const std::string& format) const;

  std::string process_ = "latest";
  std::string begin_;
  std::string end_;
  std::string out_;
  std::string format_;
  std::uint64_t max_spans_ = 0;
  TargetOptions target_;
};

CLI::App* TimelineCommand::declare(CLI::App& program) {
  auto* command = program.add_subcommand(
      "timeline", "Draw a process's async spans by thread: a page, a picture, or text");
  command->add_option("--process", process_, "latest, an id, or a part of a program's name")
      ->capture_default_str();
  command->add_option("--begin", begin_,
                      "Start of the time range: how long ago (30m, 1h30m, 2d), now, or RFC 3339 "
                      "(default with --end: 1970)");
  command->add_option("--end", end_, "End of the time range, in the same forms (default: now)");
  command->add_option("--out,-o", out_, "Write to this file; .html moves, .svg stands still");
  command
      ->add_option("--format", format_, "html, svg, text (default: by the file's name, else text)")
      ->check(CLI::IsMember({"html", "svg", "text"}));
  command->add_option(
      "--max-spans", max_spans_,
      "Draw no more than this many spans, the longest ones (default: 2000; svg 400, text 40)");
  add_target_options(*command, target_);
  return command;
}

std::string TimelineCommand::chosen_format() const {
  if (!format_.empty()) return format_;
  if (out_.empty() || out_ == "-") return "text";
  if (ends_with(out_, ".svg")) return "svg";
  if (ends_with(out_, ".html") || ends_with(out_, ".htm")) return "html";
  if (ends_with(out_, ".txt")) return "text";
  throw UsageError("--out " + out_ + ": give it the ending .html, .svg or .txt, or say --format");
}

std::string TimelineCommand::draw(const Timeline& timeline, const std::string& format) const {
  if (format == "html") return timeline_as_html(timeline);
  if (format == "svg") return timeline_as_svg(timeline);
  const auto terminal = out_.empty() ? terminal_of(kStandardOutput) : Terminal{};
  TimelineTextStyle style;
  style.width = terminal.is_terminal ? terminal.width : kWidthOfFiles;
  style.max_spans = max_spans_ > 0 ? max_spans_ : kMostSpansOfText;
  style.colours = terminal.colours;
  return timeline_as_text(timeline, style);
}

int TimelineCommand::run() {
  const auto format = chosen_format();
  const auto range = parse_time_range(begin_, end_, Timestamp::now());
  const auto cancel = cancelled_by_interrupt();
  const auto max_spans = max_spans_ > 0    ? max_spans_
                         : format == "svg" ? kMostSpansOfSvg
                                           : kMostSpans;
  const auto target = open_target(target_);
  ProgressLine progress;
  const auto process = find_process(*target, process_, cancel);
  const auto timeline = read_timeline(*target, process, range, max_spans, cancel);
  progress.stop();
  write_text(out_, draw(timeline, format));
  if (!out_.empty() && out_ != "-") {
    std::cerr << out_ << ": " << summary_text(timeline) << '\n';
  }
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> make_timeline_command() { return std::make_unique<TimelineCommand>(); }

}  // namespace micromegas::cli
