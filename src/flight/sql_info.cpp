#include "flight/sql_info.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/config.h>

#include "query/status.h"

namespace micromegas::flight {
namespace {

using query::check;
using Words = std::vector<std::string>;

struct Fact {
  std::uint32_t id;
  std::variant<std::string, bool, std::int32_t, Words> value;
};

const std::vector<Fact>& facts() {
  static const std::vector<Fact> kFacts = {
      {0, "Micromegas Flight SQL Server"},
      {1, MICROMEGAS_VERSION},
      {2, ARROW_VERSION_STRING},
      {3, true},               // Read only.
      {4, true},               // Speaks SQL.
      {5, false},              // No Substrait.
      {8, std::int32_t{0}},    // No transactions.
      {9, false},              // No cancel action: closing the stream cancels.
      {10, false},             // No bulk ingestion.
      {503, std::int32_t{3}},  // Unquoted names are matched without regard to case,
      {504, "\""},
      {505, std::int32_t{3}},  // and quoted ones too.
      {508, Words{"ILIKE", "LATERAL", "QUALIFY", "EXCLUDE", "UNNEST", "FILTER", "WINDOW"}},
      {509, Words{"abs", "ceil", "floor", "round", "sqrt", "pow", "exp", "ln", "log10", "sign",
                  "greatest", "least", "random"}},
      {510, Words{"concat", "concat_ws", "length", "lower", "upper", "trim", "substr", "replace",
                  "regexp_replace", "split_part", "starts_with", "strpos", "repeat"}},
      {511, Words{"property_get", "properties_length", "jsonb_format_json", "arrow_cast"}},
      {512,
       Words{"now", "date_bin", "date_trunc", "date_part", "epoch_ns", "epoch_ms", "strftime"}},
  };
  return kFacts;
}

/// The union's members, in the order that Flight SQL fixes.
enum Member : std::int8_t { kString, kBool, kBigint, kBitmask, kStringList, kIntListMap };

class AnswerBuilder {
 public:
  void add(const Fact& fact) {
    check(ids_.Append(fact.id));
    std::visit([this](const auto& value) { append(value); }, fact.value);
  }

  std::shared_ptr<arrow::RecordBatch> finish() {
    auto map = check(arrow::MakeEmptyArray(
        arrow::map(arrow::int32(), arrow::list(arrow::field("item", arrow::int32())))));
    const arrow::ArrayVector children = {check(strings_.Finish()), check(bools_.Finish()),
                                         check(bigints_.Finish()), check(bitmasks_.Finish()),
                                         check(lists_.Finish()),   std::move(map)};
    const auto types = check(types_.Finish());
    const auto offsets = check(offsets_.Finish());
    const auto values = check(arrow::DenseUnionArray::Make(
        *types, *offsets, children,
        {"string_value", "bool_value", "bigint_value", "int32_bitmask", "string_list",
         "int32_to_int32_list_map"},
        {kString, kBool, kBigint, kBitmask, kStringList, kIntListMap}));
    const auto ids = check(ids_.Finish());
    const auto schema = arrow::schema({arrow::field("info_name", arrow::uint32(), false),
                                       arrow::field("value", values->type(), false)});
    return arrow::RecordBatch::Make(schema, ids->length(), {ids, values});
  }

 private:
  void begin(Member member, std::int64_t offset) {
    check(types_.Append(member));
    check(offsets_.Append(static_cast<std::int32_t>(offset)));
  }
  void append(const std::string& value) {
    begin(kString, strings_.length());
    check(strings_.Append(value));
  }
  void append(bool value) {
    begin(kBool, bools_.length());
    check(bools_.Append(value));
  }
  void append(std::int32_t value) {
    // Enumerations travel as bigint, sets of flags as bitmask; we have the former only.
    begin(kBigint, bigints_.length());
    check(bigints_.Append(value));
  }
  void append(const Words& words) {
    begin(kStringList, lists_.length());
    check(lists_.Append());
    check(words_->AppendValues(words));
  }

  arrow::UInt32Builder ids_;
  arrow::Int8Builder types_;
  arrow::Int32Builder offsets_;
  arrow::StringBuilder strings_;
  arrow::BooleanBuilder bools_;
  arrow::Int64Builder bigints_;
  arrow::Int32Builder bitmasks_;
  std::shared_ptr<arrow::StringBuilder> words_ = std::make_shared<arrow::StringBuilder>();
  arrow::ListBuilder lists_{arrow::default_memory_pool(), words_};
};

}  // namespace

std::shared_ptr<arrow::RecordBatch> sql_info(const std::vector<std::uint32_t>& ids) {
  AnswerBuilder answer;
  for (const auto& fact : facts()) {
    if (ids.empty() || std::find(ids.begin(), ids.end(), fact.id) != ids.end()) answer.add(fact);
  }
  return answer.finish();
}

}  // namespace micromegas::flight
