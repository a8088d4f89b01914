#pragma once

#include <cstdint>

namespace gpt2run {

// What this machine can do at most with the engine's number of threads, measured here and now, so
// that a figure can stand as a share of its limit. One call takes some 50 ms; call it between the
// runs that it is compared with, for machines drift.

// Bytes a second, reading a large buffer in huge pages: the best of a few ways to walk through it.
double read_bandwidth();

// Floating-point operations a second (a fused multiply-add is two) in the widest registers that the
// build uses, nothing read from memory.
double peak_fma_rate();

// The median of a few measurements of each, taken once at the first call.
double typical_read_bandwidth();
double typical_fma_rate();

}  // namespace gpt2run
