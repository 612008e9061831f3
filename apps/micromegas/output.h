#pragma once

#include <memory>
#include <string>

namespace arrow::io {
class OutputStream;
}

namespace micromegas::cli {

/// Where a result goes: standard output, or a file that appears under its name only when it is
/// complete.
class Output {
 public:
  /// An empty path, or `-`, is standard output. Throws `Error` when the file cannot be made.
  explicit Output(const std::string& path);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Removes what was written to a file and not committed.
  ~Output();

  const std::shared_ptr<arrow::io::OutputStream>& stream() const { return stream_; }
  bool is_stdout() const { return path_.empty(); }

  /// Gives the file its name. Nothing may be written afterwards.
  void commit();

 private:
  std::string path_;
  std::string partial_path_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
};

/// Writes a whole text to `path` (empty or `-`: standard output), as above.
void write_text(const std::string& path, const std::string& text);

}  // namespace micromegas::cli
