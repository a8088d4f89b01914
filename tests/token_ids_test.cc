#include "tokenizer/token_ids.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gpt2run {
namespace {

// One slot for all, and nothing in the hash that tells them apart.
size_t one_hash(std::string_view) {
  return 7;
}

// A few slots beside each other.
size_t length_hash(std::string_view spelling) {
  return spelling.size();
}

// One slot for all; the highest bits, which stand in it, differ.
size_t high_hash(std::string_view spelling) {
  return std::hash<std::string_view>()(spelling) << 55;
}

StringList numbers(int n) {
  StringList tokens;
  for (int i = 0; i < n; ++i) tokens.push_back("token " + std::to_string(i));
  return tokens;
}

TokenIds with_all(const StringList& tokens, TokenIds::Hash hash) {
  TokenIds ids(tokens, hash);
  for (size_t id = 0; id < tokens.size(); ++id) {
    EXPECT_EQ(ids.add(static_cast<int>(id)), TokenIds::kNone) << id;
  }
  return ids;
}

void expect_all(const TokenIds& ids, const StringList& tokens) {
  for (size_t id = 0; id < tokens.size(); ++id) {
    EXPECT_EQ(ids.find(tokens[id]), static_cast<int>(id)) << tokens[id];
    EXPECT_EQ(ids.find(std::string(tokens[id]) + "."), TokenIds::kNone) << tokens[id];
  }
  EXPECT_EQ(ids.find(""), TokenIds::kNone);
}

TEST(TokenIds, FindsEveryTokenAndNoOther) {
  for (const int n : {0, 1, 2, 3, 31, 32, 33, 1000, 50257}) {
    const StringList tokens = numbers(n);
    TokenIds ids(tokens);
    for (int id = 0; id < n; ++id) EXPECT_EQ(ids.add(id), TokenIds::kNone);
    expect_all(ids, tokens);
  }
}

TEST(TokenIds, FindsTheTokensWhoseHashesCollide) {
  for (const auto hash : {one_hash, length_hash, high_hash}) {
    for (const int n : {1, 32, 33, 1000}) {
      const StringList tokens = numbers(n);
      expect_all(with_all(tokens, hash), tokens);
    }
  }
}

TEST(TokenIds, ATokenThatStandsTwiceKeepsItsFirstId) {
  StringList tokens = numbers(100);
  tokens.push_back(tokens[3]);   // within the slots
  tokens.push_back(tokens[90]);  // beyond them, where all hashes are one
  for (const auto hash : {one_hash, length_hash, high_hash}) {
    TokenIds ids(tokens, hash);
    for (int id = 0; id < 100; ++id) EXPECT_EQ(ids.add(id), TokenIds::kNone);
    EXPECT_EQ(ids.add(100), 3);
    EXPECT_EQ(ids.add(101), 90);
    EXPECT_EQ(ids.find(tokens[3]), 3);
    EXPECT_EQ(ids.find(tokens[90]), 90);
  }
}

TEST(TokenIds, ASpellingMayBeEmptyOrHoldAnyBytes) {
  const StringList tokens = {
      "a", "", std::string(1, '\0'), std::string(2, '\0'), "\xFF", std::string(100000, 'x')};
  for (const auto hash : {one_hash, length_hash}) {
    const TokenIds ids = with_all(tokens, hash);
    for (size_t id = 0; id < tokens.size(); ++id) {
      EXPECT_EQ(ids.find(tokens[id]), static_cast<int>(id));
    }
    EXPECT_EQ(ids.find(std::string(3, '\0')), TokenIds::kNone);
  }
}

TEST(TokenIds, TokensOfOneHashTakeNoQuadraticTime) {
  // A minute and more, were each of them compared with all before it.
  const StringList tokens = numbers(300000);
  const TokenIds ids = with_all(tokens, one_hash);
  EXPECT_EQ(ids.find(tokens.back()), 299999);
  EXPECT_EQ(ids.find("token 300000"), TokenIds::kNone);
}

}  // namespace
}  // namespace gpt2run
