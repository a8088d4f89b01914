#include "tools/version.h"

#include "base/threads.h"
#include "engine/eigen_version.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/many_rows.h"
#include "tools/optional_libraries.h"

namespace gpt2run {

std::string version_text() {
  return std::string("gpt2run ") + GPT2RUN_VERSION + "\nEigen " + eigen_version() + "\nkernels " +
         isa_name(chosen_isa()) + ", of this processor's best " + isa_name(best_isa()) +
         "\nmany rows by float32 weights: " + many_rows_name() + "\n" + optional_libraries_text() +
         "threads " + std::to_string(n_threads()) + "\n";
}

}  // namespace gpt2run
