// How fast memory and files can be read.

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/threads.h"
#include "engine/huge_buffer.h"
#include "support/limits.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

// As wide as the widest registers; the compiler splits it where they are narrower.
using Packet = float __attribute__((vector_size(64), aligned(64)));
constexpr size_t kPacket = sizeof(Packet) / sizeof(float);

std::atomic<float> g_sink;  // keeps results alive

// The sum of n floats, read as n_streams pieces side by side: more than one keeps more of the
// processor's prefetchers at work.
template <size_t n_streams>
[[gnu::always_inline]] inline float sum_streams(const float* data, size_t n) {
  const size_t n_each = n / n_streams / kPacket * kPacket;
  Packet sums[n_streams] = {};
  for (size_t i = 0; i < n_each; i += kPacket) {
    for (size_t s = 0; s < n_streams; ++s) {
      sums[s] += *reinterpret_cast<const Packet*>(data + s * n_each + i);
    }
  }
  for (size_t s = 1; s < n_streams; ++s) sums[0] += sums[s];
  return sums[0][0];
}

template <size_t n_streams>
float sum_portable(const float* data, size_t n) {
  return sum_streams<n_streams>(data, n);
}

#if defined(__x86_64__)
template <size_t n_streams>
[[gnu::target("avx2")]] float sum_avx2(const float* data, size_t n) {
  return sum_streams<n_streams>(data, n);
}

template <size_t n_streams>
[[gnu::target("avx512f")]] float sum_avx512(const float* data, size_t n) {
  return sum_streams<n_streams>(data, n);
}
#endif

using Sum = float (*)(const float* data, size_t n);

template <size_t n_streams>
Sum best_sum() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return sum_avx512<n_streams>;
  if (__builtin_cpu_supports("avx2")) return sum_avx2<n_streams>;
#endif
  return sum_portable<n_streams>;
}

const std::array<Sum, 3> kWays = {best_sum<1>(), best_sum<4>(), best_sum<8>()};

// Bytes a second of n_passes over the memory, each thread over its own part; one that is done takes
// from the others' last pass, as threads that multiply by weights do.
double bandwidth_with(Sum sum, std::span<const float> memory, int n_passes) {
  constexpr int64_t kPieces = 32;  // of each part
  const int64_t n = n_threads(), n_of_thread = kPieces * n_passes;
  const size_t n_each = memory.size() / static_cast<size_t>(n * kPieces) / kPacket * kPacket;
  const double seconds = seconds_of([&] {
    parallel_pieces(n * n_of_thread, 1, 1, 1e9, [&] {
      return [&](const Piece& piece) {
        const int64_t at = piece.begin / n_of_thread * kPieces + piece.begin % kPieces;
        g_sink = sum(memory.data() + static_cast<size_t>(at) * n_each, n_each);
      };
    });
  });
  const size_t n_read = n_each * static_cast<size_t>(n * n_of_thread);
  return static_cast<double>(n_read * sizeof(float)) / seconds;
}

// Written, so that it has pages; by the threads that will read it.
HugeBuffer filled_buffer(size_t n_floats) {
  HugeBuffer buffer(n_floats);
  const int n = n_threads();
  parallel_for(n, 1e9, [&](int thread) {
    const size_t begin = n_floats * static_cast<size_t>(thread) / static_cast<size_t>(n);
    const size_t end = n_floats * static_cast<size_t>(thread + 1) / static_cast<size_t>(n);
    std::fill(buffer.data() + begin, buffer.data() + end, 1.0f);
  });
  return buffer;
}

}  // namespace

void ReadBandwidth::measure() {
  constexpr size_t kReadAtATime = size_t{64} << 20;  // a few milliseconds at least
  const size_t n_bytes = memory_.size_bytes();
  const auto n_passes = static_cast<int>(std::max<size_t>(1, kReadAtATime / n_bytes));
  for (size_t i = 0; i < kWays.size(); ++i) {
    found_[i].push_back(bandwidth_with(kWays[i], memory_, n_passes));
  }
}

double ReadBandwidth::median_of_best() const {
  double best = 0;
  for (const std::vector<double>& found : found_) best = std::max(best, median(found));
  return best;
}

double read_bandwidth() {
  // 512 MB: as much as a 124M model's weights.
  static const HugeBuffer buffer = filled_buffer(size_t{128} << 20);
  ReadBandwidth bandwidth({buffer.data(), buffer.size()});
  bandwidth.measure();
  return bandwidth.median_of_best();
}

double read_bandwidth(size_t n_bytes) {
  const HugeBuffer buffer = filled_buffer(n_bytes / sizeof(float));
  ReadBandwidth bandwidth({buffer.data(), buffer.size()});
  for (int i = 0; i < 5; ++i) bandwidth.measure();
  return bandwidth.median_of_best();
}

double file_read_seconds(const std::filesystem::path& path) {
  constexpr uint64_t kPiece = uint64_t{4} << 20;
  const InputFile file(path);
  const int n_pieces = static_cast<int>((file.size() + kPiece - 1) / kPiece);
  return seconds_of([&] {
    HugeBuffer buffer((file.size() + sizeof(float) - 1) / sizeof(float));
    parallel_for(n_pieces, 1e9, [&](int piece) {
      const uint64_t begin = static_cast<uint64_t>(piece) * kPiece;
      const auto n = static_cast<size_t>(std::min(kPiece, file.size() - begin));
      file.read_at(begin, reinterpret_cast<char*>(buffer.data()) + begin, n);
    });
  });
}

}  // namespace gpt2run
