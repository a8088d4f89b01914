// How fast memory and files can be read.

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/threads.h"
#include "engine/huge_buffer.h"
#include "support/limits.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

// As wide as the widest registers; the compiler splits it where they are narrower. Integers, for
// bits that are no float32 take longer to add on some processors.
using Packet = uint32_t __attribute__((vector_size(64), aligned(64), may_alias));
constexpr size_t kPacket = sizeof(Packet) / sizeof(float);
constexpr size_t kMostStreams = 8;

std::atomic<uint32_t> g_sink;  // keeps results alive

// The sum of n floats' bits, read as n_streams pieces side by side: more than one keeps more of the
// processor's prefetchers at work. Requires: n is a multiple of kMostStreams * kPacket.
template <size_t n_streams>
[[gnu::always_inline]] inline uint32_t sum_streams(const float* data, size_t n) {
  const size_t n_each = n / n_streams;
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
uint32_t sum_portable(const float* data, size_t n) {
  return sum_streams<n_streams>(data, n);
}

#if defined(__x86_64__)
template <size_t n_streams>
[[gnu::target("avx2")]] uint32_t sum_avx2(const float* data, size_t n) {
  return sum_streams<n_streams>(data, n);
}

template <size_t n_streams>
[[gnu::target("avx512f")]] uint32_t sum_avx512(const float* data, size_t n) {
  return sum_streams<n_streams>(data, n);
}
#endif

using Sum = uint32_t (*)(const float* data, size_t n);

template <size_t n_streams>
Sum best_sum() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return sum_avx512<n_streams>;
  if (__builtin_cpu_supports("avx2")) return sum_avx2<n_streams>;
#endif
  return sum_portable<n_streams>;
}

const std::array<Sum, 3> kWays = {best_sum<1>(), best_sum<4>(), best_sum<kMostStreams>()};

// Bytes a second of n_passes over the memory, each thread over its own part; one that is done takes
// from what the others have left, as threads that multiply by weights do.
double bandwidth_with(Sum sum, std::span<const float> memory, int n_passes) {
  constexpr size_t kPiece = size_t{64} << 10;  // floats, at least
  const auto n = static_cast<size_t>(n_threads());
  const auto n_pieces = static_cast<int64_t>(std::max<size_t>(1, memory.size() / n / kPiece));
  const size_t n_each = memory.size() / (n * static_cast<size_t>(n_pieces)) /
                        (kMostStreams * kPacket) * (kMostStreams * kPacket);
  assert(n_each > 0);
  const int64_t n_of_thread = n_pieces * n_passes, n_all = static_cast<int64_t>(n) * n_of_thread;
  const double seconds = seconds_of([&] {
    parallel_pieces(n_all, n_of_thread, 1, 1e9, [&] {
      return [&](const Piece& piece) {
        const int64_t at = piece.begin / n_of_thread * n_pieces + piece.begin % n_pieces;
        g_sink.store(sum(memory.data() + static_cast<size_t>(at) * n_each, n_each),
                     std::memory_order_relaxed);
      };
    });
  });
  return static_cast<double>(n_each * sizeof(float)) * static_cast<double>(n_all) / seconds;
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

double ReadBandwidth::best_median() const {
  double best = 0;
  for (const std::vector<double>& found : found_) best = std::max(best, median(found));
  return best;
}

double ReadBandwidth::best_mean() const {
  double best = 0;
  for (const std::vector<double>& found : found_) {
    double seconds_a_byte = 0;
    for (const double bandwidth : found) seconds_a_byte += 1 / bandwidth;
    best = std::max(best, static_cast<double>(found.size()) / seconds_a_byte);
  }
  return best;
}

double read_bandwidth() {
  // 512 MB: as much as a 124M model's weights.
  static const HugeBuffer buffer = filled_buffer(size_t{128} << 20);
  ReadBandwidth bandwidth(buffer);
  bandwidth.measure();
  return bandwidth.best_median();
}

double file_read_seconds(const std::filesystem::path& path) {
  constexpr uint64_t kPiece = uint64_t{4} << 20;
  const InputFile file(path);
  const int n_pieces = static_cast<int>((file.size() + kPiece - 1) / kPiece);
  HugeBuffer buffer;
  return seconds_of([&] {
    buffer = HugeBuffer((file.size() + sizeof(float) - 1) / sizeof(float));
    parallel_for(n_pieces, 1e9, [&](int piece) {
      const uint64_t begin = static_cast<uint64_t>(piece) * kPiece;
      const auto n = static_cast<size_t>(std::min(kPiece, file.size() - begin));
      file.read_at(begin, reinterpret_cast<char*>(buffer.data()) + begin, n);
    });
  });
}

}  // namespace gpt2run
