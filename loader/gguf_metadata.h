#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "loader/file_cursor.h"

namespace gpt2run {

// Takes a GGUF file's key-values: an object of numbers, booleans, strings and arrays of them under
// the file's own keys. Strings are the bytes as stored, UTF-8 or not.
//   path    for messages
//   n_keys  as the header says; checked
// Errors: CheckpointError kCorrupt (a count or length beyond the file, a key twice, an unknown
// type of value); kUnsupported for more than 2^24 values or arrays nested more than 4 deep.
// Source: ggml docs/gguf.md.
nlohmann::json take_gguf_metadata(FileCursor& cursor, const std::string& path, uint64_t n_keys);

}  // namespace gpt2run
