#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <typeinfo>
#include <utility>

#include "base/error.h"
#include "views/record_builder.h"

namespace micromegas::views {

/// Where `View::append_rows` puts its rows: one per partition under construction.
///
/// The view brings a `RecordBuilder` of its own, made at the first block and kept for all of them,
/// so that small blocks share dictionaries and row groups. Its rows go on to the file whenever a
/// row group is full, also amid a block: memory is bounded by the row group, not by what a block
/// holds.
///
/// One thread at a time.
class RowWriter {
 public:
  using Sink = std::function<void(const RecordBatchWithRange&)>;

  /// `sink` receives the rows of each row group.
  RowWriter(std::size_t rows_per_group, Sink sink)
      : rows_per_group_(rows_per_group), sink_(std::move(sink)) {}

  /// The builder, constructed with the capacity of a row group by the first call. A view uses one
  /// type.
  template <class Builder>
  Builder& builder() {
    if (!builder_) builder_ = std::make_unique<Builder>(rows_per_group_);
    auto* builder = dynamic_cast<Builder*>(builder_.get());
    if (builder == nullptr) throw Error(ErrorKind::kInternal, "a view uses two record builders");
    return *builder;
  }

  std::size_t rows_per_group() const noexcept { return rows_per_group_; }

  /// Hands the builder's rows to the file. A view calls it when the builder holds
  /// `rows_per_group()`.
  void flush() {
    if (builder_ == nullptr || builder_->nb_rows() == 0) return;
    rows_flushed_ += builder_->nb_rows();
    sink_(builder_->finish());
  }

  /// Call before a block that may have `nb_rows`: flushes early when it would not fit beside what
  /// waits, so that as a rule blocks lie within one row group and can be taken back. Groups less
  /// than half full are left alone.
  void make_room(std::size_t nb_rows) {
    const std::size_t waiting = builder_ ? builder_->nb_rows() : 0;
    if (waiting + nb_rows > rows_per_group_ && 2 * waiting >= rows_per_group_) flush();
  }

  /// Rows so far: a mark to which `take_back` can return.
  std::size_t nb_rows() const noexcept {
    return rows_flushed_ + (builder_ ? builder_->nb_rows() : 0);
  }

  /// Takes back the rows beyond `mark`. False, doing nothing, when some of them were flushed
  /// already.
  bool take_back(std::size_t mark) noexcept {
    if (mark < rows_flushed_) return false;
    if (builder_) builder_->truncate(mark - rows_flushed_);
    return true;
  }

 private:
  const std::size_t rows_per_group_;
  Sink sink_;
  std::unique_ptr<RecordBuilder> builder_;
  std::size_t rows_flushed_ = 0;
};

}  // namespace micromegas::views
