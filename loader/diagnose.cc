#include "loader/diagnose.h"

#include <algorithm>
#include <system_error>

#include "loader/bundle.h"
#include "loader/explain_bundle.h"
#include "loader/explain_config.h"
#include "loader/explain_error.h"
#include "loader/explain_names.h"
#include "loader/explain_weights.h"
#include "loader/inferred_hparams.h"
#include "loader/name_map.h"

namespace gpt2run {
namespace {

// What stands for a checkpoint that cannot be opened, so that the rest can be looked at.
class NoTensors : public TensorSource {
 public:
  explicit NoTensors(const std::string& path) : path_(path) {}
  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  void read_float32(size_t, float*, const ReadProgress&) const override {}

 private:
  std::string path_;
  std::vector<TensorInfo> tensors_;
};

bool has_config_in_header(Format format) {
  return format == Format::kGguf || format == Format::kGgml || format == Format::kLlmc ||
         format == Format::kTorch;
}

bool has_own_vocabulary(Format format) {
  return format == Format::kGguf || format == Format::kGgml;
}

class Diagnoser {
 public:
  Diagnoser(const LoadRequest& request, const CountTokens& count_tokens,
            std::vector<std::string>& notices, const LoadProgress& progress)
      : request_(request), count_tokens_(count_tokens), notices_(notices), progress_(progress) {}

  std::vector<LoadFinding> diagnose() {
    read_wishes();
    if (!find_files()) return std::move(findings_);
    open();
    look_at_vocabulary();
    look_at_config();
    if (!checkpoint_.source->tensors().empty() || is_open_) look_at_weights();
    look_at_vocabulary_size();
    return std::move(findings_);
  }

 private:
  void add(LoadFinding finding) {
    // Files that were renamed are named once, with all that they explain.
    const bool is_known =
        std::any_of(findings_.begin(), findings_.end(), [&](const LoadFinding& other) {
          return other.kind == finding.kind && other.commands == finding.commands &&
                 finding.kind == FindingKind::kRenamedFile;
        });
    if (!is_known) findings_.push_back(std::move(finding));
  }

  void read_wishes() {
    options_.skip = request_.skip;
    options_.allow_missing = request_.allow_missing;
    if (request_.name_map.empty()) return;
    try {
      options_.name_map = read_name_map(request_.name_map);
    } catch (const InputError& error) {
      LoadFinding finding = explain_error(error, request_);
      finding.kind = FindingKind::kNameMap;
      add(std::move(finding));
    }
  }

  // False if there is nothing more to look at.
  bool find_files() {
    try {
      files_ = find_model_files(request_.model, request_.hparams, request_.vocab);
      notices_ = files_.notices;
      return true;
    } catch (const InputError& error) {
      add(explain_not_found(error, request_));
      if (!is_part_of_model_here()) return false;
    }
    files_ = files_without_checkpoint(request_.model, request_.hparams, request_.vocab);
    is_found_ = false;
    return true;
  }

  // Whether the folder is a model's, of which something is missing, so that more may be.
  bool is_part_of_model_here() const {
    std::error_code ignored;
    const LoadFinding& found = findings_.back();
    return std::filesystem::is_directory(request_.model, ignored) &&
           (found.kind == FindingKind::kRenamedFile ||
            (found.kind == FindingKind::kMissingFile && !found.evidence.empty()));
  }

  void open() {
    std::unique_ptr<TensorSource> source = std::make_unique<NoTensors>(files_.checkpoint.string());
    if (is_found_) {
      try {
        source = open_format(files_.format, files_.checkpoint);
        is_open_ = true;
      } catch (const InputError& error) {
        explain_unopened(error, source);
      }
    }
    std::vector<std::string> extra;
    if (auto doubles = explain_doubles(*source, options_, request_, extra)) {
      add(std::move(*doubles));
      options_.skip.insert(options_.skip.end(), extra.begin(), extra.end());
    }
    try {
      checkpoint_ = open_checkpoint(files_, std::move(source), options_);
    } catch (const InputError& error) {  // a step of the name map that cannot be taken
      LoadFinding finding = explain_error(error, request_);
      finding.kind = FindingKind::kNameMap;
      add(std::move(finding));
      options_.name_map.reset();
      is_open_ = false;
      checkpoint_ = open_checkpoint(files_, std::make_unique<NoTensors>(files_.checkpoint.string()),
                                    options_);
    }
  }

