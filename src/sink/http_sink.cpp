#include "sink/http_sink.h"

#include <utility>

#include "sink/to_wire.h"
#include "wire/messages.h"

namespace micromegas::sink {

HttpSink::HttpSink(std::shared_ptr<HttpUploader> uploader, int compression_level)
    : uploader_(std::move(uploader)), compression_level_(compression_level) {}

void HttpSink::on_process(const tracing::ProcessDescription& process) noexcept {
  process_ = process;
  uploader_->post(
      {Priority::kMetadata, "/ingestion/insert_process", wire::encode_process(to_wire(process))});
}

void HttpSink::on_stream(const tracing::StreamDescription& stream) noexcept {
  uploader_->post({Priority::kMetadata, "/ingestion/insert_stream",
                   wire::encode_stream(to_wire(stream, process_.process_id))});
}

void HttpSink::on_block(const tracing::ClosedBlock& block) noexcept {
  const auto message = to_wire_if_room(*uploader_, block, process_, compression_level_);
  if (!message) return;
  uploader_->post({priority_of(block.kind), "/ingestion/insert_block", wire::encode_block(*message),
                   block.nb_objects, block.evidence});
}

tracing::Losses HttpSink::losses() const noexcept { return losses_of(uploader_->statistics()); }

void HttpSink::drain(std::chrono::steady_clock::time_point deadline) noexcept {
  uploader_->drain(deadline);
}

}  // namespace micromegas::sink
