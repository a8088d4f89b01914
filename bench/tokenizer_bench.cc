#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace gpt2run {
namespace {

constexpr size_t kTextBytes = 1 << 20;

std::filesystem::path default_vocabulary() {
  return std::filesystem::path(GPT2RUN_SOURCE_DIR) / "models" / "shakespeare";
}

std::filesystem::path official_vocabulary() {
  return std::filesystem::path(GPT2RUN_TEST_DATA_DIR) / "gpt2-vocab";
}

// English from Alice's Adventures in Wonderland (public domain), whose words english() draws.
constexpr const char* kPassage =
    "Alice was beginning to get very tired of sitting by her sister on the bank, and of having "
    "nothing to do: once or twice she had peeped into the book her sister was reading, but it had "
    "no pictures or conversations in it, \"and what is the use of a book,\" thought Alice "
    "\"without "
    "pictures or conversations?\"\n\nSo she was considering in her own mind (as well as she could, "
    "for the hot day made her feel very sleepy and stupid), whether the pleasure of making a "
    "daisy-chain would be worth the trouble of getting up and picking the daisies, when suddenly a "
    "White Rabbit with pink eyes ran close by her.\n\nThere was nothing so very remarkable in "
    "that; nor did Alice think it so very much out of the way to hear the Rabbit say to itself, "
    "\"Oh dear! Oh dear! I shall be late!\" But when the Rabbit actually took a watch out of its "
    "waistcoat-pocket, and looked at it, and then hurried on, Alice started to her feet, for it "
    "flashed across her mind that she'd never before seen a rabbit with either a "
    "waistcoat-pocket, or a watch to take out of it, and burning with curiosity, she ran across "
    "the field after it, and fortunately was just in time to see it pop down a large rabbit-hole "
    "under the hedge. In 1865, chapter 2 began: \"Curiouser and curiouser!\" cried Alice (she was "
    "so much surprised, that for the moment she quite forgot how to speak good English); \"now "
    "I'm opening out like the largest telescope that ever was! Good-bye, feet!\"\n";

// A megabyte of the passage's words in random order: the passage over and over would let branch
// prediction learn it by heart.
const std::string& english() {
  static const std::string text = [] {
    std::istringstream words(kPassage);
    const std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    std::mt19937 random(1);
    std::string made;
    while (made.size() < kTextBytes)
      made += all[random() % all.size()] + (random() % 12 ? " " : "\n");
    made.resize(kTextBytes);
    return made;
  }();
  return text;
}

// The held-out Shakespeare, where the larger test data is.
std::string shakespeare() {
  const auto path =
      std::filesystem::path(GPT2RUN_TEST_DATA_DIR) / "text" / "shakespeare-heldout.txt";
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string random_letters() {
  std::mt19937 random(1);
  std::string text(kTextBytes, ' ');
  for (char& letter : text) letter = static_cast<char>('a' + random() % 26);
  return text;
}

void encode(benchmark::State& state, const std::filesystem::path& vocabulary,
            const std::string& text) {
  const Tokenizer tokenizer(vocabulary);
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer.encode(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void decode(benchmark::State& state, const std::filesystem::path& vocabulary,
            const std::string& text) {
  const Tokenizer tokenizer(vocabulary);
  const std::vector<int> ids = tokenizer.encode(text);
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer.decode(ids));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void load(benchmark::State& state, const std::filesystem::path& vocabulary) {
  for (auto _ : state) benchmark::DoNotOptimize(Tokenizer(vocabulary));
}

void add_benchmarks(const std::string& name, const std::filesystem::path& vocabulary) {
  const auto add = [&](const char* what, auto function, auto... arguments) {
    benchmark::RegisterBenchmark(("tokenizer/" + name + "/" + what).c_str(), function, vocabulary,
                                 arguments...)
        ->Unit(benchmark::kMillisecond);
  };
  add("load", load);
  add("encode_english", encode, english());
  if (!shakespeare().empty()) add("encode_shakespeare", encode, shakespeare());
  add("encode_one_long_piece", encode, std::string(kTextBytes, 'a'));
  add("encode_random_letters", encode, random_letters());
  add("decode_english", decode, english());
}

const bool kAdded = [] {
  add_benchmarks("default", default_vocabulary());
  if (std::filesystem::exists(official_vocabulary())) {
    add_benchmarks("official", official_vocabulary());
  }
  return true;
}();

}  // namespace
}  // namespace gpt2run
