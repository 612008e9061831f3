#include "apps/micromegas/processes_command.h"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>
#include <arrow/api.h>

#include "apps/micromegas/interrupt.h"
#include "apps/micromegas/output.h"
#include "apps/micromegas/render/human_text.h"
#include "apps/micromegas/render/result_writer.h"
#include "apps/micromegas/target/answer_rows.h"
#include "apps/micromegas/target/arrow_error.h"
#include "apps/micromegas/target/target_options.h"
#include "apps/micromegas/terminal.h"

namespace micromegas::cli {
namespace {

constexpr std::uint64_t kUsualLimit = 20;
constexpr int kStandardOutput = 1;

/// The answer's rows as people want to read them.
class ProcessTable {
 public:
  void add(const AnswerRow& row, Timestamp now) {
    check(process_id_.Append(row.text("process_id")));
    check(exe_.Append(program_name(row.text("exe"))));
    check(computer_.Append(row.text("computer")));
    check(started_.Append(clock_text(row.time("start_time"))));
    const auto last_seen = row.optional_time("last_update_time");
    check(last_seen_.Append(last_seen ? age_text(*last_seen, now) : ""));
    check(events_.Append(row.optional_integer("events").value_or(0)));
    check(blocks_.Append(row.optional_integer("blocks").value_or(0)));
  }

  std::shared_ptr<arrow::RecordBatch> finish() {
    const auto schema = arrow::schema(
        {arrow::field("process_id", arrow::utf8()), arrow::field("exe", arrow::utf8()),
         arrow::field("computer", arrow::utf8()), arrow::field("started (UTC)", arrow::utf8()),
         arrow::field("last seen", arrow::utf8()), arrow::field("events", arrow::int64()),
         arrow::field("blocks", arrow::int64())});
    const auto rows = process_id_.length();
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (arrow::ArrayBuilder* builder :
         {static_cast<arrow::ArrayBuilder*>(&process_id_), static_cast<arrow::ArrayBuilder*>(&exe_),
          static_cast<arrow::ArrayBuilder*>(&computer_),
          static_cast<arrow::ArrayBuilder*>(&started_),
          static_cast<arrow::ArrayBuilder*>(&last_seen_),
          static_cast<arrow::ArrayBuilder*>(&events_),
          static_cast<arrow::ArrayBuilder*>(&blocks_)}) {
      columns.push_back(value_or_throw(builder->Finish()));
    }
    return arrow::RecordBatch::Make(schema, rows, columns);
  }

 private:
  arrow::StringBuilder process_id_, exe_, computer_, started_, last_seen_;
  arrow::Int64Builder events_, blocks_;
};

class ProcessesCommand final : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    auto* command =
        program.add_subcommand("processes", "List the programs that sent something, newest first");
    command->add_option("--limit", limit_, "List no more than this many processes")
        ->capture_default_str();
    add_target_options(*command, target_);
    return command;
  }

  int run() override {
    Question question;
    question.sql = newest_processes_sql(limit_);
    question.cancel = cancelled_by_interrupt();
    const auto target = open_target(target_);
    ProcessTable table;
    for_each_row(*target, question,
                 [&](const AnswerRow& row) { table.add(row, Timestamp::now()); });

    const auto batch = table.finish();
    if (batch->num_rows() == 0) {
      std::cerr << "no process has sent anything yet\n";
      return kSuccess;
    }
    const auto terminal = terminal_of(kStandardOutput);
    Output output("");
    const auto writer = make_result_writer(OutputFormat::kTable, output.stream(),
                                           {terminal.width, 0, terminal.colours});
    writer->begin(batch->schema());
    writer->write(*batch);
    writer->finish();
    return kSuccess;
  }

 private:
  std::uint64_t limit_ = kUsualLimit;
  TargetOptions target_;
};

}  // namespace

std::string newest_processes_sql(std::uint64_t limit) {
  return "WITH newest AS (SELECT process_id, exe, computer, start_time, last_update_time"
         " FROM processes ORDER BY start_time DESC LIMIT " +
         std::to_string(limit) +
         "), totals AS (SELECT process_id, CAST(SUM(nb_objects) AS BIGINT) AS events,"
         " COUNT(*) AS blocks FROM blocks"
         " WHERE process_id IN (SELECT process_id FROM newest) GROUP BY process_id)"
         " SELECT newest.*, totals.events, totals.blocks"
         " FROM newest LEFT JOIN totals ON newest.process_id = totals.process_id"
         " ORDER BY newest.start_time DESC";
}

std::unique_ptr<Command> make_processes_command() { return std::make_unique<ProcessesCommand>(); }

}  // namespace micromegas::cli
