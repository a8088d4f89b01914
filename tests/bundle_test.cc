#include "loader/bundle.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "loader/crc32c.h"
#include "loader/ordered_code.h"
#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

size_t find(const Bundle& bundle, const std::string& name) {
  for (size_t i = 0; i < bundle.tensors().size(); ++i) {
    if (bundle.tensors()[i].name == name) return i;
  }
  throw std::logic_error("no tensor " + name);
}

std::vector<float> read(const Bundle& bundle, const std::string& name) {
  const size_t index = find(bundle, name);
  size_t n = 1;
  for (const int64_t size : bundle.tensors()[index].shape) n *= static_cast<size_t>(size);
  std::vector<float> values(n);
  size_t n_seen = 0;
  bundle.read_float32(index, values.data(), [&](const float*, size_t n_read) { n_seen += n_read; });
  EXPECT_EQ(n_seen, n);
  return values;
}

std::vector<float> counting(size_t n) {
  std::vector<float> values(n);
  for (size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i);
  return values;
}

// A variable whose slices lie in a grid.
struct Grid {
  std::vector<int64_t> shape;
  std::vector<std::vector<SliceExtent>> slices;
};

void add_grid(BundleBuilder& builder, const std::string& name, const Grid& grid) {
  BuiltTensor& variable = builder.add(name, grid.shape);
  const std::vector<float> values = counting(variable.data.size() / 4);
  variable.is_partitioned = true;
  variable.data.clear();
  std::string slices;
  for (const auto& extents : grid.slices) slices += proto_bytes(7, proto_slice(extents));
  variable.extra = slices;
  for (const auto& extents : grid.slices) {
    std::vector<int64_t> shape;
    for (size_t d = 0; d < extents.size(); ++d) {
      shape.push_back(extents[d].length == SliceExtent::kFull ? grid.shape[d] : extents[d].length);
    }
    BuiltTensor& part = builder.add(slice_key(name, extents), shape);
    std::vector<float> items(part.data.size() / 4);
    for (size_t i = 0; i < items.size(); ++i) {
      size_t at = 0, rest = i, stride = 1;
      for (size_t d = shape.size(); d-- > 0;) {
        const auto length = static_cast<size_t>(shape[d]);
        at += (static_cast<size_t>(extents[d].start) + rest % length) * stride;
        rest /= length;
        stride *= static_cast<size_t>(grid.shape[d]);
      }
      items[i] = at < values.size() ? values[at] : 0;
    }
    part.data = float_bytes(items);
  }
}

TEST(Bundle, ReassemblesSlicesAlongAnyDimension) {
  const Grid grids[] = {
      {{7}, {{{0, 3}}, {{3, 4}}}},
      {{5, 4}, {{{0, 2}, {}}, {{2, 3}, {}}}},
      {{5, 4}, {{{}, {0, 1}}, {{}, {1, 3}}}},
      {{4, 4}, {{{0, 2}, {0, 2}}, {{0, 2}, {2, 2}}, {{2, 2}, {0, 2}}, {{2, 2}, {2, 2}}}},
      {{1, 6, 3}, {{{}, {0, 5}, {}}, {{}, {5, 1}, {}}}},
      {{200, 1000}, {{{0, 130}, {0, 1000}}, {{130, 70}, {0, 1000}}}},  // more than one chunk
      {{3}, {{{}}}},
  };
  BundleBuilder builder;
  int i = 0;
  for (const Grid& grid : grids) add_grid(builder, "grid" + std::to_string(i++), grid);
  builder.partition("model/wte", {0, 1, 4});
  const TemporaryFolder folder;
  builder.write(folder.path());
  const Bundle bundle(folder.path() / "model.ckpt");
  for (i = 0; i < static_cast<int>(std::size(grids)); ++i) {
    const std::vector<float> values = read(bundle, "grid" + std::to_string(i));
    EXPECT_EQ(values, counting(values.size())) << i;
  }
  EXPECT_EQ(bundle.tensors()[find(bundle, "model/wte")].n_bytes, 80u);
}

