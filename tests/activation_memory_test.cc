#include "engine/activation_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

namespace gpt2run {
namespace {

constexpr size_t kSizes[] = {1, 64, 65, 768, 1024, 3072, 50257, 65535, 65536, 100000, 300000};

TEST(ActivationMemory, IsAlignedAndHoldsWhatWasAskedFor) {
  for (const size_t n : kSizes) {
    ActivationMemory memory(n);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 64, 0u) << n;
    std::fill_n(memory.data(), n, 1.0f);
  }
  EXPECT_EQ(ActivationMemory(0).data(), nullptr);
}

TEST(ActivationMemory, WhatWasDroppedIsGivenOutAgain) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "small blocks are the sanitizer's";
#endif
  for (const size_t n : kSizes) {
    float* const dropped = ActivationMemory(n).data();
    EXPECT_EQ(ActivationMemory(n).data(), dropped) << n;
  }
}

TEST(ActivationMemory, NoTwoThatLiveShareABlock) {
  for (const size_t n : kSizes) {
    for (int round = 0; round < 2; ++round) {  // the second from what the first has dropped
      std::vector<ActivationMemory> all;
      std::set<float*> blocks;
      for (int i = 0; i < 20; ++i) blocks.insert(all.emplace_back(n).data());
      EXPECT_EQ(blocks.size(), 20u) << n;
    }
  }
}

TEST(ActivationMemory, MayOutliveItsThreadAndBeDroppedByAnother) {
  for (const size_t n : kSizes) {
    ActivationMemory memory;
    std::thread([&] {
      memory = ActivationMemory(n);
      ActivationMemory dropped_there(n);
    }).join();
    std::fill_n(memory.data(), n, 2.0f);
    EXPECT_EQ(memory.data()[n - 1], 2.0f) << n;
  }
}

}  // namespace
}  // namespace gpt2run
