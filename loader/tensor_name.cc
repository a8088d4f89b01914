#include "loader/tensor_name.h"

#include "base/printable.h"
#include "base/utf8.h"
#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxNameBytes = 4096;

}  // namespace

void check_tensor_name(const std::string& path, std::string_view name) {
  const auto fail = [&](const std::string& what) {
    throw CheckpointError(ErrorKind::kCorrupt, path, "name \"" + printable(name) + "\"",
                          what + "; the file is damaged");
  };
  if (name.empty()) fail("expected a name, found an empty one");
  if (name.size() > kMaxNameBytes) {
    fail("expected at most " + std::to_string(kMaxNameBytes) + " bytes, found " +
         std::to_string(name.size()));
  }
  for (size_t at = 0; at < name.size();) {
    const size_t n = utf8_length(name.substr(at));
    const auto byte = static_cast<unsigned char>(name[at]);
    if (n == 0 || byte < 0x20 || byte == 0x7F) {
      fail("expected UTF-8 without control characters, found byte " + std::to_string(byte));
    }
    at += n;
  }
}

}  // namespace gpt2run
