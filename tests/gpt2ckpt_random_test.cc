// gpt2ckpt random through the built program, and what is left of its work when it is stopped.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "loader/crc32c.h"
#include "support/conversion.h"
#include "support/gpt2ckpt_program.h"
#include "support/running_program.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr const char* kSmall = "2,4,48,64,400";

ProgramResult make_random(const fs::path& target, std::vector<std::string> flags) {
  flags.insert(flags.begin(), {"random", "-q", target.string()});
  return run_gpt2ckpt(flags);
}

uint32_t crc_of(const fs::path& file) {
  const std::string bytes = read_bytes(file);
  return crc32c(bytes.data(), bytes.size());
}

class Gpt2ckptRandom : public testing::Test {
 protected:
  fs::path place(const std::string& name) const { return folder_.path() / name; }
  TemporaryFolder folder_{memory_folder()};
};

TEST_F(Gpt2ckptRandom, TheSameSeedGivesTheSameBytesEverywhere) {
  const fs::path file = place("a.bin");
  const ProgramResult result = make_random(file, {"--shape", kSmall, "--seed", "7"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, file.string() + ": llmc, float32, random with seed 7\n");
  EXPECT_EQ(fs::file_size(file), 338176u);  // as tests/data/fixtures/llmc/model.bin
  EXPECT_EQ(crc_of(file), 0x15D4C804u);
  make_random(place("tf1"), {"--shape", kSmall, "--seed", "7", "--to", "tf1", "--dtype", "bf16"});
  EXPECT_EQ(crc_of(place("tf1") / "model.ckpt.data-00000-of-00001"), 0x0E0E908Fu);
  EXPECT_EQ(crc_of(place("tf1") / "model.ckpt.index"), 0x19581EFEu);
}

TEST_F(Gpt2ckptRandom, AnotherSeedGivesAnotherModelAndNoneIsZero) {
  make_random(place("7.bin"), {"--shape", kSmall, "--seed", "7"});
  make_random(place("8.bin"), {"--shape", kSmall, "--seed", "8"});
  make_random(place("0.bin"), {"--shape", kSmall, "--seed", "0"});
  make_random(place("none.bin"), {"--shape", kSmall});
  EXPECT_NE(read_bytes(place("7.bin")), read_bytes(place("8.bin")));
  EXPECT_NE(read_bytes(place("7.bin")), read_bytes(place("0.bin")));
  EXPECT_EQ(read_bytes(place("none.bin")), read_bytes(place("0.bin")));
  const std::string largest = "18446744073709551615";
  EXPECT_EQ(make_random(place("max.bin"), {"--shape", kSmall, "--seed", largest}).exit_code, 0);
}

TEST_F(Gpt2ckptRandom, EveryFormatHoldsTheSameModel) {
  const std::string vocab = test_data("fixtures/tf1");
  make_random(place("a"), {"--shape", kSmall, "--to", "tf1", "--vocab", vocab});
  EXPECT_EQ(read_bytes(place("a") / "vocab.bpe"), read_bytes(vocab + "/vocab.bpe"));
  for (const auto& [format, unused] : target_formats()) {
    const fs::path target = place("as-" + format);
    EXPECT_EQ(make_random(target, {"--shape", kSmall, "--to", format, "--vocab", vocab}).exit_code,
              0);
    EXPECT_EQ(run_gpt2ckpt({"diff", "-q", place("a"), target}).exit_code, 0) << format;
    EXPECT_EQ(run_gpt2ckpt({"verify", "-q", target}).exit_code, 0) << format;
  }
}

TEST_F(Gpt2ckptRandom, SpeaksJson) {
  EXPECT_EQ(gpt2ckpt_json({"random", place("a.bin"), "--shape", kSmall, "--seed", "3"}),
            nlohmann::json({{"target", place("a.bin").string()},
                            {"target_format", "llmc"},
                            {"dtype", "float32"},
                            {"seed", 3},
                            {"vocabulary", false},
                            {"verified", true}}));
}

TEST_F(Gpt2ckptRandom, AShapeThatIsNoneIsCode2) {
  for (const char* shape :
       {"124m", "2,4,48,64", "2,4,48,64,400,1", "2,5,48,64,400", "0,4,48,64,400", "2,4,48,64,-1",
        "2,4,48,64,4e2", "2, 4,48,64,400", "2,4,48,64,", ",,,,", "x", "2,4,48,64,99999999999"}) {
    const ProgramResult result = make_random(place("a.bin"), {"--shape", shape});
    EXPECT_EQ(result.exit_code, 2) << shape;
    EXPECT_TRUE(contains(result.err, "--shape: expected ")) << result.err;
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
  }
  EXPECT_EQ(make_random(place("a.bin"), {}).exit_code, 2);
  EXPECT_EQ(make_random(place("a.bin"), {"--shape", ""}).exit_code, 2);
  EXPECT_EQ(make_random(place("a.bin"), {"--shape", kSmall, "--seed", "-1"}).exit_code, 2);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// Runs of random that take a while, each replacing what the one before has left.
class Gpt2ckptStopped : public Gpt2ckptRandom {
 protected:
  static constexpr const char* kShape = "2,8,128,256,6000";  // 5 MB

  static std::vector<std::string> command(const fs::path& target, int seed) {
    return {program("gpt2ckpt"),  "random",  target, "-q",
            "--overwrite",        "--shape", kShape, "--seed",
            std::to_string(seed), "--to",    "tf1"};
  }
  void SetUp() override {
    for (const int seed : {0, 1}) {
      const ProgramResult result = run_program(command(place("reference"), seed));
      ASSERT_EQ(result.exit_code, 0) << result.err;
      expected_[seed] = files_of(place("reference"));
    }
    fs::rename(place("reference"), target());  // of seed 1
    ASSERT_NE(expected_[0], expected_[1]);
  }

  fs::path target() const { return place("model"); }
  int seed_here() const {
    const Files files = files_of(target());
    return files == expected_[0] ? 0 : files == expected_[1] ? 1 : -1;
  }
  size_t n_here() const { return std::distance(fs::directory_iterator(folder_.path()), {}); }

  void wait_for_its_folder(RunningProgram& running) const {
    while (n_here() < 2 && running.is_running()) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

 private:
  Files expected_[2];
};

TEST_F(Gpt2ckptStopped, ASignalEndsItByThatSignalAndNothingIsLeft) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    bool was_stopped = false;
    for (int i = 0; i < 50 && !was_stopped; ++i) {  // it may be done before the signal comes
      const int before = seed_here();
      RunningProgram running(command(target(), 1 - before));
      wait_for_its_folder(running);
      running.send(signal);
      const ProgramResult result = running.wait();
      ASSERT_EQ(n_here(), 1u);
      ASSERT_TRUE(result.signal == signal || result.exit_code == 0) << result.exit_code;
      was_stopped = result.signal == signal && seed_here() == before;
      ASSERT_EQ(seed_here(), was_stopped ? before : 1 - before);
    }
    EXPECT_TRUE(was_stopped) << signal;
  }
}

TEST_F(Gpt2ckptStopped, ASignalThatIsIgnoredDoesNotEndIt) {
  std::vector<std::string> words = command(target(), 0);
  words.insert(words.begin(), {"/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""});
  RunningProgram running(words);
  wait_for_its_folder(running);
  running.send(SIGHUP);
  EXPECT_EQ(running.wait().exit_code, 0);
  EXPECT_EQ(seed_here(), 0);
}

TEST_F(Gpt2ckptStopped, KilledAtAnyMomentItLeavesTheOldOneOrTheWholeNewOne) {
  constexpr int kRuns = 24;
  const auto start = steady_clock::now();
  ASSERT_EQ(run_program(command(target(), 0)).exit_code, 0);
  const auto whole = steady_clock::now() - start;
  int n_kept = 0, n_replaced = 0;
  for (int i = 0; i < kRuns; ++i) {
    const int before = seed_here();
    RunningProgram running(command(target(), 1 - before));
    std::this_thread::sleep_for(whole * (i + 1) * 5 / (kRuns * 4));
    running.send(SIGKILL);
    running.wait();
    const int after = seed_here();
    ASSERT_NE(after, -1) << "run " << i;
    ++(after == before ? n_kept : n_replaced);
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path() == target()) continue;
      EXPECT_TRUE(entry.path().filename().string().starts_with(".gpt2run-")) << entry.path();
      fs::remove_all(entry.path());
    }
  }
  EXPECT_GE(n_kept, 1);
  EXPECT_EQ(n_kept + n_replaced, kRuns);
}

TEST_F(Gpt2ckptStopped, OfTwoWritersAtOnceOneWinsWhole) {
  for (int i = 0; i < 4; ++i) {
    RunningProgram one(command(target(), 0)), other(command(target(), 1));
    const int codes[] = {one.wait().exit_code, other.wait().exit_code};
    EXPECT_TRUE(codes[0] == 0 || codes[1] == 0);
    EXPECT_NE(seed_here(), -1);
    EXPECT_EQ(n_here(), 1u);
  }
}

}  // namespace
}  // namespace gpt2run
