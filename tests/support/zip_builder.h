#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gpt2run {

// One member of a zip archive as it is written. All fields can be set wrong.
struct BuiltMember {
  std::string name;
  std::string data;     // as it stands in the file
  uint16_t method = 0;  // 0 stored, 8 deflated
  uint16_t flags = 0;   // bit 0: encrypted
  std::optional<uint32_t> crc32;
  std::optional<uint32_t> n_bytes;         // unpacked
  std::optional<uint32_t> n_stored_bytes;  // in the file
};

// A zip archive: members with their local headers, the directory, its end.
std::string build_zip(const std::vector<BuiltMember>& members);

}  // namespace gpt2run
