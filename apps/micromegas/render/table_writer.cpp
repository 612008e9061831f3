#include "apps/micromegas/render/table_writer.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/io/interfaces.h>

#include "apps/micromegas/render/text_width.h"
#include "apps/micromegas/render/value_text.h"
#include "apps/micromegas/target/arrow_error.h"

namespace micromegas::cli {
namespace {

constexpr std::size_t kRowsHeldBack = 1000;
constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;  ///< A text column is not made narrower than this.
constexpr std::size_t kRuleWidth = 24;

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kReset = "\x1b[0m";

std::string rule(std::size_t cells) {
  std::string line;
  for (std::size_t i = 0; i < cells; ++i) line += "─";
  return line;
}

void remove_trailing_spaces(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

void TableWriter::begin(const std::shared_ptr<arrow::Schema>& schema) {
  for (const auto& field : schema->fields()) {
    const auto name = printable(field->name());
    columns_.push_back({name, is_number(*field->type()), text_width(name)});
  }
}

TableWriter::Row TableWriter::read_row(const arrow::RecordBatch& batch, std::int64_t row) const {
  Row cells(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& values = *batch.column(static_cast<int>(i));
    if (values.IsNull(row)) {
      cells[i] = {"NULL", true};
      continue;
    }
    std::string text;
    append_text(values, row, text);
    cells[i].text = text == "NULL" ? "\"NULL\"" : printable(text);
  }
  return cells;
}

void TableWriter::write(const arrow::RecordBatch& batch) {
  std::string lines;
  for (std::int64_t i = 0; i < batch.num_rows(); ++i) {
    auto row = read_row(batch, i);
    if (layout_chosen_) {
      append_row(row, lines);
      continue;
    }
    held_back_.push_back(std::move(row));
    if (held_back_.size() == kRowsHeldBack) choose_layout();
  }
  check(out_->Write(lines));
}

void TableWriter::finish() {
  if (!layout_chosen_) choose_layout();
  check(out_->Flush());
}

void TableWriter::choose_layout() {
  layout_chosen_ = true;
  for (const auto& row : held_back_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      columns_[i].width = std::max(columns_[i].width, text_width(row[i].text));
    }
  }

  std::size_t total = columns_.empty() ? 0 : kGap * (columns_.size() - 1);
  for (auto& column : columns_) {
    if (style_.max_column_width > 0 && !column.is_number) {
      column.width = std::min(column.width, style_.max_column_width);
    }
    total += column.width;
  }

  // The widest text column gives way first, cell by cell: short columns stay readable.
  while (style_.width > 0 && total > style_.width) {
    Column* widest = nullptr;
    for (auto& column : columns_) {
      if (column.is_number || column.width <= kNarrowest) continue;
      if (widest == nullptr || column.width > widest->width) widest = &column;
    }
    if (widest == nullptr) break;
    --widest->width;
    --total;
  }
  row_per_block_ = style_.width > 0 && total > style_.width;

  std::string lines;
  if (!row_per_block_) append_header(lines);
  for (const auto& row : held_back_) append_row(row, lines);
  held_back_.clear();
  check(out_->Write(lines));
}

std::string TableWriter::coloured(const std::string& text, const char* code) const {
  return style_.colours ? code + text + kReset : text;
}

void TableWriter::append_header(std::string& out) const {
  std::string names;
  std::string rules;
  for (const auto& column : columns_) {
    const auto name = truncate_to_width(column.name, column.width);
    names += column.is_number ? pad_left(name, column.width) : pad_right(name, column.width);
    names += std::string(kGap, ' ');
    rules += rule(column.width) + std::string(kGap, ' ');
  }
  remove_trailing_spaces(names);
  remove_trailing_spaces(rules);
  out += coloured(names, kBold) + '\n' + coloured(rules, kDim) + '\n';
}

void TableWriter::append_row(const Row& row, std::string& out) {
  if (row_per_block_) {
    append_block(row, out);
  } else {
    append_line(row, out);
  }
}

void TableWriter::append_line(const Row& row, std::string& out) const {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto& column = columns_[i];
    const auto text = column.is_number ? row[i].text : truncate_to_width(row[i].text, column.width);
    const auto used = text_width(text);
    const std::string fill(used < column.width ? column.width - used : 0, ' ');
    if (column.is_number) line += fill;
    line += row[i].is_null ? coloured(text, kDim) : text;
    if (!column.is_number) line += fill;
    line += std::string(kGap, ' ');
  }
  remove_trailing_spaces(line);
  out += line + '\n';
}

void TableWriter::append_block(const Row& row, std::string& out) {
  std::size_t names_width = 0;
  for (const auto& column : columns_) names_width = std::max(names_width, text_width(column.name));
  const auto values_width = style_.width > names_width + kGap + kNarrowest
                                ? style_.width - names_width - kGap
                                : kNarrowest;

  const auto title = "row " + std::to_string(++rows_written_) + ' ';
  out += coloured(title + rule(kRuleWidth), kDim) + '\n';
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto text =
        columns_[i].is_number ? row[i].text : truncate_to_width(row[i].text, values_width);
    out += coloured(pad_right(columns_[i].name, names_width), kBold) + std::string(kGap, ' ') +
           (row[i].is_null ? coloured(text, kDim) : text) + '\n';
  }
}

}  // namespace micromegas::cli
