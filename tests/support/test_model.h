#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/load_finding.h"
#include "support/bundle_builder.h"
#include "support/test_data.h"

namespace gpt2run {

// A small model of OpenAI's layout that loads, for tests that break it: n_vocab 270, n_ctx 16,
// n_embd 4, n_head 2, n_layer 2, in a folder whose name a shell must quote.
class TestModel {
 public:
  TestModel();
  BundleBuilder builder;

  std::filesystem::path path() const { return outside_.path() / "it's a model"; }
  std::filesystem::path outside() const { return outside_.path(); }  // it may be changed too

  // Writes the bundle, hparams.json and a vocabulary.
  void write();
  void write_vocabulary(const std::filesystem::path& folder) const;
  void write_hparams(const std::string& json) const;

  // Gives every tensor another name.
  void put_in_front(const std::string& prefix);
  void rename(const std::string& name, const std::string& to) { builder.tensor(name).name = to; }

 private:
  TemporaryFolder outside_;
};

// Whether this build reads a fixture: libzip is optional.
bool is_built_for(const std::string& fixture);

// What keeps a model from loading, with its vocabulary, as gpt2ckpt diagnose finds it.
std::vector<LoadFinding> diagnosed(const LoadRequest& request,
                                   std::vector<std::string>* notices = nullptr);
std::vector<LoadFinding> diagnosed(const std::filesystem::path& model);

// Expects one finding, of that kind, whose cause, evidence, remedy and commands hold all of the
// words. Returns it.
LoadFinding expect_finding(const std::vector<LoadFinding>& findings, FindingKind kind,
                           const std::vector<std::string>& words);

// Its texts, a line each.
std::string text_of(const LoadFinding& finding);

}  // namespace gpt2run
