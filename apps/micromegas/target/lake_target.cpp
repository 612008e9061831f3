#include "apps/micromegas/target/lake_target.h"

#include "base/error.h"
#include "lake/lake.h"
#include "query/engine.h"

namespace micromegas::cli {
namespace {

class LakeTarget final : public QueryTarget {
 public:
  explicit LakeTarget(std::shared_ptr<lake::Lake> lake) : engine_(std::move(lake), {}) {}

  std::shared_ptr<arrow::RecordBatchReader> ask(const Question& question) override {
    query::RequestOptions request;
    request.range = question.range;
    request.limit = question.limit;
    request.cancel = question.cancel;
    return engine_.execute(question.sql, request);
  }

 private:
  query::Engine engine_;
};

}  // namespace

std::unique_ptr<QueryTarget> open_lake_target(const std::filesystem::path& folder) {
  lake::LakeOptions options;
  options.folder = folder;
  options.must_exist = true;
  try {
    return std::make_unique<LakeTarget>(lake::Lake::open(options));
  } catch (const Error& error) {
    // Whatever is wrong with the folder, the query was never asked: scripts can tell by the code.
    throw unavailable(error.what());
  }
}

}  // namespace micromegas::cli
