// The main() of every test program of ours.
#define CATCH_CONFIG_RUNNER
#include <filesystem>

#include <catch2/catch.hpp>

int main(int argc, char* argv[]) {
  // MICROMEGAS_GOLDEN_DIR is relative to the build folder, so that objects are the same in every
  // clone and the compiler's cache serves them all. Programs lie in its bin/.
  std::filesystem::current_path(
      std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path());
  return Catch::Session().run(argc, argv);
}
