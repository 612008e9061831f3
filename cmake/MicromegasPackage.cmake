# mm_public_library(<name> DESCRIPTION <text> MADE_OF <libraries of ours> [USES <public libraries>]
#                   [LINKS <targets of others>] [PC_REQUIRES <pkg-config's names of those>]
#                   [ENTRY <function>])
#
# What other projects link: micromegas::<name>, a library made of the objects of the named ones.
# Static or shared, as BUILD_SHARED_LIBS says. It is called the same whether a project comes here by
# find_package, add_subdirectory or FetchContent, and installed as a component of its own name; its
# .pc file is micromegas-<name>.
#
# ENTRY names a function to which there is only a weak reference: to the linker that is no reason to
# take a library in, so whoever links this one tells it to.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(MICROMEGAS_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/micromegas)

function(mm_public_library name)
  cmake_parse_arguments(ARG "" "DESCRIPTION;ENTRY" "MADE_OF;USES;LINKS;PC_REQUIRES" ${ARGN})
  set(target micromegas_${name})
  set(objects "")
  foreach(part IN LISTS ARG_MADE_OF)
    list(APPEND objects $<TARGET_OBJECTS:mm_${part}>)
  endforeach()
  list(TRANSFORM ARG_USES PREPEND micromegas_ OUTPUT_VARIABLE uses)

  add_library(${target} ${objects})
  add_library(micromegas::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(${target} PUBLIC ${uses} PRIVATE ${ARG_LINKS})
  get_target_property(type ${target} TYPE)
  set(pc_link_option "")
  if(ARG_ENTRY)
    set(option --undefined=${ARG_ENTRY})
    if(type STREQUAL SHARED_LIBRARY) # Which is taken or left as a whole.
      set(option --no-as-needed)
    endif()
    target_link_options(${target} INTERFACE LINKER:${option})
    set(pc_link_option "-Wl,${option} ")
  endif()
  # Before 1.0 a change of the minor number may break programs.
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name} LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

  if(NOT MICROMEGAS_INSTALL)
    return()
  endif()
  install(TARGETS ${target} EXPORT micromegas-${name} COMPONENT ${name}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT micromegas-${name} NAMESPACE micromegas:: COMPONENT ${name}
          DESTINATION ${MICROMEGAS_CMAKE_DIR})

  list(TRANSFORM ARG_USES PREPEND micromegas-)
  list(JOIN ARG_USES " " pc_requires)
  list(JOIN ARG_PC_REQUIRES " " pc_requires_private)
  set(pc_libs_static "")
  if(type STREQUAL STATIC_LIBRARY) # Who links it, links what it needs, the C++ library too.
    string(APPEND pc_requires " ${pc_requires_private}")
    set(pc_requires_private "")
    set(pc_libs_static " -lstdc++ -lm -pthread")
  endif()
  file(RELATIVE_PATH pc_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/micromegas.pc.in micromegas-${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/micromegas-${name}.pc COMPONENT ${name}
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# What find_package(micromegas) reads, and the headers: part of the instrumentation, which all others use.
function(mm_install_package)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/micromegas-config.cmake.in
    micromegas-config.cmake INSTALL_DESTINATION ${MICROMEGAS_CMAKE_DIR})
  write_basic_package_version_file(micromegas-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/micromegas-config.cmake
                ${CMAKE_CURRENT_BINARY_DIR}/micromegas-config-version.cmake
          COMPONENT instrumentation DESTINATION ${MICROMEGAS_CMAKE_DIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/micromegas COMPONENT instrumentation
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
endfunction()
