#include "loader/verify_written.h"

#include <gtest/gtest.h>

#include <bit>
#include <functional>

#include "support/expect_error.h"
#include "support/memory_model.h"
#include "support/source_values.h"

namespace gpt2run {
namespace {

// The fixture's model, read through a RecordingSource, and a copy in OpenAI's layout that stands
// for what is on the disk.
class VerifyWrittenTest : public testing::Test {
 protected:
  VerifyWrittenTest() {
    for (size_t i = 0; i < weights_.tensors().size(); ++i) {
      const TensorInfo& tensor = weights_.tensors()[i];
      std::vector<int64_t> shape = tensor.shape;
      if (tensor.name.ends_with("/w")) shape.insert(shape.begin(), 1);
      written_.add(tensor.name, shape, read_tensor(recorded_, i));
    }
  }

  void verify() const {
    verify_written(written_, {recorded_, hparams_, nullptr}, recorded_, Family::kOpenAi,
                   DType::kFloat32, {});
  }

  MemoryModel weights_ = fixture_model(), written_;
  RecordingSource recorded_{weights_, DType::kFloat32};
  Hparams hparams_ = fixture_hparams();
};

TEST_F(VerifyWrittenTest, TakesWhatIsTheSame) {
  EXPECT_NO_THROW(verify());
}

TEST_F(VerifyWrittenTest, SeesEveryChangeOfAValue) {
  const std::string name = "model/h1/attn/c_attn/w";
  std::vector<float>& values = written_.values(name);
  const std::function<void()> changes[] = {
      [&] { values[3] = std::bit_cast<float>(std::bit_cast<uint32_t>(values[3]) ^ 1); },
      [&] { values.back() = -values.back(); },
      [&] { std::swap(values[0], values[1]); },
      [&] { values[5000] = 0; },
  };
  for (const auto& change : changes) {
    const std::vector<float> before = values;
    change();
    expect_error(ErrorKind::kRuntime, {name, "expected the values that were read"},
                 [&] { verify(); });
    values = before;
  }
  EXPECT_NO_THROW(verify());
}

TEST_F(VerifyWrittenTest, SeesATensorTooFewAndTooMany) {
  const std::vector<float> values = written_.values("model/ln_f/g");
  written_.erase("model/ln_f/g");
  expect_error(ErrorKind::kRuntime, {"expected 28 tensors, found 27"}, [&] { verify(); });
  written_.add("model/ln_f/G", {48}, values);
  expect_error(ErrorKind::kRuntime, {"model/ln_f/g", "found none"}, [&] { verify(); });
  written_.add("model/ln_f/g", {48}, values);
  expect_error(ErrorKind::kRuntime, {"found 29"}, [&] { verify(); });
}

TEST_F(VerifyWrittenTest, SeesAnotherShape) {
  const std::string name = "model/h0/attn/c_attn/w";
  const std::vector<float> values = written_.values(name);
  written_.erase(name);
  written_.add(name, {1, 144, 48}, values);
  expect_error(ErrorKind::kRuntime, {name, "[1, 48, 144]", "[1, 144, 48]"}, [&] { verify(); });
}

TEST_F(VerifyWrittenTest, TakesZerosForBiasesThatTheModelDoesNotHave) {
  MemoryModel without = weights_;
  for (const TensorInfo& tensor : weights_.tensors()) {
    if (!tensor.name.ends_with("/b")) continue;
    without.erase(tensor.name);
    std::vector<float>& values = written_.values(tensor.name);
    values.assign(values.size(), 0);
  }
  const RecordingSource recorded(without, DType::kFloat32);
  for (size_t i = 0; i < without.tensors().size(); ++i) read_tensor(recorded, i);
  const auto check = [&] {
    verify_written(written_, {recorded, hparams_, nullptr}, recorded, Family::kOpenAi,
                   DType::kFloat32, {});
  };
  EXPECT_NO_THROW(check());
  written_.values("model/h0/attn/c_attn/b")[0] = 1;
  expect_error(ErrorKind::kRuntime, {"model/h0/attn/c_attn/b"}, check);
}

// Gives a tensor's pieces in another order than they stand in, as a partitioned variable's reader.
class SlicedSource : public MemoryModel {
 public:
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override {
    MemoryModel::read_float32(index, out, {});
    const size_t n = tensors()[index].n_items();
    on_read(out + n / 2, n - n / 2);
    on_read(out, n / 2);
  }
};

TEST(RecordingSource, RecordsPiecesInWhateverOrderTheyCome) {
  const std::vector<float> values = {1, 2, 3, 4, 5};
  MemoryModel model;
  SlicedSource sliced;
  model.add("a", {5}, values);
  sliced.add("a", {5}, values);
  const RecordingSource in_order(model, DType::kBFloat16), in_slices(sliced, DType::kBFloat16);
  EXPECT_EQ(read_tensor(in_order, 0), values);
  EXPECT_EQ(read_tensor(in_slices, 0), values);
  EXPECT_EQ(in_order.find("a")->exact, in_slices.find("a")->exact);
  EXPECT_EQ(in_order.find("a")->rounded, in_slices.find("a")->rounded);
  EXPECT_EQ(in_order.find("b"), nullptr);
}

TEST(RecordingSource, RecordsValuesAsTheyAreAndRounded) {
  std::vector<float> values(10000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 1 + 1e-5f * static_cast<float>(i);
  MemoryModel model;
  model.add("a", {10000}, values);
  for (const DType dtype : {DType::kFloat16, DType::kBFloat16}) {
    const RecordingSource source(model, dtype);
    read_tensor(source, 0);
    const auto rounded =
        dtype == DType::kFloat16 ? rounded_to_float16(values) : rounded_to_bfloat16(values);
    Fingerprint exact_print, rounded_print;
    exact_print.extend(values.data(), values.size());
    rounded_print.extend(rounded.data(), rounded.size());
    EXPECT_EQ(source.find("a")->exact, exact_print);
    EXPECT_EQ(source.find("a")->rounded, rounded_print);
    EXPECT_NE(exact_print, rounded_print);
  }
}

TEST(Fingerprint, IsTheSameHoweverThePiecesAreCut) {
  std::vector<float> values(1000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i);
  Fingerprint whole, pieces;
  whole.extend(values.data(), 1000);
  pieces.extend(values.data(), 1);
  pieces.extend(values.data() + 1, 0);
  pieces.extend(values.data() + 1, 999);
  EXPECT_EQ(whole, pieces);
  EXPECT_EQ(fingerprint_of_zeros(0), Fingerprint());
  Fingerprint zeros;
  const std::vector<float> many(10001);
  zeros.extend(many.data(), many.size());
  EXPECT_EQ(fingerprint_of_zeros(many.size()), zeros);
  EXPECT_NE(fingerprint_of_zeros(many.size() - 1), zeros);
}

}  // namespace
}  // namespace gpt2run
