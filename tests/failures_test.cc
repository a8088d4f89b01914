// What readers do where the machine fails them: a program of its own, as it replaces operator new
// and pread. Each read and each allocation of opening a checkpoint and reading all of it fails
// once.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <new>
#include <vector>

#include "base/threads.h"
#include "loader/bundle.h"
#include "loader/ggml_legacy.h"
#include "loader/gguf.h"
#include "loader/hdf5_file.h"
#include "loader/llmc.h"
#include "loader/load_params.h"
#include "loader/npz.h"
#include "loader/safetensors_set.h"
#include "loader/tf_v1.h"
#include "loader/torch_file.h"
#include "support/test_data.h"

namespace {

constexpr long kNever = -1;
std::atomic<long> n_allocations_left = kNever;  // until the one that fails
std::atomic<long> n_reads_left = kNever;
enum class BadRead { kError, kEndOfFile, kInterrupted, kHalf } bad_read = BadRead::kError;

// Whether the count ends with this call.
bool is_the_one(std::atomic<long>& n_left) {
  long before = n_left;
  while (before != kNever && !n_left.compare_exchange_weak(before, before - 1)) {
  }
  return before == 0;
}

void* allocate(size_t n_bytes, size_t alignment) {
  if (is_the_one(n_allocations_left)) throw std::bad_alloc();
  void* const memory =
      alignment == 0
          ? std::malloc(n_bytes)
          : std::aligned_alloc(alignment, (n_bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t n_bytes) {
  return allocate(n_bytes, 0);
}
void* operator new(size_t n_bytes, std::align_val_t alignment) {
  return allocate(n_bytes, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

// The linker gives these names to pread (--wrap).
extern "C" ssize_t __real_pread(int, void*, size_t, off_t);  // NOLINT
extern "C" ssize_t __wrap_pread(int, void*, size_t, off_t);  // NOLINT
extern "C" ssize_t __wrap_pread(int fd, void* buffer, size_t n, off_t at) {
  if (!is_the_one(n_reads_left)) return __real_pread(fd, buffer, n, at);
  if (bad_read == BadRead::kEndOfFile) return 0;
  if (bad_read == BadRead::kHalf) return __real_pread(fd, buffer, (n + 1) / 2, at);
  errno = bad_read == BadRead::kError ? EIO : EINTR;
  return -1;
}

namespace gpt2run {
namespace {

using Floats = std::vector<float>;

// What is read must not depend on this program's own allocations.
Floats all_values(const TensorSource& source) {
  Floats values;
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    const TensorInfo& tensor = source.tensors()[i];
    const size_t at = values.size();
    values.resize(at + tensor.n_items());
    source.check(i);
    source.read_float32(i, values.data() + at, {});
  }
  return values;
}

template <class Reader>
std::function<Floats()> all_of(const std::string& name) {
  return [path = test_data(name)] { return all_values(Reader(path)); };
}

Floats tf1_params() {
  set_n_threads(2);
  const ModelFiles files = {.checkpoint = test_data("fixtures/tf1/model.ckpt"),
                            .hparams = test_data("fixtures/tf1/hparams.json")};
  Params params = load_params(files);
  return {params.storage.data(), params.storage.data() + params.storage.size()};
}

struct Case {
  const char* name;
  std::function<Floats()> read;
  bool has_json = true;  // in its header, or beside it
  bool has_threads = false;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    const std::string base = "fixtures/bad/_good_base_";
    std::vector<Case> some = {
        {"load_params", tf1_params, true, true},
        {"bundle", all_of<Bundle>("fixtures/tf1_partitioned/model.ckpt"), false},
        {"tf_v1", all_of<TensorFlowV1>("fixtures/tf1_v1format/model.ckpt"), false},
        {"safetensors", all_of<Safetensors>(base + "safetensors/model.safetensors")},
        {"llmc", all_of<LlmcFile>(base + "llmc/model.bin")},
        {"gguf", all_of<GgufFile>(base + "gguf/model-f32.gguf")},
        {"ggml_legacy", all_of<GgmlLegacyFile>("fixtures/ggml/ggml-model-f16.bin")},
        {"torch_legacy", all_of<TorchFile>("torch/state_dict_legacy.pt")},
        {"hdf5", all_of<Hdf5File>("hdf5/small.h5")},
    };
    if (has_libzip()) {
      some.push_back({"npz", all_of<Npz>(base + "npz/params.npz"), false});
      some.push_back({"torch", all_of<TorchFile>("torch/state_dict.pt")});
    }
    return some;
  }();
  return all;
}

enum class Outcome { kRead, kRefused, kNoMemory, kWrongValues, kTerminated };

// Runs read with a countdown that has been set.
Outcome outcome_of(const std::function<Floats()>& read, const Floats& expected) {
  Outcome outcome = Outcome::kRead;
  try {
    if (read() != expected) outcome = Outcome::kWrongValues;
  } catch (const InputError&) {
    outcome = Outcome::kRefused;
  } catch (const std::bad_alloc&) {
    outcome = Outcome::kNoMemory;
  }
  return outcome;
}

class Failures : public testing::TestWithParam<size_t> {
 protected:
  const Case& this_case() const { return cases()[GetParam()]; }
};

TEST_P(Failures, EachFailedReadIsATypedError) {
  const Floats expected = this_case().read();
  for (const BadRead kind : {BadRead::kError, BadRead::kEndOfFile}) {
    bad_read = kind;
    for (long k = 0;; ++k) {
      n_reads_left = k;
      const Outcome outcome = outcome_of(this_case().read, expected);
      const bool has_failed = n_reads_left < 0;
      n_reads_left = kNever;
      if (!has_failed) {
        EXPECT_EQ(outcome, Outcome::kRead);
        EXPECT_GT(k, 1);
        break;
      }
      ASSERT_EQ(outcome, Outcome::kRefused) << "read " << k;
    }
  }
}

TEST_P(Failures, InterruptedAndShortReadsAreGoneOnWith) {
  const Floats expected = this_case().read();
  for (const BadRead kind : {BadRead::kInterrupted, BadRead::kHalf}) {
    bad_read = kind;
    bool has_failed = true;
    for (long k = 0; has_failed; ++k) {
      n_reads_left = k;
      ASSERT_EQ(outcome_of(this_case().read, expected), Outcome::kRead) << "read " << k;
      has_failed = n_reads_left < 0;
      n_reads_left = kNever;
    }
  }
}

// Runs read with allocation k failing. Returns whether it was made.
bool fails_at(long k, const std::function<Floats()>& read, const Floats& expected,
              Outcome& outcome) {
  n_allocations_left = k;
  outcome = outcome_of(read, expected);
  const bool was_met = n_allocations_left < 0;
  n_allocations_left = kNever;
  return was_met;
}

// The same in a process of its own, for cases that read JSON: nlohmann's takes memory as it is
// destroyed, and where it gets none then, std::terminate ends the process. Those are told from
// crashes, and counted.
bool fails_in_child_at(long k, const std::function<Floats()>& read, const Floats& expected,
                       Outcome& outcome) {
  constexpr int kTerminated = 64, kWasMet = 16;
  const pid_t child = ::fork();
  if (child == 0) {
    std::set_terminate([] { ::_exit(kTerminated); });
    const bool was_met = fails_at(k, read, expected, outcome);
    ::_exit(static_cast<int>(outcome) + (was_met ? kWasMet : 0));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : kTerminated;
  outcome = code == kTerminated ? Outcome::kTerminated : static_cast<Outcome>(code % kWasMet);
  return code >= kWasMet;
}

TEST_P(Failures, EachFailedAllocationIsAnErrorAndNoCrash) {
  const Floats expected = this_case().read();
  const auto fails = this_case().has_json ? fails_in_child_at : fails_at;
  long n_terminated = 0, n_refused = 0, k = 0;
  for (Outcome outcome{}; fails(k, this_case().read, expected, outcome); ++k) {
    ASSERT_NE(outcome, Outcome::kWrongValues) << "allocation " << k;
    ASSERT_FALSE(HasFailure()) << "allocation " << k;
    n_terminated += outcome == Outcome::kTerminated ? 1 : 0;
    n_refused += outcome == Outcome::kRefused || outcome == Outcome::kNoMemory ? 1 : 0;
  }
  // A zip archive that cannot keep a handle for the next read does without, as loading does
  // without a second thread, which takes a few allocations to start.
  const long n_dispensable = this_case().has_threads ? 4 : 1;
  EXPECT_GE(n_refused + n_terminated, k - n_dispensable) << "failures that were kept quiet";
  EXPECT_LE(n_terminated, this_case().has_json ? 10 : 0);
  RecordProperty("allocations", std::to_string(k));
  RecordProperty("ended_by_json", std::to_string(n_terminated));
}

INSTANTIATE_TEST_SUITE_P(All, Failures, testing::Range(size_t{0}, cases().size()),
                         [](const auto& one) { return std::string(cases()[one.param].name); });

}  // namespace
}  // namespace gpt2run
