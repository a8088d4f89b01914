#include "loader/zip_archive.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "support/expect_error.h"
#include "support/memory_file.h"
#include "support/test_data.h"
#include "support/zip_builder.h"

#define GPT2RUN_NEEDS_LIBZIP() \
  if (!has_libzip()) GTEST_SKIP() << "this build has no libzip"

namespace gpt2run {
namespace {

std::string bytes_of(const std::vector<float>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size());
}

TEST(ZipArchive, ReadsMembersWholeAndInParts) {
  GPT2RUN_NEEDS_LIBZIP();
  MemoryFile file;
  file.write(build_zip({{"a/b", "hello"}, {"empty", ""}, {"f", bytes_of({1, 2, 3, 4, 5, 6, 7})}}));
  const ZipArchive archive(file.path());
  ASSERT_EQ(archive.members().size(), 3u);
  EXPECT_EQ(archive.read(0, 5), "hello");
  EXPECT_EQ(archive.read(1, 5), "");
  EXPECT_EQ(archive.find("f"), std::optional<size_t>(2));
  EXPECT_EQ(archive.find("g"), std::nullopt);
  expect_error(ErrorKind::kUnsupported, {"member \"a/b\"", "at most 4 bytes, found 5"},
               [&] { archive.read(0, 4); });
  for (int time = 0; time < 2; ++time) {  // the second time without the rest of the member
    std::vector<float> values(2);
    archive.read_items(2, 8, DType::kFloat32, 2, values.data(), {});
    EXPECT_EQ(values, (std::vector<float>{3, 4}));
  }
}

TEST(ZipArchive, APartIsReadAloneOnlyOnceTheWholeIsRight) {
  GPT2RUN_NEEDS_LIBZIP();
  MemoryFile file;
  file.write(build_zip({{"f", bytes_of({1, 2, 3, 4, 5, 6, 7}), 0, 0, 0x12345678u}}));
  const ZipArchive archive(file.path());
  for (int time = 0; time < 2; ++time) {
    float value = 0;
    expect_error(ErrorKind::kCorrupt, {"member \"f\"", "CRC"},
                 [&] { archive.read_items(0, 4, DType::kFloat32, 1, &value, {}); });
  }
}

TEST(ZipArchive, MayBeReadFromSeveralThreads) {
  GPT2RUN_NEEDS_LIBZIP();
  const ZipArchive archive(test_data("fixtures/npz_compressed/params.npz"));
  std::vector<std::string> expected;
  for (size_t i = 0; i < archive.members().size(); ++i)
    expected.push_back(archive.read(i, 1 << 20));
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < expected.size(); ++i) EXPECT_EQ(archive.read(i, 1 << 20), expected[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ZipArchive, RefusesWhatItCannotReadAndWhatCannotBe) {
  GPT2RUN_NEEDS_LIBZIP();
  struct Case {
    std::vector<BuiltMember> members;
    ErrorKind kind;
    std::string text;
  };
  BuiltMember bomb{"bomb", "xxxx", 8};
  bomb.n_bytes = 0x7FFFFFFFu;
  BuiltMember lying{"lying", "xxxx"};
  lying.n_bytes = 5;
  BuiltMember beyond{"beyond", "xxxx"};
  beyond.n_bytes = beyond.n_stored_bytes = 0x7FFFFFFFu;
  const Case cases[] = {
      {{bomb}, ErrorKind::kCorrupt, "claims 2147483647 bytes, made of 4"},
      {{lying}, ErrorKind::kCorrupt, "claims 5 bytes"},
      {{{"a", "x"}, beyond}, ErrorKind::kCorrupt, "member \"beyond\""},
      {{{"secret", "xxxx", 0, 1}}, ErrorKind::kUnsupported, "member \"secret\": is encrypted"},
      {{{"packed", "xxxx", 12}}, ErrorKind::kUnsupported, "compression method 12"},
  };
  MemoryFile file;
  for (const Case& bad : cases) {
    file.write(build_zip(bad.members));
    expect_error(bad.kind, {bad.text}, [&] { ZipArchive archive(file.path()); });
  }
}

TEST(ZipArchive, ReportsAReadThatFails) {
  GPT2RUN_NEEDS_LIBZIP();
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.zip";
  write_bytes(path, build_zip({{"a", std::string(100000, 'x')}}));
  const ZipArchive archive(path);
  std::filesystem::resize_file(path, 50000);
  for (int time = 0; time < 2; ++time) {
    expect_error(ErrorKind::kCorrupt, {path.string()}, [&] { archive.read(0, 1 << 20); });
  }
}

TEST(ZipArchive, ABuildWithoutLibzipSaysSo) {
  if (has_libzip()) GTEST_SKIP() << "this build has libzip";
  expect_error(ErrorKind::kUnsupported, {"is a zip file", "no libzip", "install libzip-dev"},
               [] { ZipArchive archive(test_data("fixtures/npz/params.npz")); });
}

TEST(FirstZipMember, IsReadWithoutTheDirectory) {
  MemoryFile file;
  const std::string whole = build_zip({{"a/data.pkl", "hello"}});
  file.write(whole.substr(0, 42));
  EXPECT_EQ(first_zip_member(InputFile(file.path())), "a/data.pkl");
  file.write(whole.substr(0, 33));
  EXPECT_EQ(first_zip_member(InputFile(file.path())), "a/d");
  file.write(whole.substr(0, 29));
  EXPECT_EQ(first_zip_member(InputFile(file.path())), std::nullopt);
}

}  // namespace
}  // namespace gpt2run