TEST(Bundle, SlicesMustCoverTheirVariable) {
  const auto expect_refused = [](const Grid& grid, const std::string& text) {
    BundleBuilder builder;
    add_grid(builder, "grid", grid);
    const TemporaryFolder folder;
    builder.write(folder.path());
    expect_error(ErrorKind::kCorrupt, {"grid", text},
                 [&] { Bundle(folder.path() / "model.ckpt"); });
  };
  expect_refused({{5, 4}, {{{0, 2}, {}}, {{3, 2}, {}}}}, "a hole");
  expect_refused({{5, 4}, {{{0, 3}, {}}, {{2, 3}, {}}}}, "overlap");
  expect_refused({{5, 4}, {{{0, 3}, {}}, {{3, 3}, {}}}}, "outside its dimension of 5");
  expect_refused({{5, 4}, {{{2, 3}, {}}, {{5, 2}, {}}}}, "outside its dimension of 5");
  expect_refused({{5, 4}, {{{0, 5}}}}, "dimensions");
}

TEST(Bundle, SlicesWithoutDataAndDataWithoutAVariableAreRefused) {
  const auto expect_refused = [](const std::string& text, const auto& damage) {
    BundleBuilder builder;
    builder.partition("model/wte", {0, 2});
    damage(builder);
    const TemporaryFolder folder;
    builder.write(folder.path());
    expect_error(ErrorKind::kCorrupt, {text}, [&] { Bundle(folder.path() / "model.ckpt"); });
  };
  const std::string second = slice_key("model/wte", {{2, 3}, {}});
  expect_refused("\"model/wte\": the entry of one of its slices is missing",
                 [&](BundleBuilder& builder) { builder.erase(second); });
  expect_refused("a slice of no variable",
                 [&](BundleBuilder& builder) { builder.erase("model/wte"); });
  expect_refused("expected a slice that is float32 [3, 4], found int32",
                 [&](BundleBuilder& builder) { builder.tensor(second).dtype = 3; });
  expect_refused("slices and data of its own", [&](BundleBuilder& builder) {
    builder.tensor("model/wte").extra += proto_number(5, 80);
  });
  expect_refused("slice start", [&](BundleBuilder& builder) {
    builder.tensor("model/wte").extra +=
        proto_bytes(7, proto_bytes(1, proto_number(1, ~uint64_t{0})));
  });
  expect_refused("overlap", [&](BundleBuilder& builder) {  // one slice, named twice
    builder.tensor("model/wte").extra += proto_bytes(7, proto_slice({{2, 3}, {}}));
  });
}

