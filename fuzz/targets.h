#pragma once

#include <span>
#include <string_view>

namespace gpt2run {

// One way in for bytes from outside: what a fuzzer runs, and the test of what fuzzers have found.
struct FuzzTarget {
  const char* name;

  // Reads the bytes as a file, or as two (two_files.h), to the last tensor.
  // Errors: InputError, which is how it should end; any other is a fault that was found.
  void (*read)(std::string_view bytes);

  // Puts the checksums right, so that changes elsewhere are not caught by them; may be null.
  void (*repair)(std::span<char> bytes);
};

std::span<const FuzzTarget> fuzz_targets();

}  // namespace gpt2run
