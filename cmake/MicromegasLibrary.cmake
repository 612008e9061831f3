# mm_library(<folder> [USES <libraries declared above>] [LINKS <targets of others>])
#
# One folder of src/ is one library and one namespace. USES names libraries of ours; one that is not
# declared yet stops the configuration, so the order of the calls in src/CMakeLists.txt is the
# architecture. tools/check_layers.py reads the same calls and compares them with the #includes.
#
# Sources are all *.cpp directly in the folder; a folder `tests/` in it becomes the program
# `<folder>_tests`.
#
# FOLDER <dir> SOURCES <files> build a second library from named files of an existing folder.
function(mm_library name)
  cmake_parse_arguments(ARG "" "FOLDER" "USES;LINKS;SOURCES;TEST_LINKS" ${ARGN})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER ${name})
  endif()
  set(dir ${PROJECT_SOURCE_DIR}/src/${ARG_FOLDER})
  if(ARG_SOURCES)
    list(TRANSFORM ARG_SOURCES PREPEND ${dir}/)
    set(sources ${ARG_SOURCES})
  else()
    file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  endif()

  set(uses "")
  foreach(other IN LISTS ARG_USES)
    if(NOT TARGET mm_${other})
      message(FATAL_ERROR "src/${name} uses '${other}', which is not declared above it: "
                          "dependencies run one way, in the order of src/CMakeLists.txt")
    endif()
    list(APPEND uses mm_${other})
  endforeach()

  add_library(mm_${name} STATIC ${sources})
  target_include_directories(mm_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(mm_${name} PUBLIC ${uses} ${ARG_LINKS} PRIVATE micromegas_warnings)

  file(GLOB tests CONFIGURE_DEPENDS ${dir}/tests/*.cpp)
  if(MICROMEGAS_TESTS AND tests AND NOT ARG_SOURCES)
    mm_test(${name}_tests SOURCES ${tests} USES ${name} LINKS ${ARG_TEST_LINKS})
  endif()
endfunction()

# mm_test(<program> SOURCES <files> USES <libraries of ours> [LINKS <targets>]): a Catch2 program, one ctest entry.
function(mm_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS" ${ARGN})
  list(TRANSFORM ARG_USES PREPEND mm_)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_USES} ${ARG_LINKS} mm_test_main micromegas_warnings)
  file(RELATIVE_PATH golden ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR}/tests/golden)
  target_compile_definitions(${name} PRIVATE MICROMEGAS_GOLDEN_DIR="${golden}")
  add_dependencies(unit_tests ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# mm_program(<name> SOURCES <files> USES <libraries of ours> [LINKS <targets>])
function(mm_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS" ${ARGN})
  list(TRANSFORM ARG_USES PREPEND mm_)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_USES} ${ARG_LINKS} micromegas_warnings)
endfunction()
