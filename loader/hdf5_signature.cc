#include <string_view>

#include "loader/hdf5_file.h"

namespace gpt2run {

bool is_hdf5(const InputFile& file) {
  constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
  char bytes[kSignature.size()];
  // At 0, 512, 1024, 2048, ...: before it may stand a block of the user's.
  for (uint64_t at = 0; at <= file.size() && file.size() - at >= sizeof(bytes);
       at = at == 0 ? 512 : 2 * at) {
    file.read_at(at, bytes, sizeof(bytes));
    if (std::string_view(bytes, sizeof(bytes)) == kSignature) return true;
  }
  return false;
}

}  // namespace gpt2run
