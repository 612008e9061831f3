#include "lake/folder_blob_store.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/time.h"
#include "lake/pack_format.h"

namespace micromegas::lake {
namespace {

std::string message_of(int error) { return std::generic_category().message(error); }

/// Writes all parts one after the other from `offset` on.
void write_fully(int file, std::vector<iovec>& parts, std::uint64_t offset,
                 const std::string& name) {
  std::size_t first = 0;
  while (first < parts.size()) {
    const int count = static_cast<int>(std::min<std::size_t>(parts.size() - first, IOV_MAX));
    const ssize_t written =
        ::pwritev(file, parts.data() + first, count, static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      throw unavailable("cannot write " + name + ": " + message_of(errno));
    }
    offset += static_cast<std::uint64_t>(written);
    auto left = static_cast<std::size_t>(written);
    while (first < parts.size() && left >= parts[first].iov_len) left -= parts[first++].iov_len;
    if (left > 0) {
      parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + left;
      parts[first].iov_len -= left;
    }
  }
}

/// Reads `header` and `content` one after the other. False: the file ends before them.
bool read_fully(int file, Bytes& header, Bytes& content, std::uint64_t offset,
                const std::string& name) {
  std::size_t done = 0;
  while (done < header.size() + content.size()) {
    const std::size_t of_header = std::min(done, header.size());
    const std::size_t of_content = done - of_header;
    const std::array<iovec, 2> parts{
        iovec{header.data() + of_header, header.size() - of_header},
        iovec{content.data() + of_content, content.size() - of_content}};
    const ssize_t got = ::preadv(file, parts.data(), 2, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw unavailable("cannot read " + name + ": " + message_of(errno));
    if (got == 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

iovec part(const std::byte* data, std::size_t size) {
  return {const_cast<std::byte*>(data), size};  // pwritev only reads.
}

}  // namespace

FolderBlobStore::FolderBlobStore(std::filesystem::path folder, std::uint64_t pack_size)
    : folder_(std::move(folder)), pack_size_(pack_size) {}

std::vector<BlobLocation> FolderBlobStore::write(const std::vector<BlobWrite>& blobs) {
  std::vector<BlobLocation> locations;
  if (blobs.empty()) return locations;
  {
    const std::lock_guard lock(mutex_);
    start_pack_if_due();
    try {
      append(blobs, locations);
    } catch (...) {
      abandon_pack();
      throw;
    }
  }
  failpoint("lake.blob_written");
  return locations;
}

void FolderBlobStore::start_pack_if_due() {
  const std::string now = to_rfc3339(Timestamp::now());  // 2026-11-22T06:02:21.939069005Z
  const std::string date = now.substr(0, 10);
  if (pack_.file && pack_.date == date && pack_.size < pack_size_) return;

  const std::string time = now.substr(11, 2) + now.substr(14, 2) + now.substr(17, 2);
  const std::string path =
      "packs/" + date + '/' + time + '-' + Uuid::random().to_string().substr(0, 8) + ".pack";
  const std::filesystem::path file = folder_ / path;
  make_folder(file.parent_path());
  Pack pack{open_file(file, O_RDWR | O_CREAT | O_EXCL, 0644), date, path, 0};
  sync_folder(file.parent_path());
  pack_ = std::move(pack);
}

void FolderBlobStore::abandon_pack() noexcept {
  // Half an entry may lie behind its end, and after a failed sync nobody knows what the file holds:
  // it gets no more entries. A full disk is glad of the space.
  const Pack pack = std::exchange(pack_, Pack{});
  std::error_code ignored;
  if (pack.size > 0) {
    std::filesystem::resize_file(folder_ / pack.path, pack.size, ignored);
  } else {
    std::filesystem::remove(folder_ / pack.path, ignored);
  }
}

void FolderBlobStore::append(const std::vector<BlobWrite>& blobs,
                             std::vector<BlobLocation>& locations) {
  std::vector<PackEntry::Header> headers;
  std::vector<iovec> parts;
  headers.reserve(blobs.size());  // Parts point into it.
  parts.reserve(2 * blobs.size());
  locations.reserve(blobs.size());
  std::uint64_t end = pack_.size;
  for (const BlobWrite& blob : blobs) {
    PackEntry entry{
        .process_id = blob.process_id, .stream_id = blob.stream_id, .block_id = blob.block_id};
    headers.push_back(encode_pack_header(entry, blob.content));
    parts.push_back(part(headers.back().data(), headers.back().size()));
    if (!blob.content.empty()) parts.push_back(part(blob.content.data(), blob.content.size()));
    const PackLocation location{pack_.path, end, entry.content_size, entry.checksum};
    locations.push_back({location.to_string()});
    end += PackEntry::kHeaderSize + blob.content.size();
  }
  write_fully(pack_.file.get(), parts, pack_.size, pack_.path);
  if (::fdatasync(pack_.file.get()) != 0) {
    throw unavailable("cannot sync " + pack_.path + ": " + message_of(errno));
  }
  pack_.size = end;
}

Bytes FolderBlobStore::read(const BlobLocation& location) const {
  const auto malformed = [&](const std::string& what) {
    return Error(ErrorKind::kMalformed, "blob " + location.text + ": " + what);
  };
  const auto place = PackLocation::parse(location.text);
  if (!place) throw malformed("not a location");
  const FileHandle file(::open((folder_ / place->path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    // Whoever forgets to mount a medium, or to restore a file, will do so later.
    if (errno == ENOENT) throw unavailable("blob " + location.text + ": the pack is gone");
    throw unavailable("cannot open " + place->path + ": " + message_of(errno));
  }
  Bytes header(PackEntry::kHeaderSize);
  Bytes content(place->content_size);
  if (!read_fully(file.get(), header, content, place->offset, place->path)) {
    throw unavailable("blob " + location.text + ": the pack ends within or before it");
  }
  PackEntry entry;
  try {
    entry = decode_pack_entry(header, content);
  } catch (const Error& e) {
    throw malformed(e.what());
  }
  if (entry.content_size != place->content_size || entry.checksum != place->checksum) {
    throw malformed("another entry lies there");
  }
  return content;
}

}  // namespace micromegas::lake
