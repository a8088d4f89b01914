#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "support/gpt2run_program.h"
#include "support/test_data.h"

extern char** environ;

namespace gpt2run {
namespace {

TEST(Gpt2runOutput, AFullDiskOnStdoutIsCode1) {
  for (const char* command :
       {"--prompt ROMEO:", "--prompt ROMEO: --json", "--help", "--version", "tokenize < $0"}) {
    const ProgramResult result =
        run_gpt2run_in_shell("\"$0\" " + std::string(command) + " > /dev/full");
    SCOPED_TRACE(command);
    expect_error(result, 1, {"stdout", "No space left"});
  }
  EXPECT_EQ(run_gpt2run_in_shell("\"$0\" --prompt ROMEO: -n 0 > /dev/full").exit_code, 0);
}

TEST(Gpt2runOutput, AClosedStdoutIsCode1AndNoFileTakesItsPlace) {
  expect_error(run_gpt2run_in_shell("\"$0\" --prompt ROMEO: >&-"), 1, {"stdout"});
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out.npy";
  const std::string reference = default_model() / "reference" / "logits_0.npy";
  expect_error(run_gpt2run_in_shell("\"$0\" logits --ids 858,25 --output \"" + out +
                                    "\" --compare \"" + reference + "\" >&-"),
               1, {"stdout"});
  EXPECT_EQ(std::filesystem::file_size(out), std::filesystem::file_size(reference));
}

TEST(Gpt2runOutput, AReaderThatLeavesEndsItBySigpipe) {
  const TemporaryFolder folder;
  const std::string fifo = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  // 4 is the reader, gone before the program starts.
  const ProgramResult result =
      run_gpt2run_in_shell("exec 4<>'" + fifo + "' 5>'" + fifo +
                           "' 4>&-; \"$0\" --prompt ROMEO: -n 200 >&5; echo code $? >&2");
  EXPECT_EQ(result.err, "code 141\n");
}

TEST(Gpt2runOutput, AnOutputThatCannotBeWrittenLeavesNothing) {
  const TemporaryFolder folder;
  const std::string missing = folder.path() / "none" / "out.npy";
  expect_error(run_gpt2run({"logits", "--ids", "1", "--output", missing}), 1, {missing});
  expect_error(run_gpt2run({"logits", "--ids", "1", "--output", folder.path()}), 1,
               {folder.path().string()});
  expect_error(run_gpt2run({"logits", "--ids", "1", "--output", "/proc/out.npy"}), 1,
               {"/proc/out.npy"});
  // A limit on the size of files stands in for a full disk.
  const std::string out = folder.path() / "out.npy";
  write_bytes(out, "old");
  expect_error(
      run_gpt2run_in_shell("trap '' XFSZ; ulimit -f 1; \"$0\" logits --ids 1,2,3 --output " + out),
      1, {out, "File too large"});
  EXPECT_EQ(read_bytes(out), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Gpt2runOutput, LogitsGoStraightToDevicesAndStdout) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out.npy";
  const std::string logits = "\"$0\" logits --ids 858,25 -o ";
  ASSERT_EQ(run_gpt2run({"logits", "--ids", "858,25", "-o", out}).exit_code, 0);
  const std::string expected = read_bytes(out);
  EXPECT_EQ(run_gpt2run_in_shell(logits + "/dev/stdout").out, expected);
  EXPECT_EQ(run_gpt2run_in_shell(logits + "/dev/stdout | cat").out, expected);
  EXPECT_EQ(run_gpt2run_in_shell(logits + "/dev/stdout >> '" + out + "'").exit_code, 0);
  EXPECT_EQ(read_bytes(out), expected + expected);
  const ProgramResult null = run_gpt2run_in_shell(logits + "/dev/null");
  EXPECT_EQ(null.exit_code, 0) << null.err;
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  expect_error(run_gpt2run_in_shell(logits + "/dev/full"), 1, {"/dev/full", "No space left"});
}

TEST(Gpt2runOutput, NoMemoryIsCode1) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "an address limit stops the sanitizers themselves";
#endif
  const TemporaryFolder folder;
  const std::string file = folder.path() / "large";
  write_bytes(file, "");
  std::filesystem::resize_file(file, size_t{1} << 30);  // takes no disk
  expect_error(run_gpt2run_in_shell("ulimit -v 1000000; \"$0\" tokenize " + file), 1,
               {"out of memory"});
}

TEST(Gpt2runOutput, AnAddressLimitThatTheModelDoesNotFitIntoIsCode1) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "an address limit stops the sanitizers themselves";
#endif
  expect_error(run_gpt2run_in_shell("ulimit -v 30000; \"$0\" --prompt ROMEO:"), 1,
               {"out of memory", "the weights take 11.7 MB"});
}

