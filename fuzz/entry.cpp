// What libFuzzer calls. Compiled once per target, with MICROMEGAS_FUZZ_TARGET naming its function.
#include <cstddef>
#include <cstdint>

#include "targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  micromegas::fuzz::MICROMEGAS_FUZZ_TARGET({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
