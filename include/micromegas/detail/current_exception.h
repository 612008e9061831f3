#pragma once

#include <cstdint>
#include <exception>

#include <micromegas/detail/suspension.h>

namespace micromegas::detail {

/// Says of a span what the exception says that is being handled. Nothing where the application is
/// built without exceptions.
inline void record_current_exception(std::uint64_t span_id) noexcept {
  if (span_id == 0) return;
#if defined(__cpp_exceptions)
  try {
    throw;
  } catch (const std::exception& exception) {
    const char* why = exception.what();
    record_error(span_id, why != nullptr ? why : "");
  } catch (...) {
    record_error(span_id, "not a std::exception");
  }
#endif
}

}  // namespace micromegas::detail
