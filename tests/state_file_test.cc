#include "loader/state_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::string read_text(const std::string& text) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "checkpoint", text);
  return read_state_file(folder.path() / "checkpoint");
}

TEST(StateFile, ReadsWhatTensorFlowWrites) {
  EXPECT_EQ(read_text("model_checkpoint_path: \"model.ckpt\"\n"
                      "all_model_checkpoint_paths: \"model.ckpt\"\n"),
            "model.ckpt");
  EXPECT_EQ(read_text("all_model_checkpoint_paths: \"a\"\nmodel_checkpoint_path: \"b\"\n"
                      "all_model_checkpoint_timestamps: 1700000000.5\n"
                      "last_preserved_timestamp: -1.5e9"),
            "b");
}

TEST(StateFile, ReadsTheTextFormOfProtobuf) {
  EXPECT_EQ(read_text("model_checkpoint_path:'a b' # why\r\n"), "a b");
  EXPECT_EQ(read_text("# first\n\tmodel_checkpoint_path\n:\n\"a\\\\b\\\"\\101\""), "a\\b\"A");
  EXPECT_EQ(read_text("model_checkpoint_path: \"/home/x/m\xC3\xA9\""), "/home/x/m\xC3\xA9");
}

TEST(StateFile, DamageIsReportedByLine) {
  const auto expect_refused = [](const std::string& text, const std::string& line,
                                 const std::string& what) {
    const std::string message =
        expect_error(ErrorKind::kCorrupt, {"checkpoint: " + line, what}, [&] { read_text(text); });
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 500u);
  };
  expect_refused("model_checkpoint_path: model.ckpt\n", "line 1", "with quotes");
  expect_refused("\nmodel_checkpoint_path: \"model.ckpt\n", "line 2", "closing quote");
  expect_refused("model_checkpoint_path: \"model.ckpt", "line 1", "closing quote");
  expect_refused("model_checkpoint_path \"model.ckpt\"", "line 1", "NAME: VALUE");
  expect_refused("model_checkpoint_path: ", "line 1", "with quotes");
  expect_refused("model_checkpoint_path: \"\"", "line 1", "empty");
  expect_refused("model_checkpoint_path: \"a\\nb\"", "line 1", "control characters");
  expect_refused("model_checkpoint_path: \"a\\0\"", "line 1", "control characters");
  expect_refused("model_checkpoint_path: \"a\\q\"", "line 1", "escape");
  expect_refused("model_checkpoint_path: \"a\\", "line 1", "escape");
  expect_refused("model_checkpoint_path: \"" + std::string(1 << 20, 'a') + "\"", "line 1",
                 "at most 4096 bytes, found 1048576");
  expect_refused(std::string(1 << 20, 'a'), "line 1", "NAME: VALUE");
  expect_refused("all_model_checkpoint_paths: \"a\"\n\n", "line 3", "found none");
  expect_refused("all_model_checkpoint_paths:\n", "line 2", "expected a value");
  expect_refused("# only this", "line 1", "found none");
  expect_refused(std::string("\0\0\0", 3), "line 1", "NAME: VALUE");
}

TEST(StateFile, FilesThatAreSomethingElseAreNamed) {
  expect_error(ErrorKind::kCorrupt, {"is empty"}, [] { read_text(""); });
  expect_error(ErrorKind::kCorrupt, {"HTML"}, [] { read_text("<html>"); });
  expect_error(ErrorKind::kCorrupt, {"at most"}, [] { read_text(std::string(5 << 20, ' ')); });
  const TemporaryFolder folder;
  expect_error(ErrorKind::kCorrupt, {"a folder"}, [&] { read_state_file(folder.path()); });
  expect_error(ErrorKind::kNotFound, {}, [&] { read_state_file(folder.path() / "checkpoint"); });
}

}  // namespace
}  // namespace gpt2run
