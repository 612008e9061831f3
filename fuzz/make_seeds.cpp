// make_seeds <golden folder> <corpus folder>: the first inputs of every target, made of the
// recorded requests, and of a recording of its own: <corpus folder>/<target>/<recording>.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "base/error.h"
#include "crash_seed.h"
#include "transit_input.h"
#include "wire/lz4_frame.h"
#include "wire/messages.h"

namespace micromegas::fuzz {
namespace {

namespace fs = std::filesystem;

Bytes read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const ByteView bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void write_file(const fs::path& path, ByteView bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

class SeedMaker {
 public:
  SeedMaker(fs::path golden, fs::path corpus)
      : golden_(std::move(golden)), corpus_(std::move(corpus)) {}

  void make() {
    for (const auto& entry : fs::directory_iterator(golden_)) {
      if (entry.path().filename().string().starts_with("stream-")) {
        const wire::StreamInfo stream = wire::decode_stream(read_file(entry.path()));
        streams_.emplace(stream.stream_id, stream);
      }
    }
    for (const auto& entry : fs::directory_iterator(golden_)) {
      if (entry.path().extension() == ".cbor") add(entry.path());
    }
    write("crash_file", "recording", make_crash_seed());
  }

  int written() const { return written_; }

 private:
  void add(const fs::path& path) {
    const std::string name = path.stem().string();
    const Bytes body = read_file(path);
    const bool process = name.find("process") != std::string::npos;
    const bool stream = name.find("stream") != std::string::npos;
    add_body(process ? 0 : stream ? 1 : 2, body, name);
    if (stream) {
      add_type_tables(body, name);
    } else if (!process) {
      add_block(path, body, name);
    }
  }

  /// `kind` as run_cbor_body counts them.
  void add_body(unsigned kind, ByteView body, const std::string& name) {
    Bytes input{static_cast<std::byte>(kind)};
    input.insert(input.end(), body.begin(), body.end());
    write("cbor_body", name, input);
  }

  void add_type_tables(ByteView body, const std::string& name) {
    try {
      const wire::StreamInfo stream = wire::decode_stream(body);
      add_body(4, wire::encode_type_table(stream.objects_metadata), name + "-types");
    } catch (const Error&) {
      return;  // A hostile envelope holds no tables.
    }
  }

  void add_block(const fs::path& path, ByteView body, const std::string& name) {
    try {
      const wire::BlockMessage block = wire::decode_block(body);
      add_body(3, wire::encode_payload(block.payload), name + "-payload");
      write("lz4_frame", name + "-dependencies", block.payload.dependencies);
      write("lz4_frame", name + "-objects", block.payload.objects);

      fs::path own_stream = path;
      own_stream.replace_extension(".stream.cbor");
      const wire::StreamInfo stream = fs::exists(own_stream)
                                          ? wire::decode_stream(read_file(own_stream))
                                          : streams_.at(block.info.stream_id);
      Bytes dependencies;
      Bytes objects;
      wire::decompress_frame(block.payload.dependencies, dependencies);
      wire::decompress_frame(block.payload.objects, objects);
      const Bytes dependency_types = wire::encode_type_table(stream.dependencies_metadata);
      const Bytes event_types = wire::encode_type_table(stream.objects_metadata);
      write("transit_block", name, join({dependency_types, event_types, dependencies, objects}));
    } catch (const Error&) {
      return;  // What is hostile at an outer layer has nothing for the inner ones.
    }
  }

  void write(const char* target, const std::string& name, ByteView input) {
    write_file(corpus_ / target / name, input);
    ++written_;
  }

  fs::path golden_;
  fs::path corpus_;
  std::map<StreamId, wire::StreamInfo> streams_;
  int written_ = 0;
};

}  // namespace
}  // namespace micromegas::fuzz

int main(int argc, char* argv[]) {
  if (argc != 3) {
    std::fputs("usage: make_seeds <golden folder> <corpus folder>\n", stderr);
    return 2;
  }
  micromegas::fuzz::SeedMaker maker(argv[1], argv[2]);
  maker.make();
  std::printf("%d inputs\n", maker.written());
  return maker.written() > 0 ? 0 : 1;
}
