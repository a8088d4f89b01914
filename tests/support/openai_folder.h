#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "support/bundle_builder.h"
#include "support/test_data.h"

namespace gpt2run {

// A folder with a whole model of OpenAI's layout, but for the .meta file.
class OpenAiFolder : public testing::Test {
 protected:
  void SetUp() override {
    BundleBuilder().write(folder());
    write_bytes(folder() / "encoder.json", "{}");
    write_bytes(folder() / "vocab.bpe", "#version: 0.2\n");
  }

  std::filesystem::path folder() const { return temporary_.path() / "124M"; }
  std::filesystem::path outside() const { return temporary_.path(); }

 private:
  TemporaryFolder temporary_;
};

}  // namespace gpt2run
