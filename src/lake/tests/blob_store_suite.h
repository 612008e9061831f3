#pragma once

#include <functional>
#include <memory>

#include "lake/blob_store.h"

namespace micromegas::lake {

/// Checks what every blob store promises. `open` gives a store over the same medium each time.
void check_blob_store(const std::function<std::unique_ptr<BlobStore>()>& open);

}  // namespace micromegas::lake
