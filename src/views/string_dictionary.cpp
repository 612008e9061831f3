#include "views/string_dictionary.h"

#include <arrow/array/builder_binary.h>

#include "views/arrow_error.h"

namespace micromegas::views {

std::shared_ptr<arrow::Array> StringDictionary::to_array() const {
  arrow::StringBuilder builder;
  for (const std::string& text : texts_) check_arrow(builder.Append(text));
  return take_arrow(builder.Finish());
}

}  // namespace micromegas::views
