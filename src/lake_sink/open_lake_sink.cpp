// What `TelemetryGuard` calls for `file:` URLs when a program links this library.
#include <atomic>
#include <exception>
#include <memory>
#include <utility>

#include <unistd.h>

#include "lake/lake.h"
#include "lake_sink/lake_sink.h"
#include "sink/destination.h"

namespace {

/// SQLite keeps its locks by process: a child that inherits an open database must not open it
/// again. True for the first process that opens one, and for no child of it.
bool may_open_lakes() noexcept {
  static std::atomic<pid_t> first{0};
  pid_t nobody = 0;
  return first.compare_exchange_strong(nobody, ::getpid()) || nobody == ::getpid();
}

}  // namespace

void micromegas_open_lake_sink(const micromegas::sink::LakeFolder& folder,
                               micromegas::sink::Destination& destination,
                               std::string& fault) noexcept {
  if (!may_open_lakes()) {
    fault =
        "a forked child cannot write into a lake after its parent did: let it call exec, or "
        "send to a server";
    return;
  }
  try {
    auto writer = std::make_shared<micromegas::lake_sink::LakeWriter>(
        micromegas::lake::Lake::open({.folder = folder.folder}), folder.limits);
    destination.sink =
        std::make_unique<micromegas::lake_sink::LakeSink>(writer, folder.compression_level);
    destination.statistics = [writer = std::move(writer)] { return writer->statistics(); };
  } catch (const std::exception& e) {
    fault = e.what();
  }
}
