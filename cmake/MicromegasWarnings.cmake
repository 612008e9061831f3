# One interface target that every library and program of ours links: the warnings we live by.
add_library(micromegas_warnings INTERFACE)
target_compile_options(micromegas_warnings INTERFACE -Wall -Wextra -Wpedantic
                       $<$<BOOL:${MICROMEGAS_WERROR}>:-Werror>)
