#include "support/limits.h"

#include <Eigen/Core>
#include <algorithm>
#include <atomic>
#include <iterator>
#include <vector>

#include "base/threads.h"
#include "engine/huge_buffer.h"
#include "support/timing.h"

namespace gpt2run {
namespace {

using Packet = Eigen::internal::packet_traits<float>::type;
constexpr size_t kPacket = Eigen::internal::packet_traits<float>::size;

std::atomic<float> g_sink;  // keeps results alive

// The sum of n floats, read as n_streams pieces side by side: more than one keeps more of the
// processor's prefetchers at work.
template <size_t n_streams>
float sum_streams(const float* data, size_t n) {
  const size_t n_each = n / n_streams / kPacket * kPacket;
  Packet sums[n_streams];
  std::fill(std::begin(sums), std::end(sums), Eigen::internal::pset1<Packet>(0));
  for (size_t i = 0; i < n_each; i += kPacket) {
    for (size_t s = 0; s < n_streams; ++s) {
      sums[s] =
          Eigen::internal::padd(sums[s], Eigen::internal::ploadu<Packet>(data + s * n_each + i));
    }
  }
  for (size_t s = 1; s < n_streams; ++s) sums[0] = Eigen::internal::padd(sums[0], sums[s]);
  return Eigen::internal::predux(sums[0]);
}

template <size_t n_streams>
double bandwidth_with(const HugeBuffer& buffer) {
  const int n = n_threads();
  const size_t n_each = buffer.size() / static_cast<size_t>(n);
  const double seconds = seconds_of([&] {
    parallel_for(n, 1e9, [&](int thread) {
      g_sink = sum_streams<n_streams>(buffer.data() + static_cast<size_t>(thread) * n_each, n_each);
    });
  });
  return static_cast<double>(buffer.size() * sizeof(float)) / seconds;
}

}  // namespace

double read_bandwidth() {
  // 512 MB: as much as a 124M model's weights, so that what stays in a large cache does so for
  // both. Written, so that it has pages.
  static const HugeBuffer buffer = [] {
    HugeBuffer filled(size_t{128} << 20);
    std::fill_n(filled.data(), filled.size(), 1.0f);
    return filled;
  }();
  return std::max(
      {bandwidth_with<1>(buffer), bandwidth_with<4>(buffer), bandwidth_with<8>(buffer)});
}

double peak_fma_rate() {
  // Enough sums to hide the latency of two units, few enough for 16 registers.
  constexpr size_t kSums = 12;
  constexpr size_t kSteps = 2'000'000;
  const int n = n_threads();
  const double seconds = seconds_of([&] {
    parallel_for(n, 1e9, [](int) {
      Packet sums[kSums];
      std::fill(std::begin(sums), std::end(sums), Eigen::internal::pset1<Packet>(1));
      const Packet factor = Eigen::internal::pset1<Packet>(0.999f);
      for (size_t i = 0; i < kSteps; ++i) {
        for (Packet& sum : sums) sum = Eigen::internal::pmadd(sum, factor, factor);
      }
      for (size_t s = 1; s < kSums; ++s) sums[0] = Eigen::internal::padd(sums[0], sums[s]);
      g_sink = Eigen::internal::predux(sums[0]);
    });
  });
  return 2.0 * n * static_cast<double>(kSteps * kSums * kPacket) / seconds;
}

double typical_read_bandwidth() {
  static const double value = [] {
    std::vector<double> found;
    for (int i = 0; i < 5; ++i) found.push_back(read_bandwidth());
    return median(found);
  }();
  return value;
}

double typical_fma_rate() {
  static const double value = [] {
    std::vector<double> found;
    for (int i = 0; i < 9; ++i) found.push_back(peak_fma_rate());
    return median(found);
  }();
  return value;
}

}  // namespace gpt2run
