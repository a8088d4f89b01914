#include "support/zip_builder.h"

namespace gpt2run {
namespace {

std::string number(uint64_t value, int n_bytes) {
  std::string bytes;
  for (int i = 0; i < n_bytes; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

uint32_t crc32_of(const std::string& bytes) {
  uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

// The fields that the local header and the directory share: from the version on to the lengths.
std::string fields(const BuiltMember& member) {
  return number(20, 2) + number(member.flags, 2) + number(member.method, 2) + number(0, 2) +
         number(0x21, 2) + number(member.crc32.value_or(crc32_of(member.data)), 4) +
         number(member.n_stored_bytes.value_or(member.data.size()), 4) +
         number(member.n_bytes.value_or(member.data.size()), 4) + number(member.name.size(), 2) +
         number(0, 2);
}

}  // namespace

std::string build_zip(const std::vector<BuiltMember>& members) {
  std::string file, directory;
  for (const BuiltMember& member : members) {
    directory += "PK\x01\x02" + number(20, 2) + fields(member) + std::string(10, '\0') +
                 number(file.size(), 4) + member.name;
    file += "PK\x03\x04" + fields(member) + member.name + member.data;
  }
  return file + directory + "PK\x05\x06" + number(0, 4) + number(members.size(), 2) +
         number(members.size(), 2) + number(directory.size(), 4) + number(file.size(), 4) +
         number(0, 2);
}

}  // namespace gpt2run
