#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sink/environment.h"
#include "sink/upload_statistics.h"
#include "tracing/event_sink.h"

namespace micromegas::sink {

/// Where the blocks of a program go.
struct Destination {
  std::unique_ptr<tracing::EventSink> sink;
  /// What became of them. Good after the sink is gone; any thread.
  std::function<UploadStatistics()> statistics;
};

/// A lake in a folder, for programs that write into one themselves.
struct LakeFolder {
  std::string folder;
  UploadLimits limits;
  int compression_level = 0;
};

/// What the URL of `options` says: `http:` and `https:` an ingestion server, `file:` a lake. On
/// failure the sink is null, and `fault` says why in one line.
Destination open_destination(const ResolvedOptions& options, std::string& fault);

/// Why such a URL can be no destination of this program, in one line. Empty: it can.
std::string fault_of_url(const std::string& url);

/// `file:///var/lake` and `file://localhost/var/lake` -> `/var/lake`, with %20 and its like read.
/// Empty: not an absolute path of this machine.
std::string folder_of_url(const std::string& url);

}  // namespace micromegas::sink

/// Opens a lake; throws nothing. A weak reference: it is null unless the program links the library
/// `micromegas::lake_sink`, which defines it, so that whoever sends over HTTP needs no database
/// (docs/decisions tells why it is done this way).
extern "C" [[gnu::weak]] void micromegas_open_lake_sink(const micromegas::sink::LakeFolder& lake,
                                                        micromegas::sink::Destination& destination,
                                                        std::string& fault) noexcept;
