#include "apps/micromegas/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include <arrow/io/file.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include "apps/micromegas/target/arrow_error.h"
#include "base/error.h"

namespace micromegas::cli {
namespace {

/// Standard output that notices when nobody can take the bytes (Arrow's own does not).
class StandardOutput final : public arrow::io::OutputStream {
 public:
  arrow::Status Write(const void* data, std::int64_t bytes) override {
    const auto size = static_cast<std::size_t>(bytes);
    if (std::fwrite(data, 1, size, stdout) != size) return failure();
    written_ += bytes;
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;

  arrow::Status Flush() override {
    return std::fflush(stdout) == 0 ? arrow::Status::OK() : failure();
  }
  arrow::Status Close() override { return Flush(); }
  bool closed() const override { return false; }
  arrow::Result<std::int64_t> Tell() const override { return written_; }

 private:
  static arrow::Status failure() {
    return arrow::Status::IOError("cannot write to standard output: ", std::strerror(errno));
  }

  std::int64_t written_ = 0;
};

}  // namespace

Output::Output(const std::string& path) : path_(path == "-" ? "" : path) {
  if (path_.empty()) {
    stream_ = std::make_shared<StandardOutput>();
    return;
  }
  partial_path_ = path_ + ".partial";
  stream_ = value_or_throw(arrow::io::FileOutputStream::Open(partial_path_));
}

Output::~Output() {
  if (partial_path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(partial_path_, ignored);
}

void Output::commit() {
  if (!stream_->closed()) check(stream_->Close());
  if (path_.empty()) return;
  std::error_code error;
  std::filesystem::rename(partial_path_, path_, error);
  if (error) throw Error(ErrorKind::kInternal, "cannot write " + path_ + ": " + error.message());
  partial_path_.clear();
}

void write_text(const std::string& path, const std::string& text) {
  Output output(path);
  check(output.stream()->Write(text));
  output.commit();
}

}  // namespace micromegas::cli
