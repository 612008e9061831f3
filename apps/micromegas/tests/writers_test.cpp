#include <cmath>

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <catch2/catch.hpp>
#include <parquet/arrow/reader.h>

#include "apps/micromegas/target/arrow_error.h"
#include "apps/micromegas/tests/rendered.h"

namespace micromegas::cli {
namespace {

const auto kTime = arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
const auto kProperty =
    arrow::struct_({arrow::field("key", arrow::utf8()), arrow::field("value", arrow::int64())});

std::shared_ptr<arrow::RecordBatch> spans() {
  return batch_of({{"time", kTime, "[1795327341939069005, 1]"},
                   {"name", arrow::dictionary(arrow::int32(), arrow::utf8()), R"(["a", null])"},
                   {"span_id", arrow::int64(), "[9223372036854775807, -1]"}});
}

}  // namespace

TEST_CASE("CSV quotes what needs it and tells NULL from empty text", "[csv]") {
  CHECK(rendered(OutputFormat::kCsv,
                 {batch_of({{"a,b", arrow::utf8(), R"(["plain", "with \"quotes\"", "two\nlines"])"},
                            {"n", arrow::float64(), "[0.1, null, 1e300]"},
                            {"t", arrow::utf8(), R"([null, "", "x,y"])"}})}) ==
        "\"a,b\",n,t\n"
        "plain,0.1,\n"
        "\"with \"\"quotes\"\"\",,\"\"\n"
        "\"two\nlines\",1e+300,\"x,y\"\n");
}

TEST_CASE("JSON lines keep digits, times, lists and structs", "[json]") {
  CHECK(rendered(OutputFormat::kJson,
                 {batch_of({{"time", kTime, "[1795327341939069005]"},
                            {"big", arrow::uint64(), "[18446744073709551615]"},
                            {"tags", arrow::list(arrow::utf8()), R"([["cpu", null]])"},
                            {"p", kProperty, R"([{"key": "k\n", "value": 3}])"},
                            {"m", arrow::map(arrow::utf8(), arrow::int32()), R"([[["x", 1]]])"},
                            {"none", arrow::null(), "[null]"}})}) ==
        R"({"time":"2026-11-22T06:02:21.939069005Z","big":18446744073709551615,)"
        R"("tags":["cpu",null],"p":{"key":"k\n","value":3},"m":{"x":1},"none":null})"
        "\n");
}

TEST_CASE("JSON has no word for numbers that are none", "[json]") {
  const auto values = std::make_shared<arrow::DoubleArray>(
      2, arrow::Buffer::FromVector(std::vector<double>{std::nan(""), HUGE_VAL}));
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("x", arrow::float64())}), 2, {values});
  CHECK(rendered(OutputFormat::kJson, {batch}) == "{\"x\":null}\n{\"x\":null}\n");
}

TEST_CASE("times are written with the digits that their unit has", "[csv]") {
  CHECK(rendered(OutputFormat::kCsv,
                 {batch_of({{"s", arrow::timestamp(arrow::TimeUnit::SECOND, "UTC"), "[1]"},
                            {"ms", arrow::timestamp(arrow::TimeUnit::MILLI, "UTC"), "[1]"},
                            {"us", arrow::timestamp(arrow::TimeUnit::MICRO), "[1]"}})}) ==
        "s,ms,us\n1970-01-01T00:00:01Z,1970-01-01T00:00:00.001Z,1970-01-01T00:00:00.000001\n");
}

TEST_CASE("property sets read as JSON, other bytes as hexadecimal", "[csv]") {
  using namespace std::string_literals;
  arrow::BinaryBuilder builder;
  check(builder.Append("\x40\0\0\1\x10\0\0\4\x10\0\0\5namevalue"s));
  check(builder.Append("\x40\0\0\0"s));
  check(builder.Append("\x01\xff"s));
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("properties", arrow::binary())}), 3,
                               {value_or_throw(builder.Finish())});
  CHECK(rendered(OutputFormat::kJson, {batch}) == R"({"properties":{"name":"value"}})"
                                                  "\n{\"properties\":{}}\n"
                                                  R"({"properties":"\\x01ff"})"
                                                  "\n");
  CHECK(rendered(OutputFormat::kCsv, {batch}) ==
        "properties\n\"{\"\"name\"\":\"\"value\"\"}\"\n{}\n\\x01ff\n");
}

TEST_CASE("an Arrow stream comes back as it went", "[arrow]") {
  const auto bytes = rendered(OutputFormat::kArrow, {spans(), spans()});
  const auto reader = value_or_throw(arrow::ipc::RecordBatchStreamReader::Open(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes))));
  CHECK(value_or_throw(reader->Next())->Equals(*spans()));
  CHECK(value_or_throw(reader->Next())->Equals(*spans()));
  CHECK(value_or_throw(reader->Next()) == nullptr);
}

TEST_CASE("a Parquet file keeps nanoseconds, dictionaries and NULL", "[parquet]") {
  const auto bytes = rendered(OutputFormat::kParquet, {spans(), spans()});
  const auto reader = value_or_throw(parquet::arrow::OpenFile(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)),
      arrow::default_memory_pool()));
  const auto table = value_or_throw(reader->ReadTable());
  REQUIRE(table->num_rows() == 4);
  CHECK(table->schema()->Equals(*spans()->schema(), /*check_metadata=*/false));
  CHECK(rendered(OutputFormat::kCsv, {value_or_throw(table->CombineChunksToBatch())}) ==
        rendered(OutputFormat::kCsv, {spans(), spans()}));
}

TEST_CASE("formats are known by name", "[formats]") {
  CHECK(parse_output_format("parquet") == OutputFormat::kParquet);
  CHECK_FALSE(parse_output_format("xml"));
  CHECK(is_binary(OutputFormat::kArrow));
  CHECK_FALSE(is_binary(OutputFormat::kJson));
}

}  // namespace micromegas::cli
