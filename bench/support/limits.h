#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "engine/huge_buffer.h"

namespace gpt2run {

// What this machine can do at most with the engine's number of threads, measured here and now, so
// that a figure can stand as a share of its limit. One call takes some 50 to 200 ms; call it
// between the runs that it is compared with, for machines drift. The instructions are chosen at run
// time.

// Bytes a second, reading a large buffer in huge pages: the best of a few ways to walk through it.
double read_bandwidth();

// The same over memory that other work reads too, in turns with that: one place of memory may be
// read at twice the speed of another (a virtual machine's pages lie where its host has put them),
// so a pass over weights is compared with reading those weights.
class ReadBandwidth {
 public:
  // Keeps its memory's address. Requires: there are 4 KiB at least for each thread.
  explicit ReadBandwidth(const HugeBuffer& memory) : memory_(memory.data(), memory.size()) {}

  // Reads all of it, in each of a few ways to walk through it.
  void measure();

  // Bytes a second of the fastest way: by the median of its measurements, beside a median of
  // passes; or all its bytes by all its seconds, beside the sum of passes that it was in turns
  // with, for a machine may change its speed between two of them. Requires: measure() was called.
  double best_median() const;
  double best_mean() const;

 private:
  std::span<const float> memory_;
  std::array<std::vector<double>, 3> found_;  // of each way
};

// Floating-point operations a second (a fused multiply-add is two) in the widest registers that
// there are, nothing read from memory.
double peak_fma_rate();

// Operations a second (a multiplication and an addition are two) of the instructions that multiply
// bfloat16 or int8 and add into 32 bits; nothing where the CPU lacks them.
std::optional<double> bf16_dot_rate();  // AVX512_BF16
std::optional<double> int8_dot_rate();  // AVX512_VNNI
std::optional<double> bf16_amx_rate();  // AMX tiles
std::optional<double> int8_amx_rate();

// Seconds to read a file into fresh memory in huge pages, all threads at once. Giving the memory
// back does not count. Errors: InputFile's; std::bad_alloc.
double file_read_seconds(const std::filesystem::path& path);

// The median of a few measurements of each, taken once at the first call.
double typical_read_bandwidth();
double typical_fma_rate();

}  // namespace gpt2run
