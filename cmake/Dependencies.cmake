# Every dependency of ours, in one place. What Debian has comes from Debian; Arrow and DuckDB come
# from the system when CMake finds a suitable one there, else from the folder that tools/setup fills
# (pinned by version and hash in tools/dependencies.json).
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
find_package(CURL REQUIRED)

set(MICROMEGAS_DEPS "$ENV{HOME}/.cache/micromegas-cpp/deps" CACHE PATH "Where tools/setup unpacked Arrow and DuckDB")

if(MICROMEGAS_SERVER)
  pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
  pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
  find_package(spdlog REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(CLI11 REQUIRED)
  include(FindArrowFlight)
  include(FindDuckDB)
endif()
find_package(Boost 1.81 REQUIRED)

if(MICROMEGAS_TESTS)
  find_package(Catch2 2 REQUIRED)
endif()
