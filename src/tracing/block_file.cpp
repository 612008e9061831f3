#include "tracing/block_file.h"

#include <atomic>
#include <cstring>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tracing/text_list.h"

namespace micromegas::tracing {
namespace {

constinit std::atomic<std::uint64_t> g_bytes_on_the_way{0};

/// Deletes its file at its end.
class FileOnTheWay {
 public:
  FileOnTheWay(std::string path, std::uint64_t bytes) noexcept
      : path_(std::move(path)),
        bytes_(bytes),
        bytes_before_(g_bytes_on_the_way.fetch_add(bytes, std::memory_order_relaxed)) {}
  FileOnTheWay(const FileOnTheWay&) = delete;
  FileOnTheWay& operator=(const FileOnTheWay&) = delete;
  ~FileOnTheWay() {
    ::unlink(path_.c_str());
    g_bytes_on_the_way.fetch_sub(bytes_, std::memory_order_relaxed);
  }

  const char* path() const noexcept { return path_.c_str(); }
  bool within_bound() const noexcept { return bytes_before_ + bytes_ <= kMostBytesOnTheWay; }

 private:
  const std::string path_;
  const std::uint64_t bytes_;
  const std::uint64_t bytes_before_;
};

iovec part_of(const void* bytes, std::size_t size) noexcept {
  return {const_cast<void*>(bytes), size};
}

/// All of it at once, or not at all: who has no room for a part needs no other part.
bool write_whole(int file, const std::array<iovec, 4>& parts) noexcept {
  std::size_t bytes = 0;
  for (const iovec& part : parts) bytes += part.iov_len;
  const ssize_t written = ::writev(file, parts.data(), static_cast<int>(parts.size()));
  return written >= 0 && static_cast<std::size_t>(written) == bytes;
}

bool is_kind(std::uint32_t kind) noexcept {
  return kind <= static_cast<std::uint32_t>(StreamKind::kLast);
}

}  // namespace

std::shared_ptr<const void> write_block_file(const std::string& folder, const ClosedBlock& block,
                                             const StreamDescription& stream) noexcept {
  Bytes texts;
  for (const auto& [key, value] : stream.properties) {
    append_text(texts, key);
    append_text(texts, value);
  }
  BlockFileFront front;
  front.kind = static_cast<std::uint32_t>(block.kind);
  front.stream_id = block.stream_id.uuid.bytes;
  front.begin = block.begin.value;
  front.end = block.end.value;
  front.object_offset = block.object_offset;
  front.nb_objects = block.nb_objects;
  front.nb_properties = static_cast<std::uint32_t>(stream.properties.size());
  front.texts_bytes = texts.size();
  front.dependencies_bytes = block.dependencies.size();
  front.objects_bytes = block.objects.size();

  auto on_the_way = std::make_shared<FileOnTheWay>(
      folder + '/' + block.stream_id.to_string() + '-' + std::to_string(block.object_offset) +
          std::string(kBlockFileSuffix),
      sizeof front + front.texts_bytes + front.dependencies_bytes + front.objects_bytes);
  if (!on_the_way->within_bound()) return nullptr;
  const int file =
      ::open(on_the_way->path(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return nullptr;
  const bool written =
      write_whole(file, {part_of(&front, sizeof front), part_of(texts.data(), texts.size()),
                         part_of(block.dependencies.data(), block.dependencies.size()),
                         part_of(block.objects.data(), block.objects.size())});
  ::close(file);
  if (!written) return nullptr;
  return on_the_way;
}

std::optional<BlockOfFile> read_block_file(ByteView file) {
  BlockFileFront front;
  if (file.size() < sizeof front) return std::nullopt;
  std::memcpy(&front, file.data(), sizeof front);
  ByteView rest = file.subspan(sizeof front);
  if (front.magic != BlockFileFront::kMagic || front.version != BlockFileFront::kVersion ||
      !is_kind(front.kind) || front.texts_bytes > rest.size() ||
      front.dependencies_bytes > rest.size() - front.texts_bytes ||
      front.objects_bytes != rest.size() - front.texts_bytes - front.dependencies_bytes) {
    return std::nullopt;
  }

  BlockOfFile read;
  ByteView texts = rest.first(front.texts_bytes);
  for (std::uint32_t i = 0; i < front.nb_properties; ++i) {
    const auto key = take_text(texts);
    const auto value = take_text(texts);
    if (!key || !value) return std::nullopt;
    read.stream.properties.emplace_back(*key, *value);
  }
  const StreamId stream_id{{front.stream_id}};
  const auto kind = static_cast<StreamKind>(front.kind);
  read.stream.stream_id = stream_id;
  read.stream.kind = kind;
  read.block.stream_id = stream_id;
  read.block.kind = kind;
  read.block.begin = {front.begin};
  read.block.end = {front.end};
  read.block.object_offset = front.object_offset;
  read.block.nb_objects = front.nb_objects;
  read.block.dependencies = rest.subspan(front.texts_bytes, front.dependencies_bytes);
  read.block.objects = rest.last(front.objects_bytes);
  return read;
}

}  // namespace micromegas::tracing
