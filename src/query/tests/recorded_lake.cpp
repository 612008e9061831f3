#include "recorded_lake.h"

#include <arrow/record_batch.h>

#include "result_text.h"

namespace micromegas::query {

std::string RecordedLake::sql(std::string_view text) const {
  constexpr std::string_view kPlace = "$process";
  std::string result(text);
  for (std::size_t at = 0; (at = result.find(kPlace, at)) != std::string::npos;) {
    result.replace(at, kPlace.size(), process_id().to_string());
  }
  return result;
}

std::string RecordedLake::rows(std::string_view text, const RequestOptions& request) {
  return rows_text(*engine_.execute(sql(text), request));
}

std::string RecordedLake::schema(std::string_view text, const RequestOptions& request) {
  return schema_text(*engine_.execute(sql(text), request));
}

std::string RecordedLake::error(std::string_view text, const RequestOptions& request) {
  try {
    rows(text, request);
    return "no error";
  } catch (const Error& error) {
    return std::string(to_string(error.kind())) + ": " + error.what();
  }
}

TimeRange RecordedLake::range(std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kStart = 1'700'000'000'000'000'000;
  return {{kStart + begin}, {kStart + end}};
}

}  // namespace micromegas::query
