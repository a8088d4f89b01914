// TensorSource::check of every format that has checksums: of tensors that are never read as floats
// too.
#include <gtest/gtest.h>

#include "base/npy.h"
#include "loader/bundle.h"
#include "loader/gguf.h"
#include "loader/npz.h"
#include "loader/safetensors.h"
#include "loader/string_tensor.h"
#include "loader/tf_v1.h"
#include "loader/torch_file.h"
#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/gguf_builder.h"
#include "support/memory_file.h"
#include "support/source_values.h"
#include "support/test_data.h"
#include "support/zip_builder.h"

namespace gpt2run {
namespace {

std::filesystem::path fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

void check_all(const TensorSource& source) {
  for (size_t i = 0; i < source.tensors().size(); ++i) source.check(i);
}

// A bundle of a fixture, copied, with one bit of a tensor's byte changed.
class DamagedBundle {
 public:
  DamagedBundle(const std::string& name, const std::string& tensor, uint64_t byte)
      : prefix_(folder_.path() / std::filesystem::path(name).filename()) {
    std::filesystem::copy(fixture(name).parent_path(), folder_.path(),
                          std::filesystem::copy_options::recursive);
    const Bundle bundle(prefix_);
    const auto place = bundle.place(find_tensor(bundle, tensor));
    std::string bytes = read_bytes(place->file);
    bytes[place->offset + byte] ^= 0x04;
    write_bytes(place->file, bytes);
  }
  const std::filesystem::path& prefix() const { return prefix_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path prefix_;
};

void expect_refused(const TensorSource& source, const std::string& tensor,
                    std::initializer_list<std::string> texts) {
  const std::string message =
      expect_error(ErrorKind::kCorrupt, texts, [&] { source.check(find_tensor(source, tensor)); });
  EXPECT_NE(message.find(tensor), std::string::npos) << message;
}

TEST(TensorCheck, UndamagedFixturesPass) {
  for (const char* name : {"tf1", "tf1_half", "tf1_sharded", "tf1_partitioned"}) {
    check_all(Bundle(fixture(name) / "model.ckpt"));
  }
  check_all(Bundle(fixture("tf1_finetuned/model-1000")));
  check_all(Bundle(fixture("tf2_object/ckpt-1")));
  check_all(TensorFlowV1(fixture("tf1_v1format/model.ckpt")));
  check_all(GgufFile(test_data("gguf_types/types.gguf")));
  check_all(Safetensors(fixture("hf_safetensors/model.safetensors")));
  check_all(TorchFile(fixture("hf_bin_legacy/pytorch_model.bin")));
  if (!has_libzip()) return;
  check_all(TorchFile(fixture("nanogpt/ckpt.pt")));
  check_all(Npz(fixture("npz_compressed/params.npz")));
}

TEST(TensorCheck, ABundlesIntegersAndStringsHaveChecksums) {
  const DamagedBundle step("tf1_finetuned/model-1000", "global_step", 0);
  expect_refused(Bundle(step.prefix()), "global_step", {"expected crc32c", "found"});
  const DamagedBundle wte("tf1/model.ckpt", "model/wte", 1000);
  expect_refused(Bundle(wte.prefix()), "model/wte", {"expected crc32c"});
}

TEST(TensorCheck, EveryByteOfAStringTensorCounts) {
  const Bundle bundle(fixture("tf1_finetuned/model-1000"));
  size_t n_strings = 0;
  for (const TensorInfo& tensor : bundle.tensors()) {
    if (tensor.dtype != DType::kString) continue;
    ++n_strings;
    for (uint64_t byte = 0; byte < tensor.n_bytes; ++byte) {
      const DamagedBundle damaged("tf1_finetuned/model-1000", tensor.name, byte);
      const Bundle found(damaged.prefix());
      expect_error(ErrorKind::kCorrupt, {tensor.name, "at byte"},
                   [&] { found.check(find_tensor(found, tensor.name)); });
    }
  }
  EXPECT_GT(n_strings, 0u);
}

TEST(TensorCheck, StringsWhoseLengthsDoNotFitHaveNoChecksum) {
  EXPECT_FALSE(string_tensor_crc32c("", 1));
  EXPECT_FALSE(string_tensor_crc32c("\x80", 1));
  EXPECT_FALSE(string_tensor_crc32c(std::string("\x01\0\0\0", 4), 1));
  EXPECT_FALSE(string_tensor_crc32c(varint(~uint64_t{0}) + varint(2) + "12345", 2));
  EXPECT_FALSE(string_tensor_crc32c("abc", uint64_t{1} << 62));
}

TEST(TensorCheck, AnIndexAloneListsTensorsAndReadsNone) {
  const TemporaryFolder folder;
  const auto prefix = folder.path() / "model.ckpt";
  std::filesystem::copy(fixture("tf1_partitioned/model.ckpt.index"), prefix.string() + ".index");
  const Bundle bundle(prefix, DataFiles::kNotNeeded);
  EXPECT_EQ(bundle.tensors().size(), tf1_weights().size());
  EXPECT_EQ(bundle.place(0)->file, prefix.string() + ".data-00000-of-00001");
  for (const char* name : {"model/h0/ln_1/b", "model/wte"}) {
    const size_t index = find_tensor(bundle, name);
    std::vector<float> values(bundle.tensors()[index].n_items());
    const std::initializer_list<std::string> texts = {
        prefix.string() + ": " + name, "model.ckpt.data-00000-of-00001", "only the index"};
    expect_error(ErrorKind::kNotFound, texts,
                 [&] { bundle.read_float32(index, values.data(), {}); });
    expect_error(ErrorKind::kNotFound, texts, [&] { bundle.check(index); });
  }
  expect_error(ErrorKind::kNotFound, {"its data is not all here"}, [&] { Bundle{prefix}; });
}

TEST(TensorCheck, AMemberOfIntegersHasAChecksum) {
  if (!has_libzip()) GTEST_SKIP() << "this build has no libzip";
  MemoryFile file;
  BuiltMember member{"steps.npy", npy_header("<i8", {2}) + std::string(16, 'x')};
  member.crc32 = 1;
  file.write(build_zip({member}));
  const Npz npz(file.path());
  expect_refused(npz, "steps", {"CRC-32"});
  const std::string bytes = read_bytes(test_data("torch/views_2.pt"));
  const TorchFile whole(test_data("torch/views_2.pt"));
  const auto place = whole.place(find_tensor(whole, "ints"));
  std::string damaged = bytes;
  damaged[place->offset] ^= 1;
  file.write(damaged);
  const TorchFile torch(file.path());
  expect_error(ErrorKind::kCorrupt, {"CRC-32"}, [&] { torch.check(find_tensor(torch, "ints")); });
}

TEST(TensorCheck, WhereThereIsNoChecksumTheBytesMustBeThere) {
  MemoryFile file;
  const std::string bytes = GgufBuilder().add({"ints", {8}, 26}).bytes();
  file.write(bytes);
  const GgufFile gguf(file.path());
  EXPECT_EQ(gguf.tensors()[0].dtype, DType::kInt32);
  gguf.check(0);
  file.write(bytes.substr(0, gguf.place(0)->offset + 7));
  expect_refused(gguf, "ints", {"ints at byte", "ends at byte"});
}

}  // namespace
}  // namespace gpt2run
