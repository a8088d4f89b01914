#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace gpt2run {

// One file of a zip archive that is written.
struct MemberToWrite {
  std::string name;
  uint64_t n_bytes = 0;
};

// Gives a member's bytes in their order: fills buffer with the next n.
using ReadMember = std::function<void(char* buffer, size_t n)>;

// Writes a zip archive of stored (not compressed) members by libzip, where the build has it. Each
// has the time 1980-01-01 00:00, so that the same members give the same file.
//   path  what is written; see OutputFile
//   open  called once for each member, in order; what it returns goes before the next is opened
// Errors: OutputFile's; what open and the members' functions throw; InputError kUnsupported in a
// build without libzip.
void write_zip(const std::filesystem::path& path, const std::vector<MemberToWrite>& members,
               const std::function<ReadMember(size_t index)>& open);

}  // namespace gpt2run
