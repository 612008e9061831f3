#include "views/async_event_record_builder.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "views/arrow_error.h"
#include "views/async_events_schema.h"
#include "views/block_error.h"

namespace micromegas::views {
namespace {

/// The texts that an enumeration stands for, in its order.
std::shared_ptr<arrow::Array> texts_of(std::initializer_list<const char*> texts) {
  StringDictionary dictionary;
  for (const char* text : texts) dictionary.index_of(text);
  return dictionary.to_array();
}

const std::shared_ptr<arrow::Array>& event_types() {
  static const std::shared_ptr<arrow::Array> kTypes = texts_of({"begin", "end"});
  return kTypes;
}

const std::shared_ptr<arrow::Array>& end_states() {
  static const std::shared_ptr<arrow::Array> kStates = texts_of({"ended", "error", "cancelled"});
  return kStates;
}

/// Validity of the parents: 0 is no parent.
std::pair<std::shared_ptr<arrow::Buffer>, std::int64_t> parents_present(const std::int64_t* parents,
                                                                        std::size_t nb_rows) {
  std::shared_ptr<arrow::Buffer> bits =
      take_arrow(arrow::AllocateBuffer(static_cast<std::int64_t>((nb_rows + 7) / 8)));
  std::uint8_t* bytes = bits->mutable_data();
  std::int64_t nulls = 0;
  for (std::size_t row = 0; row < nb_rows; row += 8) {
    std::uint8_t byte = 0;
    const std::size_t end = std::min<std::size_t>(8, nb_rows - row);
    for (std::size_t i = 0; i < end; ++i) {
      const bool present = parents[row + i] != 0;
      byte |= static_cast<std::uint8_t>(present << i);
      nulls += !present;
    }
    bytes[row / 8] = byte;
  }
  return {std::move(bits), nulls};
}

}  // namespace

AsyncEventRecordBuilder::AsyncEventRecordBuilder(std::size_t capacity)
    : capacity_(capacity),
      row_limit_(capacity),
      stream_id_(capacity),
      block_id_(capacity),
      time_(capacity),
      event_type_(capacity),
      span_id_(capacity),
      parent_span_id_(capacity),
      depth_(capacity),
      hash_(capacity),
      name_(capacity),
      filename_(capacity),
      target_(capacity),
      line_(capacity),
      end_state_(capacity) {}

void AsyncEventRecordBuilder::begin_block(std::string_view stream_id, std::string_view block_id) {
  if (nb_rows_ == 0) {
    const auto reuse = [](auto&... columns) { (columns.reuse(), ...); };
    reuse(stream_id_, block_id_, time_, event_type_, span_id_, parent_span_id_, depth_, hash_,
          name_, filename_, target_, line_, end_state_);
  }
  sites_.clear();
  stream_ = streams_.index_of(stream_id);
  block_ = blocks_.index_of(block_id);
}

AsyncEventRecordBuilder::Site AsyncEventRecordBuilder::intern(const CallSiteTexts& texts) {
  for (const std::string_view text : {texts.name, texts.filename, texts.target}) {
    if (text.size() <= kMaxTextBytes) continue;
    throw BlockFault("dependencies", -1,
                     "a name, file name or target of " + std::to_string(text.size()) +
                         " bytes, at most " + std::to_string(kMaxTextBytes));
  }
  const Site site{names_.index_of(texts.name), filenames_.index_of(texts.filename),
                  targets_.index_of(texts.target), texts.line, call_site_hash(texts)};
  // The row that follows is the last one then: asked here, it costs nothing per row.
  if (names_.nb_bytes() + filenames_.nb_bytes() + targets_.nb_bytes() >= kMaxGroupTextBytes) {
    row_limit_ = std::min(capacity_, nb_rows_ + 1);
  }
  return site;
}

RecordBatchWithRange AsyncEventRecordBuilder::finish() {
  const auto nb_rows = static_cast<std::int64_t>(nb_rows_);
  const auto plain = [nb_rows](std::shared_ptr<arrow::DataType> type, const auto& column,
                               std::shared_ptr<arrow::Buffer> validity = nullptr,
                               std::int64_t nulls = 0) {
    return arrow::MakeArray(arrow::ArrayData::Make(std::move(type), nb_rows,
                                                   {std::move(validity), column.share()}, nulls));
  };
  const auto text = [&plain](const auto& column, const std::shared_ptr<arrow::Array>& texts) {
    return std::make_shared<arrow::DictionaryArray>(
        arrow::dictionary(arrow::int32(), arrow::utf8()), plain(arrow::int32(), column), texts);
  };

  RecordBatchWithRange result;
  auto [present, nulls] = parents_present(parent_span_id_.data(), nb_rows_);
  const auto& schema = async_events_stored_schema();
  result.batch = arrow::RecordBatch::Make(
      schema, nb_rows,
      {
          text(stream_id_, streams_.to_array()),
          text(block_id_, blocks_.to_array()),
          plain(schema->field(2)->type(), time_),
          text(event_type_, event_types()),
          plain(arrow::int64(), span_id_),
          plain(arrow::int64(), parent_span_id_, std::move(present), nulls),
          plain(arrow::uint32(), depth_),
          plain(arrow::uint32(), hash_),
          text(name_, names_.to_array()),
          text(filename_, filenames_.to_array()),
          text(target_, targets_.to_array()),
          plain(arrow::uint32(), line_),
          text(end_state_, end_states()),
      });
  if (nb_rows_ > 0) {
    const auto [first, last] = std::minmax_element(time_.data(), time_.data() + nb_rows_);
    result.event_range = TimeRange{{*first}, {*last}};
  }
  clear();
  return result;
}

void AsyncEventRecordBuilder::clear() {
  nb_rows_ = 0;
  row_limit_ = capacity_;
  for (StringDictionary* texts : {&streams_, &blocks_, &names_, &filenames_, &targets_}) {
    texts->clear();
  }
}

}  // namespace micromegas::views