TEST(Bundle, SliceKeysAreTensorFlows) {
  // tf1_partitioned's index, written by TensorFlow 2.21, has these bytes.
  EXPECT_EQ(slice_key("model/wte", {{0, 134}, {0, 48}}),
            std::string("\0model/wte\0\1\1\2\x80\xC0\x86\x80\xB0", 19));
  // Values at which the code grows by a byte, from TensorFlow's own rules.
  EXPECT_EQ(slice_key("", {{0, -1}}), std::string("\0\0\1\1\1\x80\x7F", 7));
  EXPECT_EQ(slice_key("", {{63, 64}}), std::string("\0\0\1\1\1\xBF\xC0\x40", 8));
  EXPECT_EQ(slice_key("", {{8191, 8192}}), std::string("\0\0\1\1\1\xDF\xFF\xE0\x20\x00", 10));
  EXPECT_EQ(slice_key("", {{0, INT64_MAX}}).substr(5),
            std::string("\x80\xFF\xC0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 11));
}

TEST(Bundle, MissingDataFilesAreNamedWithThoseThatAreHere) {
  BundleBuilder builder;
  builder.n_shards = 3;
  builder.tensor("model/wpe").shard = 1;
  const TemporaryFolder folder;
  builder.write(folder.path());
  const auto prefix = folder.path() / "model.ckpt";
  std::filesystem::remove(shard_path(prefix, 2, 3));  // nothing is in it
  EXPECT_EQ(read(Bundle(prefix), "model/wpe").size(), 12u);
  std::filesystem::remove(shard_path(prefix, 1, 3));
  expect_error(ErrorKind::kNotFound,
               {"missing: model.ckpt.data-00001-of-00003;",
                "here: model.ckpt.index, model.ckpt.data-00000-of-00003;"},
               [&] { Bundle{prefix}; });
}

TEST(Bundle, DataFilesThatAreNoneAreNamed) {
  BundleBuilder builder;
  const TemporaryFolder folder;
  builder.write(folder.path());
  const auto prefix = folder.path() / "model.ckpt";
  const auto data = shard_path(prefix, 0, 1);
  const auto expect_refused = [&](ErrorKind kind, std::initializer_list<std::string> texts) {
    expect_error(kind, texts, [&] { Bundle{prefix}; });
  };
  write_bytes(data, "<html>404");
  expect_refused(ErrorKind::kCorrupt, {".data-00000-of-00001: is an HTML page"});
  write_bytes(data, "version https://git-lfs.github.com/spec/v1\noid sha256:4a\nsize 497759232\n");
  expect_refused(ErrorKind::kCorrupt, {"Git LFS pointer", "497759232"});
  write_bytes(data, "\x1f\x8b and so on");
  expect_refused(ErrorKind::kUnsupported, {"gzip"});
  write_bytes(data, "0123");
  expect_refused(ErrorKind::kCorrupt, {"expected at least", "found 4: 2108 are missing"});
  std::filesystem::remove(data);
  std::filesystem::create_directory(data);
  expect_refused(ErrorKind::kCorrupt, {"a folder"});
  std::filesystem::remove(data);
  ASSERT_EQ(::mkfifo(data.c_str(), 0600), 0);
  expect_refused(ErrorKind::kCorrupt, {"a FIFO"});
  std::filesystem::remove(data);
  std::filesystem::create_symlink("/dev/zero", data);
  expect_refused(ErrorKind::kCorrupt, {"a device"});
  for (const auto& looping : {data, std::filesystem::path(prefix.string() + ".index")}) {
    std::filesystem::remove(looping);
    std::filesystem::create_symlink(looping.filename(), looping);
    expect_refused(ErrorKind::kNotFound, {looping.filename().string()});
  }
}

TEST(Bundle, ChecksumsAreCheckedAsTensorsAreRead) {
  BundleBuilder builder;
  const TemporaryFolder folder;
  builder.write(folder.path());
  const auto prefix = folder.path() / "model.ckpt";
  const auto data = shard_path(prefix, 0, 1);
  std::string bytes = read_bytes(data);
  bytes[builder.tensor("model/wpe").offset + 5] ^= 1;
  write_bytes(data, bytes);
  const Bundle bundle(prefix);
  EXPECT_EQ(read(bundle, "model/wte").size(), 20u);
  expect_error(ErrorKind::kCorrupt, {".data-00000-of-00001: model/wpe at byte", "crc32c"},
               [&] { read(bundle, "model/wpe"); });
  write_bytes(data, std::string(bytes.size(), '\0'));  // a preallocated file, never filled
  expect_error(ErrorKind::kCorrupt, {"model/wte at byte", "crc32c"},
               [&] { read(Bundle(prefix), "model/wte"); });
}

TEST(Bundle, AFileThatShrinksIsAnErrorNotASignal) {
  BundleBuilder builder;
  const TemporaryFolder folder;
  builder.write(folder.path());
  const auto prefix = folder.path() / "model.ckpt";
  const Bundle bundle(prefix);
  std::filesystem::resize_file(shard_path(prefix, 0, 1), 10);
  expect_error(ErrorKind::kCorrupt, {"model/wte at byte ", "ends at byte"},
               [&] { read(bundle, "model/wte"); });
}

TEST(Bundle, ReadsBeyondFourGiB) {
  constexpr uint64_t kFar = (uint64_t{5} << 30) + 7;  // not aligned either
  BundleBuilder builder;
  builder.tensor("model/wte").extra = proto_number(4, kFar);
  const TemporaryFolder folder;
  builder.write(folder.path());
  const auto prefix = folder.path() / "model.ckpt";
  const auto data = shard_path(prefix, 0, 1);
  expect_error(ErrorKind::kCorrupt, {"expected at least 5368709207 bytes"},
               [&] { Bundle{prefix}; });
  std::filesystem::resize_file(data, kFar);  // a hole: it takes no space
  std::ofstream(data, std::ios::binary | std::ios::app) << builder.tensor("model/wte").data;
  EXPECT_EQ(float_bytes(read(Bundle(prefix), "model/wte")), builder.tensor("model/wte").data);
}

TEST(Crc32c, IsTheOneOfTheStandard) {
  EXPECT_EQ(crc32c("123456789", 9), 0xE3069283u);  // RFC 3720's check value
  EXPECT_EQ(crc32c("", 0), 0u);
  EXPECT_EQ(extend_crc32c(crc32c("1234", 4), "56789", 5), 0xE3069283u);
  EXPECT_EQ(unmask_crc32c(mask_crc32c(0x12345678u)), 0x12345678u);
  EXPECT_NE(mask_crc32c(0x12345678u), 0x12345678u);
}

}  // namespace
}  // namespace gpt2run
