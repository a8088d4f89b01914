#pragma once

#include "engine/kernels/kernels.h"

namespace gpt2run {

// What each instruction set's file provides. To be called only where the processor has it.
Kernels portable_kernels();
Kernels avx2_kernels();
Kernels avx512_kernels();
Kernels avx512_vnni_kernels();
Kernels amx_kernels();

}  // namespace gpt2run
