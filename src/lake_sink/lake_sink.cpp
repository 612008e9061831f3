#include "lake_sink/lake_sink.h"

#include <utility>

#include "sink/to_wire.h"

namespace micromegas::lake_sink {

LakeSink::LakeSink(std::shared_ptr<LakeWriter> writer, int compression_level)
    : writer_(std::move(writer)), compression_level_(compression_level) {}

void LakeSink::on_process(const tracing::ProcessDescription& process) noexcept {
  process_ = process;
  writer_->store(sink::to_wire(process));
}

void LakeSink::on_stream(const tracing::StreamDescription& stream) noexcept {
  writer_->store(sink::to_wire(stream, process_.process_id));
}

void LakeSink::on_block(const tracing::ClosedBlock& block) noexcept {
  const auto message = sink::to_wire_if_room(*writer_, block, process_, compression_level_);
  if (!message) return;
  writer_->store(
      BlockToStore{message->info, wire::encode_payload(message->payload), block.evidence});
}

tracing::Losses LakeSink::losses() const noexcept { return sink::losses_of(writer_->statistics()); }

void LakeSink::drain(std::chrono::steady_clock::time_point deadline) noexcept {
  writer_->drain(deadline);
}

}  // namespace micromegas::lake_sink
