#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lake/metadata_store.h"

namespace micromegas::lake {

/// A store to test, with whatever must live as long as it.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  virtual MetadataStore& store() = 0;

  /// A second store over the same data, as another process has it.
  virtual std::unique_ptr<MetadataStore> open_again() = 0;
};

/// One promise of `MetadataStore`, told as a sentence, checked on a fresh store. Every
/// implementation runs all of them:
///
///     TEST_CASE("SQLite keeps every promise of a metadata store") {
///       for (const Promise& promise : metadata_store_promises()) { SECTION(promise.sentence) ...
struct Promise {
  std::string sentence;
  std::function<void(StoreUnderTest&)> check;
};

std::vector<Promise> ingestion_promises();
std::vector<Promise> reading_promises();
std::vector<Promise> partition_promises();

}  // namespace micromegas::lake
