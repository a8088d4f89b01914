# Options for the project's own targets, which link gpt2run_options privately.
add_library(gpt2run_options INTERFACE)
target_include_directories(gpt2run_options INTERFACE "${PROJECT_SOURCE_DIR}"
                                                     "${PROJECT_SOURCE_DIR}/include")
# GCC 12 warns of overlapping copies inside std::string (its bug 105329) and of undefined values
# inside its own AVX-512 header (105593) where there are none.
target_compile_options(gpt2run_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  -Wno-missing-field-initializers  # {.n_tokens = 6} means the defaults for the rest
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized>)
if(GPT2RUN_NATIVE)
  # For every target alike: Eigen's types and inline functions must mean the same in all of them.
  target_compile_options(gpt2run_options INTERFACE -march=native)
endif()
if(GPT2RUN_FUZZ)
  target_compile_options(gpt2run_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(gpt2run_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(GPT2RUN_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(gpt2run_options INTERFACE ${sanitizers})
  target_link_options(gpt2run_options INTERFACE ${sanitizers})
endif()

# One folder, one target: gpt2run_<folder>, also known as gpt2run::<folder>.
function(gpt2run_add_folder folder)
  add_library(gpt2run_${folder} STATIC ${ARGN})
  add_library(gpt2run::${folder} ALIAS gpt2run_${folder})
  target_link_libraries(gpt2run_${folder} PUBLIC gpt2run_options)
endfunction()
