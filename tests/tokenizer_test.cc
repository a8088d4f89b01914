#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "support/plain_tokenizer.h"
#include "support/random_text.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

using Ids = std::vector<int>;

const Tokenizer& shakespeare() {
  static const Tokenizer tokenizer(default_model());
  return tokenizer;
}

std::filesystem::path official_vocabulary() {
  return large_test_data("gpt2-vocab");
}

std::vector<nlohmann::json> json_lines(const std::filesystem::path& path) {
  std::vector<nlohmann::json> values;
  std::istringstream lines(read_bytes(path));
  for (std::string line; std::getline(lines, line);) {
    values.push_back(parse_json(line, path.string(), ErrorKind::kRuntime));
  }
  return values;
}

std::string base64_decode(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int n_bits = 0;
  for (const char digit : text) {
    if (digit == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(digits.find(digit));
    n_bits += 6;
    if (n_bits >= 8) bytes += static_cast<char>(bits >> (n_bits -= 8));
  }
  return bytes;
}

void expect_round_trip(const Tokenizer& tokenizer, const std::string& bytes) {
  const Ids ids = tokenizer.encode(bytes);
  ASSERT_EQ(tokenizer.decode(ids), bytes);
}

TEST(Tokenizer, EncodesTheDefaultModelsReferencePrompts) {
  const auto path = default_model() / "reference" / "greedy.json";
  const auto cases = parse_json(read_bytes(path), path.string(), ErrorKind::kRuntime);
  ASSERT_FALSE(cases.empty());
  for (const auto& one : cases) {
    EXPECT_EQ(shakespeare().encode(one["prompt"].get<std::string>()), one["ids"].get<Ids>());
    EXPECT_EQ(shakespeare().decode(one["ids"].get<Ids>()), one["prompt"].get<std::string>());
  }
  EXPECT_EQ(shakespeare().n_vocab(), 1025);
  EXPECT_EQ(shakespeare().eot(), 1024);
}

TEST(Tokenizer, EveryIdDecodesToItsBytes) {
  std::string all;
  Ids ids;
  for (int id = 0; id < shakespeare().n_vocab(); ++id) {
    EXPECT_FALSE(shakespeare().token_bytes(id).empty());
    all += shakespeare().token_bytes(id);
    ids.push_back(id);
  }
  EXPECT_EQ(shakespeare().decode(ids), all);
}

TEST(Tokenizer, RefusesIdsOutOfRange) {
  for (const int id : {-1, 1025, INT32_MAX, INT32_MIN}) {
    EXPECT_THROW(shakespeare().decode(Ids{0, id}), std::out_of_range) << id;
    EXPECT_THROW(shakespeare().token_bytes(id), std::out_of_range) << id;
  }
  EXPECT_EQ(shakespeare().decode({}), "");
  EXPECT_EQ(shakespeare().encode(""), Ids{});
}

TEST(Tokenizer, EndOfTextIsPlainTextUnlessAskedFor) {
  const std::string marker = "<|endoftext|>";
  const Ids plain = shakespeare().encode(marker);
  EXPECT_GT(plain.size(), 1u);
  EXPECT_EQ(std::count(plain.begin(), plain.end(), shakespeare().eot()), 0);
  EXPECT_EQ(shakespeare().encode(marker, Special::kParse), Ids{1024});
  EXPECT_EQ(shakespeare().encode(marker + marker, Special::kParse), (Ids{1024, 1024}));
  // The text before it ends there: its white space is not split as before a word.
  Ids expected = shakespeare().encode("a  ");
  expected.push_back(1024);
  for (const int id : shakespeare().encode(" b<|endoftext")) expected.push_back(id);
  EXPECT_EQ(shakespeare().encode("a  " + marker + " b<|endoftext", Special::kParse), expected);
}

TEST(Tokenizer, AVocabularyMayLackEndOfText) {
  Vocabulary vocabulary = read_vocabulary(default_model());
  vocabulary.tokens.pop_back();
  const Tokenizer tokenizer(vocabulary);
  EXPECT_EQ(tokenizer.eot(), -1);
  EXPECT_EQ(tokenizer.encode("<|endoftext|>", Special::kParse), tokenizer.encode("<|endoftext|>"));
}

TEST(Tokenizer, AllBytesAndPairsOfBytesRoundTrip) {
  for (int first = 0; first < 256; ++first) {
    std::string bytes(1, static_cast<char>(first));
    expect_round_trip(shakespeare(), bytes);
    for (int second = 0; second < 256; ++second) {
      expect_round_trip(shakespeare(), bytes + static_cast<char>(second));
    }
  }
}

TEST(Tokenizer, RandomBytesRoundTrip) {
  std::mt19937 random(4);
  for (int i = 0; i < 2000; ++i) {
    expect_round_trip(shakespeare(), random_bytes(random, random() % 100));
    expect_round_trip(shakespeare(), random_text(random) + random_bytes(random, random() % 4));
  }
}

TEST(Tokenizer, EqualsThePlainOneOnRandomTextsAndBytes) {
  const PlainTokenizer plain(read_vocabulary(default_model()));
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_text(random);
    ASSERT_EQ(shakespeare().encode(text), plain.encode(text)) << text;
    const std::string bytes = random_bytes(random, random() % 60);
    ASSERT_EQ(shakespeare().encode(bytes), plain.encode(bytes));
  }
}

