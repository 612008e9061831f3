// Replays the inputs that are kept in fuzz/regressions/<target>/.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "targets.h"

namespace micromegas::fuzz {
namespace {

namespace fs = std::filesystem;

TEST_CASE("decoders stand what was once too much for them", "[fuzz]") {
  const fs::path kept = fs::path(MICROMEGAS_GOLDEN_DIR) / "../../fuzz/regressions";
  for (const Target& target : kTargets) {
    std::size_t inputs = 0;
    for (const auto& entry : fs::directory_iterator(kept / target.name)) {
      INFO(entry.path());
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string input{std::istreambuf_iterator<char>(file), {}};
      target.run(as_bytes(input));
      ++inputs;
    }
    INFO(target.name);
    CHECK(inputs > 0);
  }
}

}  // namespace
}  // namespace micromegas::fuzz
