#pragma once

#include <string>

namespace gpt2run {

// The instruction sets that kernels are compiled for, from the plainest on. Each includes those
// before it.
enum class Isa {
  kPortable,    // what every processor of the build's target has
  kAvx2,        // AVX2, FMA, F16C
  kAvx512,      // AVX-512 F, BW, DQ, VL
  kAvx512Vnni,  // AVX512_VNNI and AVX512_BF16
  kAmx,         // AMX_TILE and AMX_BF16
};

// "portable", "avx2", "avx512", "avx512-vnni", "amx".
const char* isa_name(Isa isa);

// The last of them that this processor and system have.
Isa best_isa();

// Whether kernels of few rows ask memory for a weight's panel ahead of its use. On AMD's processors
// their own prefetching does better alone: on Zen 4, int8 by one row was read at 0.89 of a plain
// sum's speed, and at 0.61 with lines asked for 6 KB ahead, bfloat16 at 0.97, and at 0.89 with 3 KB
// ahead. What PanelJob::prefetch names is fetched everywhere: without, 8 and 16 rows took 1.2 times
// as long there.
bool uses_prefetch();

// best_isa(), or what the environment's GPT2RUN_ISA names.
// Errors: std::invalid_argument if it names none, or one that is not here, listing those that are.
Isa chosen_isa();

}  // namespace gpt2run
