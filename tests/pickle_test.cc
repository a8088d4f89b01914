#include "loader/pickle.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace gpt2run {
namespace {

using Kind = PickleValue::Kind;
using std::string_literals::operator""s;

Pickle parse(const std::string& opcodes) {
  return parse_pickle("\x80\x02" + opcodes, "file", "data.pkl",
                      [](std::string_view global) { return global == "torch.Size"; });
}

TEST(Pickle, ReadsConstantsAndNumbers) {
  const Pickle pickle = parse(
      "(N\x88\x89K\xffM\x01\x02J\xfe\xff\xff\xff\x8a\x01\x80\x8a\x00\x8a\x02\xff\x00"
      "G\xbf\xf8\x00\x00\x00\x00\x00\x00\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01t."s);
  const auto& items = pickle[pickle.root].items;
  ASSERT_EQ(items.size(), 11u);
  EXPECT_EQ(pickle[items[0]].kind, Kind::kNone);
  EXPECT_EQ(pickle[items[1]].number, 1);
  EXPECT_EQ(pickle[items[2]].kind, Kind::kBool);
  const int64_t expected[] = {255, 513, -2, -128, 0, 255};
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(pickle[items[3 + i]].kind, Kind::kInt);
    EXPECT_EQ(pickle[items[3 + i]].number, expected[i]) << i;
  }
  EXPECT_EQ(pickle[items[9]].real, -1.5);
  EXPECT_EQ(pickle[items[10]].kind, Kind::kLongInt);
}

TEST(Pickle, ReadsTextsContainersAndTheMemo) {
  const std::string opcodes =
      "}q\x05(U\x01"
      "a](K\x01K\x02"
      "eX\x01\x00\x00\x00"s +
      "bh\x05\x8c\x01"
      "cC\x02hiu.";
  const Pickle pickle = parse(opcodes + "rest");
  EXPECT_EQ(pickle.n_bytes, 2 + opcodes.size());
  const PickleValue& dict = pickle[pickle.root];
  EXPECT_EQ(dict.kind, Kind::kDict);
  ASSERT_EQ(dict.items.size(), 6u);
  EXPECT_EQ(pickle[dict.items[0]].text, "a");
  EXPECT_EQ(pickle[dict.items[1]].items.size(), 2u);
  EXPECT_EQ(dict.items[3], pickle.root);  // it holds itself
  EXPECT_EQ(pickle[dict.items[5]].kind, Kind::kBytes);
}

TEST(Pickle, KeepsCallsWithoutRunningThem) {
  const Pickle pickle = parse("ctorch\nSize\nK\x07\x85\x85R.");
  const PickleValue& call = pickle[pickle.root];
  EXPECT_EQ(call.kind, Kind::kCall);
  EXPECT_EQ(pickle[call.items[0]].text, "torch.Size");
  const Pickle ordered = parse(
      "ccollections\nOrderedDict\n](K\x01K\x02\x86"
      "e\x85R.");
  EXPECT_EQ(ordered[ordered.root].kind, Kind::kDict);
  EXPECT_EQ(ordered[ordered.root].items.size(), 2u);
}

TEST(Pickle, NamesWhatItRefuses) {
  const std::pair<std::string, std::string> cases[] = {
      {"c__builtin__\neval\n.", "asks for __builtin__.eval, which is refused"},
      {"\x8c\x02os\x8c\x06system\x93.", "asks for os.system"},
      {"cos\nsys\x1b[2Jtem\n.", "asks for os.sys\\x1b[2Jtem"},
      {"(ios\nsystem\n.", "opcode 105"},
      {"\x8f.", "opcode 143"},
      {"V.", "opcode 86"},
  };
  for (const auto& [opcodes, text] : cases) {
    expect_error(ErrorKind::kUnsupported, {"file: data.pkl at byte", text},
                 [&bytes = opcodes] { parse(bytes); });
  }
  expect_error(ErrorKind::kUnsupported, {"found 9"},
               [] { parse_pickle("\x80\x09N.", "file", "p", [](auto) { return true; }); });
}

TEST(Pickle, HostileOnesAreRefused) {
  const std::string cases[] = {
      "",
      "N",
      ".",
      "NN.",
      "(N.",
      "(.",
      "t.",
      "e.",
      "R.",
      "\x86.",
      "NR.",
      "NNR.",
      "0.",
      "2.",
      "1.",
      "h\x01.",
      "j\xff\xff\xff\xff.",
      "q\x01.",
      "(q\x01t.",  // the memo may not see below a mark
      "Na.",
      "]}(NNu.",
      "}(Nu.",
      "NNs.",
      "X\xff\xff\xff\xff.",
      "\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
      "\x8b\xff\xff\xff\xff.",
      "ctorch\nSize",
      "c" + std::string(5000, 'x') + "\n\n.",
      "NN\x93.",
      "\xff.",
      "Q.",
      "Nb.",
      "K\x01}b.",
      "ccollections\nOrderedDict\n]N\x61\x85R.",
  };
  for (const std::string& opcodes : cases) {
    try {
      parse(opcodes);
      ADD_FAILURE() << testing::PrintToString(opcodes);
    } catch (const InputError& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kUnsupported);
    }
  }
}

TEST(Pickle, TakesNoMoreMemoryThanItsLimits) {
  std::string nested = std::string(500000, ']');  // [[[...]]]: no recursion
  nested += std::string(499999, 'a') + ".";
  EXPECT_EQ(parse(nested).values.size(), 500000u);
  expect_error(ErrorKind::kUnsupported, {"values"}, [] { parse(std::string(2000000, 'N')); });
  // One value, an item of many lists.
  std::string tuples = "(";
  for (int i = 0; i < 10; ++i) tuples += "(N" + std::string(1000000, '2') + "t";
  expect_error(ErrorKind::kUnsupported, {"items"}, [&] { parse(tuples + "t."); });
}

}  // namespace
}  // namespace gpt2run
