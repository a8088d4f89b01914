#pragma once

#include <cstdint>

// What the kernels are written in: vectors of W lanes, by the compiler's own vector types. A
// kernel is a template over a struct Isa with
//   kLanes                                  W
//   Floats halves(const uint16_t* p)        W float16 as float32
//   Dot                                     a sum of products of bytes and a group's integers
//   sum, largest                            of W integers, if it has instructions for that
// and is instantiated once in each instruction set's file, which defines Isa without linkage and
// sets the target before it includes this: so nothing compiled for one processor can be linked into
// another's code. For the same reason no function of the standard library is called here.

#define GPT2RUN_INLINE [[gnu::always_inline]] inline

namespace gpt2run {

// Weights are asked for this far ahead of their use, into the second cache, where uses_prefetch().
// Reading 500 MB by one row took 0.98 of the time of a plain sum so, 0.72 to 0.87 with other
// distances (1, 4 to 16 KB), with the first cache, and with the processor's own prefetching alone.
inline constexpr int kAheadBytes = 3072;

GPT2RUN_INLINE void prefetch_weights(const void* p) {
  __builtin_prefetch(static_cast<const char*>(p) + kAheadBytes, 0, 2);
}

template <int W>
struct Lanes {
  typedef float Floats __attribute__((vector_size(W * 4)));
  typedef int32_t Ints __attribute__((vector_size(W * 4)));
};
template <class Isa>
using Floats = typename Lanes<Isa::kLanes>::Floats;
template <class Isa>
using Ints = typename Lanes<Isa::kLanes>::Ints;

template <class Isa>
GPT2RUN_INLINE Floats<Isa> load(const float* p) {
  Floats<Isa> v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}
template <class Isa>
GPT2RUN_INLINE Ints<Isa> load_ints(const void* p) {
  Ints<Isa> v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}
template <class Isa>
GPT2RUN_INLINE void store(float* p, Floats<Isa> v) {
  __builtin_memcpy(p, &v, sizeof(v));
}
template <class Isa>
GPT2RUN_INLINE Floats<Isa> broadcast(float x) {
  return x - Floats<Isa>{};
}
template <class Isa>
GPT2RUN_INLINE Ints<Isa> broadcast_int(int32_t x) {
  return x - Ints<Isa>{};
}
template <class Isa>
GPT2RUN_INLINE Floats<Isa> to_floats(Ints<Isa> v) {
  return __builtin_convertvector(v, Floats<Isa>);
}
template <class Isa>
GPT2RUN_INLINE Floats<Isa> as_floats(Ints<Isa> v) {
  return (Floats<Isa>)v;
}
template <class Isa>
GPT2RUN_INLINE Ints<Isa> as_ints(Floats<Isa> v) {
  return (Ints<Isa>)v;
}

}  // namespace gpt2run
