#include "engine/kernels/quantizers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "engine/weight.h"

namespace gpt2run {
namespace {

std::vector<Quantizer> vector_quantizers() {
  std::vector<Quantizer> all;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) all.push_back(kAvx2Quantizer);
  if (__builtin_cpu_supports("avx512f")) all.push_back(kAvx512Quantizer);
#endif
  return all;
}

// Blocks of every magnitude that a scale can have, with zeros and columns of zeros.
std::vector<std::vector<float>> blocks() {
  std::vector<std::vector<float>> all;
  std::mt19937 random(1);
  for (int exponent = -40; exponent <= 20; ++exponent) {
    std::vector<float> block(static_cast<size_t>(kGroupRows) * kPanelCols);
    for (size_t i = 0; i < block.size(); ++i) {
      const float x = std::ldexp(static_cast<float>(random() % 20001) - 10000, exponent - 13);
      block[i] = i % 7 == 0 || i % kPanelCols == 5 ? 0 : x;
    }
    all.push_back(block);
  }
  return all;
}

TEST(Quantizers, AllGiveTheBitsOfThePortableOne) {
  using Bytes = std::vector<std::byte>;
  for (const Quantizer& quantizer : vector_quantizers()) {
    for (const std::vector<float>& block : blocks()) {
      Bytes expected(group_bytes(WeightType::kInt8)), found(expected.size());
      kPortableQuantizer.int8(block.data(), expected.data());
      quantizer.int8(block.data(), found.data());
      EXPECT_EQ(found, expected) << quantizer.name << " int8 " << block[1];
      expected.assign(group_bytes(WeightType::kInt4), {});
      found = expected;
      kPortableQuantizer.int4(block.data(), expected.data());
      quantizer.int4(block.data(), found.data());
      EXPECT_EQ(found, expected) << quantizer.name << " int4 " << block[1];
    }
  }
}

TEST(Quantizers, AreThoseOfTheInstructionSetOrOneThatItIncludes) {
  EXPECT_EQ(&quantizer_of(Isa::kPortable), &kPortableQuantizer);
#if defined(__x86_64__)
  EXPECT_EQ(&quantizer_of(Isa::kAvx2), &kAvx2Quantizer);
  for (const Isa isa : {Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAmx}) {
    EXPECT_EQ(&quantizer_of(isa), &kAvx512Quantizer);
  }
#endif
}

}  // namespace
}  // namespace gpt2run
