#include "support/each_isa.h"

#include <algorithm>

namespace gpt2run {

std::vector<Isa> isas_here() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAmx}) {
    if (isa <= best_isa()) isas.push_back(isa);
  }
  return isas;
}

std::string isa_test_name(const testing::TestParamInfo<Isa>& info) {
  std::string name = isa_name(info.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace gpt2run