// One long piece each. A quadratic merge takes minutes here.
void expect_no_quadratic_time(const Tokenizer& tokenizer) {
  std::mt19937 random(6);
  std::string letters;
  for (int i = 0; i < 1000000; ++i) letters += static_cast<char>('a' + random() % 26);
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& text :
       {std::string(1000000, 'e'), std::string(1000000, '\n'), std::string(1000000, ' ') + "e",
        std::string(1000000, '^'), std::string(1000000, '\x80'), letters}) {
    expect_round_trip(tokenizer, text);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(Tokenizer, AMillionUnbrokenCharactersTakeNoQuadraticTime) {
  expect_no_quadratic_time(shakespeare());
}

TEST(Tokenizer, IsSharedByThreads) {
  const Tokenizer tokenizer(default_model());
  const PlainTokenizer plain(read_vocabulary(default_model()));
  std::vector<std::thread> threads;
  std::array<bool, 4> equal{};
  for (unsigned seed = 0; seed < equal.size(); ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      bool all = true;
      for (int i = 0; i < 200; ++i) {
        const std::string text = random_text(random);
        all = all && tokenizer.encode(text) == plain.encode(text);
      }
      equal[seed] = all;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(equal, (std::array<bool, 4>{true, true, true, true}));
}

TEST(OfficialVocabulary, GivesTiktokensIds) {
  const auto path = large_test_data("fixtures/tokenizer_cases.jsonl");
  GPT2RUN_NEEDS(path);
  GPT2RUN_NEEDS(official_vocabulary());
  const Tokenizer tokenizer(official_vocabulary());
  const auto cases = json_lines(path);
  EXPECT_GE(cases.size(), 300u);
  for (const auto& one : cases) {
    const auto text = one["text"].get<std::string>();
    EXPECT_EQ(tokenizer.encode(text), one["ids"].get<Ids>()) << text;
    EXPECT_EQ(tokenizer.decode(one["ids"].get<Ids>()), text);
  }
}

TEST(OfficialVocabulary, GivesTiktokensIdsWithSpecialTokens) {
  const auto path = large_test_data("fixtures/special_cases.jsonl");
  GPT2RUN_NEEDS(path);
  GPT2RUN_NEEDS(official_vocabulary());
  const Tokenizer tokenizer(official_vocabulary());
  for (const auto& one : json_lines(path)) {
    const auto text = one["text"].get<std::string>();
    EXPECT_EQ(tokenizer.encode(text), one["ids_ordinary"].get<Ids>()) << text;
    EXPECT_EQ(tokenizer.encode(text, Special::kParse), one["ids_special"].get<Ids>()) << text;
  }
}

TEST(OfficialVocabulary, DecodesToTiktokensBytes) {
  const auto path = large_test_data("fixtures/decode_cases.jsonl");
  GPT2RUN_NEEDS(path);
  GPT2RUN_NEEDS(official_vocabulary());
  const Tokenizer tokenizer(official_vocabulary());
  for (const auto& one : json_lines(path)) {
    EXPECT_EQ(tokenizer.decode(one["ids"].get<Ids>()),
              base64_decode(one["bytes_b64"].get<std::string>()));
  }
}

TEST(OfficialVocabulary, EveryWholeWordIsItsOneToken) {
  GPT2RUN_NEEDS(official_vocabulary());
  const Tokenizer tokenizer(official_vocabulary());
  EXPECT_EQ(tokenizer.n_vocab(), 50257);
  EXPECT_EQ(tokenizer.eot(), 50256);
  EXPECT_EQ(tokenizer.encode(" Collider"), Ids{50253});
  EXPECT_EQ(tokenizer.encode(" gazed"), Ids{50255});
  for (int id = 0; id < tokenizer.eot(); ++id) {
    const std::string bytes(tokenizer.token_bytes(id));
    if (plain_split(bytes).size() == 1) {
      ASSERT_EQ(tokenizer.encode(bytes), Ids{id}) << bytes;
    }
  }
}

TEST(OfficialVocabulary, AMillionUnbrokenCharactersTakeNoQuadraticTime) {
  GPT2RUN_NEEDS(official_vocabulary());
  expect_no_quadratic_time(Tokenizer(official_vocabulary()));
}

TEST(OfficialVocabulary, EqualsThePlainTokenizer) {
  GPT2RUN_NEEDS(official_vocabulary());
  const Tokenizer tokenizer(official_vocabulary());
  const PlainTokenizer plain(read_vocabulary(official_vocabulary()));
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = random_text(random) + random_bytes(random, random() % 3);
    ASSERT_EQ(tokenizer.encode(text), plain.encode(text)) << text;
  }
}

}  // namespace
}  // namespace gpt2run
