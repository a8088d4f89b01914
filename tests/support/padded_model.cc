#include "support/padded_model.h"

#include <string>

#include "support/test_data.h"

namespace gpt2run {

void write_padded_model(const std::filesystem::path& folder) {
  std::filesystem::copy(test_data("fixtures/tf1"), folder);
  // {..., "x": 389, "y": 390, ...}: no token is spelled with a space.
  const std::string encoder = read_bytes(folder / "encoder.json");
  const size_t first_left_out = encoder.find(": " + std::to_string(kPaddedModelTokens) + ",");
  write_bytes(folder / "encoder.json",
              encoder.substr(0, encoder.rfind(", \"", first_left_out)) + "}");
  std::string merges = read_bytes(folder / "vocab.bpe");
  size_t end = merges.find('\n');  // of the version's line; then a line for each but the 256 bytes
  for (int i = 256; i < kPaddedModelTokens; ++i) end = merges.find('\n', end + 1);
  write_bytes(folder / "vocab.bpe", merges.substr(0, end + 1));
}

}  // namespace gpt2run
