#include "views/call_site.h"

#include <xxhash.h>

namespace micromegas::views {

std::uint32_t call_site_hash(const CallSiteTexts& site) noexcept {
  XXH32_hash_t hash = 0;
  for (const std::string_view text : {site.name, site.filename, site.target}) {
    hash = XXH32(text.data(), text.size(), hash);
  }
  return XXH32(&site.line, sizeof site.line, hash);
}

}  // namespace micromegas::views
