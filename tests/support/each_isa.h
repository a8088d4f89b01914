#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/kernels/kernels.h"

namespace gpt2run {

// The instruction sets of this processor that there are kernels for.
std::vector<Isa> isas_here();

// Computes with one of them as long as the object lives.
class WithIsa {
 public:
  explicit WithIsa(Isa isa) : before_(kernels().isa) { use_isa(isa); }
  ~WithIsa() { use_isa(before_); }
  WithIsa(const WithIsa&) = delete;
  WithIsa& operator=(const WithIsa&) = delete;

 private:
  Isa before_;
};

// Tests that run once for each, named for it, and compute with it.
class EachIsa : public testing::TestWithParam<Isa> {
 protected:
  const Kernels& k = kernels_of(GetParam());

 private:
  WithIsa with_{GetParam()};
};
std::string isa_test_name(const testing::TestParamInfo<Isa>& info);

#define GPT2RUN_FOR_EACH_ISA(suite) \
  INSTANTIATE_TEST_SUITE_P(Isas, suite, testing::ValuesIn(isas_here()), isa_test_name)

}  // namespace gpt2run
