#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/json.h"
#include "base/npy.h"
#include "base/utf8.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

template <class Call>
ErrorKind kind_of_error(Call call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::kRuntime;
}

TEST(InputFile, RefusesWhatIsNotARegularFileWithoutBlocking) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(kind_of_error([&] { InputFile file(path); }), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of_error([&] { InputFile file(folder.path()); }), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of_error([&] { InputFile file("/dev/zero"); }), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of_error([&] { InputFile file(folder.path() / "none"); }), ErrorKind::kNotFound);
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  EXPECT_EQ(kind_of_error([&] { InputFile file(folder.path() / "loop"); }), ErrorKind::kNotFound);
}

TEST(InputFile, SaysThatAFileShrank) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  write_bytes(path, "0123456789");
  const InputFile file(path);
  std::filesystem::resize_file(path, 4);
  char buffer[10];
  EXPECT_EQ(kind_of_error([&] { file.read_at(0, buffer, 10); }), ErrorKind::kCorrupt);
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "file", "12345");
  EXPECT_EQ(read_file(folder.path() / "file", 5, ErrorKind::kMismatch), "12345");
  EXPECT_EQ(kind_of_error([&] { read_file(folder.path() / "file", 4, ErrorKind::kMismatch); }),
            ErrorKind::kMismatch);
}

TEST(ParseJson, RefusesDuplicateKeysAndDeepNesting) {
  EXPECT_EQ(parse_json(R"({"a": {"b": 1}, "b": [2]})", "x", ErrorKind::kMismatch)["b"][0], 2);
  for (const std::string& text :
       {std::string(R"({"a": 1, "a": 2})"), std::string(R"([{"a": {"b": 1, "b": 1}}])"),
        std::string(100000, '['), std::string("{\"a\":"), std::string("")}) {
    EXPECT_EQ(kind_of_error([&] { parse_json(text, "x", ErrorKind::kMismatch); }),
              ErrorKind::kMismatch)
        << text.substr(0, 20);
  }
}

TEST(Npy, ReadsBackItsOwnHeader) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.npy";
  for (const auto& shape : {std::vector<int64_t>{}, {3}, {2, 3}, {2, 1, 5}}) {
    size_t n = 4;
    for (const int64_t size : shape) n *= static_cast<size_t>(size);
    const std::string header = npy_header("<f4", shape);
    EXPECT_EQ(header.size() % 64, 0u);
    write_bytes(path, header + std::string(n, 'x'));
    const NpyArray array = read_npy(path);
    EXPECT_EQ(array.dtype, "<f4");
    EXPECT_EQ(array.shape, shape);
    EXPECT_EQ(array.data, std::string(n, 'x'));
  }
}

TEST(Npy, EveryTruncationIsAnError) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.npy";
  const std::string whole = npy_header("<i4", {2}) + "12345678";
  for (size_t n = 0; n < whole.size(); ++n) {
    write_bytes(path, whole.substr(0, n));
    EXPECT_EQ(kind_of_error([&] { read_npy(path); }), ErrorKind::kMismatch) << n;
  }
}

TEST(Utf8, TellsWholeBrokenAndIncompleteCharactersApart) {
  EXPECT_EQ(utf8_length("a"), 1u);
  EXPECT_EQ(utf8_length("\xC3\xA9x"), 2u);
  EXPECT_EQ(utf8_length("\xE2\x82\xAC"), 3u);
  EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80"), 4u);
  for (const char* broken : {"", "\x80", "\xC0\xAF", "\xE0\x9F\x80", "\xED\xA0\x80",
                             "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82"}) {
    EXPECT_EQ(utf8_length(broken), 0u);
  }
  EXPECT_TRUE(utf8_is_incomplete("\xE2\x82"));
  EXPECT_FALSE(utf8_is_incomplete("\xED\xA0"));
  EXPECT_FALSE(utf8_is_incomplete("\x80"));
  EXPECT_EQ(utf8_complete_prefix("ab\xF0\x9F\x98"), 2u);
  EXPECT_EQ(utf8_complete_prefix("ab\x80"), 3u);
  EXPECT_EQ(utf8_replace_invalid("a\xE2\x82z\x80\x80\xED\xA0\x80"),
            "a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(AtomicFile, IsSeenWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "out";
  write_bytes(path, "old");
  {
    AtomicFile file(path);
    file.write("half");
  }
  EXPECT_EQ(read_bytes(path), "old");
  {
    AtomicFile file(path);
    file.write("new");
    file.commit();
  }
  EXPECT_EQ(read_bytes(path), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  EXPECT_EQ(kind_of_error([&] { AtomicFile file(folder.path() / "none" / "out"); }),
            ErrorKind::kRuntime);
  EXPECT_EQ(kind_of_error([&] { AtomicFile file(folder.path()); }), ErrorKind::kRuntime);
}

}  // namespace
}  // namespace gpt2run
