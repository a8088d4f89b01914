#include "loader/bundle_index.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

constexpr uint64_t kMinusOne = ~uint64_t{0};

BundleIndex read_built(BundleBuilder& builder) {
  const TemporaryFolder folder;
  builder.write(folder.path());
  return read_bundle_index(folder.path() / "model.ckpt.index");
}

void expect_refused(ErrorKind kind, std::initializer_list<std::string> texts,
                    BundleBuilder& builder) {
  const std::string message = expect_error(kind, texts, [&] { read_built(builder); });
  EXPECT_NE(message.find("model.ckpt.index: "), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_LT(message.size(), 1000u);
}

// A whole GPT-2 bundle in which model/wte's entry has these fields besides (the later counts).
void expect_entry_refused(const std::string& fields, std::initializer_list<std::string> texts,
                          ErrorKind kind = ErrorKind::kCorrupt) {
  BundleBuilder builder;
  builder.tensor("model/wte").extra = fields;
  expect_refused(kind, texts, builder);
}

// The same with another shape (a second shape message replaces the first).
std::string shape_field(const std::vector<int64_t>& shape) {
  return proto_bytes(2, proto_shape(shape));
}

TEST(BundleIndex, ListsEveryTensorWithoutAnyDataFile) {
  BundleBuilder builder;
  const TemporaryFolder folder;
  builder.write(folder.path());
  std::filesystem::remove(folder.path() / "model.ckpt.data-00000-of-00001");
  const BundleIndex index = read_bundle_index(folder.path() / "model.ckpt.index");
  ASSERT_EQ(index.tensors.size(), 28u);
  EXPECT_EQ(index.n_shards, 1);
  const BundleEntry& wte = index.tensors.back();
  EXPECT_EQ(wte.name, "model/wte");
  EXPECT_STREQ(wte.type->name, "float32");
  EXPECT_EQ(wte.shape, (std::vector<int64_t>{5, 4}));
  EXPECT_EQ(wte.n_bytes, 80u);
  EXPECT_EQ(wte.offset, builder.tensor("model/wte").offset);
}

TEST(BundleIndex, HeaderIsChecked) {
  const auto expect_header_refused = [](const std::string& header, ErrorKind kind,
                                        std::initializer_list<std::string> texts) {
    BundleBuilder builder;
    builder.header = header;
    expect_refused(kind, texts, builder);
  };
  const std::string version = proto_bytes(3, proto_number(1, 1));
  for (const uint64_t n_shards : {uint64_t{0}, kMinusOne, uint64_t{2000000000}}) {
    expect_header_refused(proto_number(1, n_shards) + version, ErrorKind::kCorrupt,
                          {"header", "shards", std::to_string(static_cast<int64_t>(n_shards))});
  }
  expect_header_refused(version, ErrorKind::kCorrupt, {"header", "shards", "found 0"});
  expect_header_refused(proto_number(1, 1) + proto_number(2, 1), ErrorKind::kUnsupported,
                        {"big-endian"});
  expect_header_refused(proto_number(1, 1) + proto_bytes(3, proto_number(2, 99)),
                        ErrorKind::kUnsupported, {"min_consumer 99"});
  expect_header_refused(proto_number(1, 1) + proto_bytes(3, proto_number(3, 1)),
                        ErrorKind::kUnsupported, {"bad_consumers 1"});
  expect_header_refused("\xFF", ErrorKind::kCorrupt, {"header", "protobuf"});
  expect_header_refused(proto_number(1, 1) + proto_bytes(3, "\xFF"), ErrorKind::kCorrupt,
                        {"header", "protobuf"});
  BundleBuilder builder;
  builder.edit_entries = [](auto& entries) { entries.erase(entries.begin()); };
  expect_refused(ErrorKind::kCorrupt, {"header", "model/h0/attn/c_attn/b"}, builder);
  builder.edit_entries = [](auto& entries) { entries.clear(); };
  expect_refused(ErrorKind::kCorrupt, {"header", "empty index"}, builder);
}

TEST(BundleIndex, EntryThatIsNoProtobufIsRefused) {
  for (const std::string& bytes :
       {std::string("\xFF\xFF\xFF"), proto_bytes(2, "\xFF"), std::string("\x12\xFF\xFF\xFF\x7F"),
        std::string("\x08") + std::string(11, '\xFF'), std::string("\x0B\x0C"),
        std::string("\0", 1), std::string("\x35\1\2\3"), proto_number(6, 5), proto_number(2, 5),
        proto_bytes(1, "a"), proto_bytes(2, proto_number(2, 5)),
        proto_bytes(2, proto_bytes(2, "\x08"))}) {
    expect_entry_refused(bytes, {"entry \"model/wte\""});
  }
}

TEST(BundleIndex, TypeMustBeOneOfTensorFlows) {
  for (const uint64_t number :
       {uint64_t{0}, uint64_t{33}, uint64_t{101}, uint64_t{127}, kMinusOne}) {
    expect_entry_refused(proto_number(1, number), {"entry \"model/wte\"", "dtype",
                                                   std::to_string(static_cast<int64_t>(number))});
  }
}

TEST(BundleIndex, TypesThatAreNotReadAreListed) {
  for (const auto& [number, name] : {std::pair(21, "variant"), {31, "int2"}, {32, "uint2"}}) {
    BundleBuilder builder;
    BuiltTensor& other = builder.add("a", {4});
    other.dtype = number;
    other.data = "abcd";
    EXPECT_STREQ(read_built(builder).tensors.front().type->name, name);
  }
}

TEST(BundleIndex, ShapesAreCheckedBeforeTheyAreMultiplied) {
  expect_entry_refused(shape_field({-5, 4}), {"model/wte", "dimension", "found -5"});
  expect_entry_refused(shape_field({INT64_MIN}), {"model/wte", "dimension"});
  expect_entry_refused(shape_field({int64_t{1} << 32, int64_t{1} << 32}), {"model/wte", "2^63"});
  expect_entry_refused(shape_field({int64_t{1} << 62}), {"model/wte", "2^63"});
  expect_entry_refused(shape_field({INT64_MAX, INT64_MAX, 0}), {"model/wte", "2^63"});
  expect_entry_refused(shape_field(std::vector<int64_t>(300, 1)), {"model/wte", "254 dimensions"});
  expect_entry_refused(shape_field({int64_t{1} << 40}),
                       {"model/wte", "expected 4398046511104 bytes", "found a size of 80"});
  expect_entry_refused(shape_field({5, 5}), {"expected 100 bytes for float32 [5, 5]"});
  expect_entry_refused(shape_field({}), {"expected 4 bytes"});
  expect_entry_refused(proto_bytes(2, proto_number(3, 1)), {"no known rank"});
}

TEST(BundleIndex, PlacesAreChecked) {
  expect_entry_refused(proto_number(5, 79), {"model/wte", "found a size of 79"});
  expect_entry_refused(proto_number(5, kMinusOne), {"model/wte", "size", "found -1"});
  expect_entry_refused(proto_number(4, kMinusOne), {"model/wte", "offset", "found -1"});
  expect_entry_refused(proto_number(4, INT64_MAX), {"model/wte", "2^63"});
  expect_entry_refused(proto_number(3, 1), {"model/wte", "shard id", "expected 0 to 0, found 1"});
  expect_entry_refused(proto_number(3, kMinusOne), {"model/wte", "shard id", "found -1"});
  expect_entry_refused(proto_number(3, uint64_t{1} << 32), {"model/wte", "shard id"});
  expect_entry_refused(proto_number(4, 0), {"overlap", "model/wte", "model/h0/attn/c_attn/b"});
}

TEST(BundleIndex, StringsAreListedWithASizeThatCanHoldThem) {
  BundleBuilder builder;
  BuiltTensor& text = builder.add("log", {3});
  text.dtype = 7;
  text.data = "\1\1\1crc.abc";
  EXPECT_STREQ(read_built(builder).tensors.front().type->name, "string");
  builder.tensor("log").data = "ab";
  expect_refused(ErrorKind::kCorrupt, {"log", "at least 3 bytes"}, builder);
}

TEST(BundleIndex, NamesAreUniqueSortedAndPrintable) {
  const auto expect_name_refused = [](const std::string& name, const std::string& text) {
    BundleBuilder builder;
    builder.add(name, {});
    expect_refused(ErrorKind::kCorrupt, {text}, builder);
  };
  expect_name_refused("model/wte", "stands twice");
  expect_name_refused(std::string("model/x\0y", 9), "model/x\\x00y");
  expect_name_refused("model/\xFF", "model/\\xff");
  expect_name_refused("model/\n", "model/\\x0a");
  expect_name_refused("model/\x1B[2J", "model/\\x1b[2J");
  expect_name_refused(std::string(1 << 20, 'n'), "at most 4096 bytes");
  BundleBuilder builder;
  builder.edit_entries = [](auto& entries) { std::swap(entries[3], entries[4]); };
  expect_refused(ErrorKind::kCorrupt, {"comes after"}, builder);
}

// Each key shares all but 4 bytes with the one before: a file of 16 MiB could claim gigabytes.
TEST(BundleIndex, PrefixCompressionDoesNotMakeNamesWithoutBound) {
  BundleBuilder builder;
  builder.table.restart_interval = 1 << 30;
  builder.edit_entries = [](auto& entries) {
    const BuiltTensor empty{.name = "", .dtype = 1, .shape = {0}, .data = "", .extra = ""};
    const std::string value = BundleBuilder::entry_proto(empty);
    entries.resize(1);
    for (int i = 0; i < 20000; ++i) {
      char number[16];
      std::snprintf(number, sizeof(number), "%06d", i);
      entries.emplace_back(std::string(4000, 'n') + number, value);
    }
  };
  expect_refused(ErrorKind::kCorrupt, {"64 MiB"}, builder);
}

// Snappy packs both into a twentieth, and parsed they would take twenty times as much.
TEST(BundleIndex, EntriesAndTheirValuesAreBounded) {
  std::string fields;
  for (int i = 0; i < 200000; ++i) fields += proto_number(15, 0);
  const std::string size = "expected at most 262144 bytes, found ";
  expect_entry_refused(fields, {"entry \"model/wte\"", size});
  BundleBuilder builder;
  builder.table.snappy = true;
  builder.header = proto_number(1, 1) + fields;
  expect_refused(ErrorKind::kCorrupt, {"header", size + "400002"}, builder);
}

TEST(BundleIndex, TheNumberOfEntriesAndTheirBytesAreBounded) {
  const auto expect_many_refused = [](int n_entries, const std::string& extra,
                                      const std::string& text) {
    BundleBuilder builder;
    builder.table.snappy = true;
    builder.edit_entries = [&](auto& entries) {
      const BuiltTensor empty{.name = "", .dtype = 1, .shape = {0}, .data = "", .extra = extra};
      const std::string value = BundleBuilder::entry_proto(empty);
      entries.resize(1);
      for (int i = 0; i < n_entries; ++i) entries.emplace_back(std::to_string(1000000 + i), value);
    };
    expect_refused(ErrorKind::kCorrupt, {text}, builder);
  };
  expect_many_refused(100001, "", "expected at most 100000 entries");
  expect_many_refused(50, proto_bytes(15, std::string(200000, 'x')), "more than 8 MiB");
}

TEST(BundleIndex, FilesThatAreSomethingElseAreNamed) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.ckpt.index";
  const auto expect_named = [&](const std::string& bytes, ErrorKind kind, const std::string& text) {
    write_bytes(path, bytes);
    expect_error(kind, {"model.ckpt.index: ", text}, [&] { read_bundle_index(path); });
  };
  const std::string rest(600, 'x');
  const auto foreign = ErrorKind::kUnsupported;
  expect_named("\x89HDF\r\n\x1a\n" + rest, foreign, "HDF5");
  expect_named("PK\3\4" + rest, foreign, "zip");
  expect_named("\x1f\x8b\x08" + rest, foreign, "gzip");
  expect_named(rest.substr(0, 257) + "ustar" + rest, foreign, "tar");
  expect_named("\x80\2}q" + rest, foreign, "pickle");
  expect_named(std::string("GGUF\3\0\0\0", 8) + rest, foreign, "GGUF");
  expect_named(std::string("\x10\0\0\0\0\0\0\0{\"a\"", 12) + rest, foreign, "safetensors");
  expect_named("\n <!DOCTYPE html><html>" + rest, ErrorKind::kCorrupt, "HTML");
  expect_named("<html><body>404" + rest, ErrorKind::kCorrupt, "HTML");
  expect_named("<?xml version='1.0'?><Error><Code>NoSuchKey", ErrorKind::kCorrupt, "HTML");
  expect_named("", ErrorKind::kCorrupt, "empty");
  expect_named("short", ErrorKind::kCorrupt, "48 bytes");
  expect_named(std::string(5215, '\0'), ErrorKind::kCorrupt, "footer");
  expect_named("version https://git-lfs.github.com/spec/v1\noid sha256:4a\nsize 5215\n",
               ErrorKind::kCorrupt, "whose size is 5215 bytes");
}

TEST(BundleIndex, OverlongFilesAreRefusedUnread) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.ckpt.index";
  write_bytes(path, "x");
  std::filesystem::resize_file(path, uint64_t{1} << 40);
  expect_error(ErrorKind::kCorrupt, {"at most", "found 1099511627776"},
               [&] { read_bundle_index(path); });
}

}  // namespace
}  // namespace gpt2run
