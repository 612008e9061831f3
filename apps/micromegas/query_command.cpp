#include "apps/micromegas/query_command.h"

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <arrow/record_batch.h>

#include "apps/micromegas/interrupt.h"
#include "apps/micromegas/output.h"
#include "apps/micromegas/progress_line.h"
#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/render/result_writer.h"
#include "apps/micromegas/target/answer_rows.h"
#include "apps/micromegas/target/process_selector.h"
#include "apps/micromegas/target/query_target.h"
#include "apps/micromegas/target/target_options.h"
#include "apps/micromegas/terminal.h"
#include "apps/micromegas/time_argument.h"

namespace micromegas::cli {
namespace {

constexpr int kStandardOutput = 1;
constexpr std::size_t kWidestColumnOfFiles = 100;

std::string read_all(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class QueryCommand final : public Command {
 public:
  CLI::App* declare(CLI::App& program) override;
  int run() override;

 private:
  std::string read_sql() const;
  TableStyle table_style(const Output& output) const;

  /// Passes the answer on as it comes. Returns the number of rows.
  std::uint64_t write_answer(QueryTarget& target, const Question& question, OutputFormat format,
                             Output& output, ProgressLine& progress) const;

  std::string sql_;
  std::string file_;
  std::string process_;
  std::string begin_;
  std::string end_;
  std::string format_ = "table";
  std::string output_;
  std::optional<std::uint64_t> limit_;
  std::optional<std::size_t> max_column_width_;
  TargetOptions target_;
};

CLI::App* QueryCommand::declare(CLI::App& program) {
  auto* command = program.add_subcommand("query", "Ask SQL; the rows go to standard output");
  auto* sql = command->add_option("sql", sql_, "The statement; - reads it from standard input");
  command->add_option("--file", file_, "Read the statement from this file")->excludes(sql);
  command->add_option("--process", process_,
                      "latest, an id, or a part of a program's name: its id replaces {process} "
                      "(or $process_id) in the SQL");
  command->add_option("--begin", begin_,
                      "Start of the time range: how long ago (30m, 1h30m, 2d), now, or RFC 3339 "
                      "(default with --end: 1970)");
  command->add_option("--end", end_, "End of the time range, in the same forms (default: now)");
  command->add_option("--format", format_, "table, csv, json (one object a line), parquet, arrow")
      ->check(CLI::IsMember({"table", "csv", "json", "parquet", "arrow"}))
      ->capture_default_str();
  command->add_option("--limit", limit_, "Print no more than this many rows");
  command->add_option("--output,-o", output_, "Write to this file instead of standard output");
  command->add_option(
      "--max-col-width", max_column_width_,
      "Cut wider text in tables; 0: never (default: as the terminal has room, else 100)");
  add_target_options(*command, target_);
  return command;
}

std::string QueryCommand::read_sql() const {
  std::string sql = sql_;
  if (!file_.empty()) {
    std::ifstream in(file_);
    if (!in) throw UsageError("--file " + file_ + ": cannot be read");
    sql = read_all(in);
  } else if (sql_ == "-") {
    sql = read_all(std::cin);
  }
  if (sql.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw UsageError("no SQL: give a statement, - for standard input, or --file FILE");
  }
  return sql;
}

TableStyle QueryCommand::table_style(const Output& output) const {
  const auto terminal = output.is_stdout() ? terminal_of(kStandardOutput) : Terminal{};
  const auto usual = terminal.is_terminal ? 0 : kWidestColumnOfFiles;
  return {terminal.width, max_column_width_.value_or(usual), terminal.colours};
}

std::uint64_t QueryCommand::write_answer(QueryTarget& target, const Question& question,
                                         OutputFormat format, Output& output,
                                         ProgressLine& progress) const {
  const auto answer = target.ask(question);
  const bool shares_terminal = output.is_stdout() && terminal_of(kStandardOutput).is_terminal;
  const auto writer = make_result_writer(format, output.stream(), table_style(output));
  writer->begin(answer->schema());
  std::uint64_t rows = 0;
  while (const auto batch = next_batch(*answer, question.cancel)) {
    if (shares_terminal) progress.stop();
    writer->write(*batch);
    rows += static_cast<std::uint64_t>(batch->num_rows());
    progress.set_rows(rows);
  }
  progress.stop();
  writer->finish();
  return rows;
}

int QueryCommand::run() {
  const auto format = parse_output_format(format_).value();
  Question question;
  question.sql = read_sql();
  question.range = parse_time_range(begin_, end_, Timestamp::now());
  question.limit = limit_;
  question.cancel = cancelled_by_interrupt();
  if (is_binary(format) && output_.empty() && terminal_of(kStandardOutput).is_terminal) {
    throw UsageError("--format " + format_ + " is not for a terminal: give --output FILE, or pipe");
  }

  const auto start = std::chrono::steady_clock::now();
  const auto target = open_target(target_);
  if (!process_.empty()) {
    const auto process = find_process(*target, process_, question.cancel);
    question.sql = substitute_process_id(question.sql, process.process_id);
    std::cerr << program_name(process.exe) << ' ' << process.process_id.to_string() << ", started "
              << age_text(process.start_time, Timestamp::now()) << '\n';
  }

  Output output(output_);
  ProgressLine progress;
  const auto rows = write_answer(*target, question, format, output, progress);
  output.commit();

  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::steady_clock::now() - start);
  std::cerr << count_text(rows) << (rows == 1 ? " row, " : " rows, ") << duration_text(took.count())
            << '\n';
  return kSuccess;
}

}  // namespace

std::unique_ptr<Command> make_query_command() { return std::make_unique<QueryCommand>(); }

}  // namespace micromegas::cli
