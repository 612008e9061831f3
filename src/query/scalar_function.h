#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb.h>

namespace micromegas::query {

/// One column of a chunk on its way into or out of a function of ours.
class VectorReader {
 public:
  explicit VectorReader(duckdb_vector vector)
      : data_(duckdb_vector_get_data(vector)), validity_(duckdb_vector_get_validity(vector)) {}

  bool is_null(idx_t row) const {
    return validity_ != nullptr && !duckdb_validity_row_is_valid(validity_, row);
  }
  template <class T>
  const T& get(idx_t row) const {
    return static_cast<const T*>(data_)[row];
  }
  std::string_view text(idx_t row) const {
    auto& value = static_cast<duckdb_string_t*>(data_)[row];
    return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
  }

 private:
  void* data_;
  uint64_t* validity_;
};

class VectorWriter {
 public:
  explicit VectorWriter(duckdb_vector vector)
      : vector_(vector), data_(duckdb_vector_get_data(vector)) {}

  void set_null(idx_t row) {
    duckdb_vector_ensure_validity_writable(vector_);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector_), row);
  }
  template <class T>
  void set(idx_t row, T value) {
    static_cast<T*>(data_)[row] = value;
  }
  /// Also for binary values. A text that is no UTF-8 becomes NULL.
  void set_text(idx_t row, std::string_view text) {
    duckdb_vector_assign_string_element_len(vector_, row, text.data(), text.size());
  }
  duckdb_vector vector() const { return vector_; }

 private:
  duckdb_vector vector_;
  void* data_;
};

/// Computes rows [0, count) of `out` from `in`; what it throws becomes an error of the query.
using ScalarBody =
    std::function<void(const std::vector<VectorReader>& in, idx_t count, VectorWriter& out)>;

/// Adds a scalar function, or one more overload of a built-in one. `body` sees NULLs.
void register_scalar(duckdb_connection connection, const std::string& name,
                     const std::vector<duckdb_type>& parameters, duckdb_type result,
                     ScalarBody body);

/// Converts row by row; implicit casts have a cost (lower is preferred), explicit ones -1.
using CastBody = std::function<void(const VectorReader& in, idx_t row, VectorWriter& out)>;
void register_cast(duckdb_connection connection, duckdb_type from, duckdb_type to,
                   std::int64_t implicit_cost, CastBody body);

}  // namespace micromegas::query