  // A bundle's index tells its names and shapes without its data.
  void explain_unopened(const InputError& error, std::unique_ptr<TensorSource>& source) {
    std::vector<LoadFinding> findings;
    if (files_.format == Format::kBundle) {
      try {
        auto bundle = std::make_unique<Bundle>(files_.checkpoint, DataFiles::kNotNeeded);
        findings = explain_data_files(files_.checkpoint, bundle->index(), request_);
        source = std::move(bundle);
      } catch (const InputError&) {
        // The index is what is damaged, which the error says.
      }
    }
    if (error.kind() == ErrorKind::kNotFound) {
      const auto folder = files_.checkpoint.parent_path();
      auto renamed = explain_renamed_files(folder, error.kind());
      if (renamed) findings = {std::move(*renamed)};
    }
    if (findings.empty()) findings.push_back(explain_error(error, request_));
    for (LoadFinding& finding : findings) add(std::move(finding));
  }

  void look_at_vocabulary() {
    const bool is_unknown =
        !is_open_ && has_own_vocabulary(files_.format) && !files_.is_vocab_given;
    if (is_unknown) return;
    try {
      n_tokens_ = count_tokens_(checkpoint_);
    } catch (const InputError& error) {
      add(explain_vocabulary_error(error, checkpoint_, count_tokens_, request_));
    }
  }

  void look_at_config() {
    if (!is_open_ && has_config_in_header(files_.format) && !files_.is_hparams_given) return;
    try {
      config_ = read_model_config(checkpoint_);
    } catch (const InputError& error) {
      add(explain_config_error(error, files_, infer_hparams(*checkpoint_.weights),
                               checkpoint_.map->family, request_));
    }
  }

  void look_at_weights() {
    NamesDiagnosis names = explain_names(checkpoint_, config_, request_);
    for (LoadFinding& finding : names.findings) add(std::move(finding));
    if (!is_open_) return;
    const WeightMap map = map_weights(*checkpoint_.source, names.options);
    const MappedSource weights(*checkpoint_.source, map);
    for (LoadFinding& finding : explain_values(weights, request_, progress_))
      add(std::move(finding));
  }

  void look_at_vocabulary_size() {
    if (!config_ || !n_tokens_ || *n_tokens_ <= config_->hparams.n_vocab) return;
    // A config that says too little is a finding already.
    const int64_t n_rows = infer_hparams(*checkpoint_.weights).n_vocab;
    if (n_rows >= *n_tokens_) return;
    add(explain_other_vocabulary(*n_tokens_, config_->hparams.n_vocab, checkpoint_, count_tokens_,
                                 request_));
  }

  const LoadRequest& request_;
  const CountTokens& count_tokens_;
  std::vector<std::string>& notices_;
  const LoadProgress& progress_;
  std::vector<LoadFinding> findings_;
  MapOptions options_;
  ModelFiles files_;
  Checkpoint checkpoint_;
  std::optional<int> n_tokens_;
  std::optional<ModelConfig> config_;
  bool is_found_ = true;
  bool is_open_ = false;  // its weights can be read
};

}  // namespace

std::vector<LoadFinding> diagnose(const LoadRequest& request, const CountTokens& count_tokens,
                                  std::vector<std::string>& notices, const LoadProgress& progress) {
  return Diagnoser(request, count_tokens, notices, progress).diagnose();
}

}  // namespace gpt2run
