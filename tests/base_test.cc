#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/json.h"
#include "base/npy.h"
#include "base/printable.h"
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

TEST(ParseJson, SaysWhereItStoppedInAFewWords) {
  const auto message = [](const std::string& text) {
    try {
      parse_json(text, "x", ErrorKind::kMismatch);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message("{\"a\": b}"), "x: not JSON at column 7: found \"b}\"");
  EXPECT_EQ(message("{\n \"a\":\n  b\n}"), "x: not JSON at line 3, column 3: found \"b\\x0a}\"");
  EXPECT_EQ(message("{\n\"a\""), "x: not JSON at line 2, column 4: ends too early");
  EXPECT_EQ(message(""), "x: not JSON at column 1: ends too early");
  EXPECT_EQ(message("\"\xFF\""), "x: not JSON at column 2: found \"\\xff\"\"");
  EXPECT_EQ(message("[1e999]"), "x: a number is out of range");
  EXPECT_EQ(message("{\"a\nb\": 1, \"a\\nb\": 2}").find('\n'), std::string::npos);
  EXPECT_LT(message("nonsense" + std::string(100000, 'a')).size(), 200u);
  EXPECT_LT(message("[\"" + std::string(100000, 'a') + "\n\"]").size(), 200u);
  const std::string key = "\"" + std::string(100000, 'k') + "\"";
  EXPECT_LT(message("{" + key + ":1," + key + ":2}").size(), 250u);
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

TEST(AtomicFile, ReplacesWhatALinkPointsToAndKeepsTheLink) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "there");
  const auto link = folder.path() / "link", file = folder.path() / "there" / "file";
  std::filesystem::create_symlink("there/second", link);
  std::filesystem::create_symlink("file", folder.path() / "there" / "second");
  for (const char* text : {"first", "next"}) {  // the link dangles, then it does not
    AtomicFile out(link);
    out.write(text);
    EXPECT_NE(std::filesystem::exists(file) ? read_bytes(file) : "", text);
    out.commit();
    EXPECT_EQ(read_bytes(file), text);
  }
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path() / "there" / "second"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path() / "there"), {}), 2);
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  EXPECT_EQ(kind_of_error([&] { AtomicFile out(folder.path() / "loop"); }), ErrorKind::kRuntime);
}

TEST(AtomicFile, WritesStraightToWhatIsNoRegularFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  for (const auto& target : {path, std::filesystem::path("/dev/null")}) {
    AtomicFile out(target);
    out.write("text");
    out.commit();
  }
  char buffer[8];
  EXPECT_EQ(::read(reader, buffer, sizeof(buffer)), 4);
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(path));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFile, TouchesNoFileOfTheUsers) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "out";
  const auto neighbour = path.string() + "." + std::to_string(::getpid()) + ".tmp";
  write_bytes(neighbour, "the user's own");
  AtomicFile out(path);
  out.write("text");
  out.commit();
  EXPECT_EQ(read_bytes(neighbour), "the user's own");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(AtomicFile, TakesTheLongestNameThereIs) {
  const TemporaryFolder folder;
  const auto path = folder.path() / std::string(255, 'a');
  AtomicFile out(path);
  out.write("text");
  out.commit();
  EXPECT_EQ(read_bytes(path), "text");
}

TEST(Printable, EscapesLineEndsExceptInLists) {
  const std::string text = "a\nb\033" + std::string(200, 'c');
  EXPECT_EQ(printable_line(text), "a\\x0ab\\x1b" + std::string(200, 'c'));
  EXPECT_EQ(printable_lines("a\nb\n  c\n"), "a\\x0ab\n  c\\x0a");
  EXPECT_EQ(printable(text), "a\\x0ab\\x1b" + std::string(116, 'c') + "... (204 bytes)");
}

}  // namespace
}  // namespace gpt2run