TEST(Gpt2runOutput, ASignalEndsItAndWhatWasMadeHasBeenWritten) {
  const std::string expected = run_gpt2run({"--prompt", "ROMEO:", "-n", "250", "--ignore-eot"}).out;
  for (const int signal : {SIGINT, SIGTERM}) {
    // A pipe with room for some bytes only: the program cannot be done before the signal comes.
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const int capacity = ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
    ASSERT_GE(capacity, 4096);
    const std::string filler(static_cast<size_t>(capacity) - 100, '-');
    ASSERT_EQ(::write(ends[1], filler.data(), filler.size()), static_cast<ssize_t>(filler.size()));

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::string words[] = {program("gpt2run"), "--prompt", "ROMEO:", "-n", "250", "--ignore-eot"};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = 0;
    ASSERT_EQ(::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    int n_waiting = 0;
    for (int i = 0; i < 3000 && n_waiting <= static_cast<int>(filler.size()); ++i) {
      ::usleep(10000);
      ASSERT_EQ(::ioctl(ends[0], FIONREAD, &n_waiting), 0);
    }
    ::kill(pid, signal);
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << status;
    std::string shown(static_cast<size_t>(capacity), '\0');
    shown.resize(static_cast<size_t>(::read(ends[0], shown.data(), shown.size())));
    ::close(ends[0]);
    const std::string text = shown.substr(filler.size());
    EXPECT_FALSE(text.empty());
    EXPECT_TRUE(expected.starts_with(text)) << text;
  }
}

TEST(Gpt2runOutput, ATerminalAsStdinIsNoPrompt) {
  const TerminalResult result = run_gpt2run_on_terminal({}, {"NO_COLOR=1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(result.shown.starts_with("gpt2run: no prompt")) << result.shown;
}

TEST(Gpt2runOutput, ColourIsForTerminalsThatWantIt) {
  const auto shown = [](const std::string& term, const std::string& no_color) {
    return run_gpt2run_on_terminal({"--frobnicate"}, {"TERM=" + term, "NO_COLOR=" + no_color})
        .shown;
  };
  EXPECT_NE(shown("xterm", "").find('\033'), std::string::npos);
  EXPECT_EQ(shown("xterm", "1").find('\033'), std::string::npos);
  EXPECT_EQ(shown("dumb", "").find('\033'), std::string::npos);
  EXPECT_EQ(run_gpt2run({"--frobnicate"}, "", {"TERM=xterm"}).err.find('\033'), std::string::npos);
}

TEST(Gpt2runOutput, OnATerminalTheTextEndsWithANewline) {
  const TerminalResult result =
      run_gpt2run_on_terminal({"--prompt", "To be, or not to", "-n", "1"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.shown.ends_with("\r\n")) << result.shown;
}

TEST(Gpt2runOutput, MessagesShowControlCharactersInsteadOfSendingThem) {
  const ProgramResult result = run_gpt2run({"--model", "/none/\033[31m", "--prompt", "a"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.err.find('\033'), std::string::npos);
}

TEST(Gpt2runOutput, MessagesAreOneLineWhateverThePathsHold) {
  expect_error(run_gpt2run({"--model", "/none/a\nb", "--prompt", "a"}), 3, {"a\\x0ab"});
  expect_error(run_gpt2run({"tokenize", "/none/a\nb"}), 3, {"a\\x0ab"});
  const TemporaryFolder folder;
  write_bytes(folder.path() / "a\nb", "{\n}");
  expect_error(run_gpt2run({"--hparams", folder.path() / "a\nb", "--prompt", "a"}), 5, {"a\\x0ab"});
}

}  // namespace
}  // namespace gpt2run
