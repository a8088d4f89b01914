#include "loader/explain_names.h"

#include <algorithm>

#include "loader/explain_config.h"
#include "loader/explain_error.h"
#include "loader/explain_misfits.h"
#include "loader/misfit_report.h"
#include "loader/misfits.h"
#include "loader/propose_map.h"
#include "loader/unknown_prefix.h"

namespace gpt2run {
namespace {

class NamesExplainer {
 public:
  NamesExplainer(const Checkpoint& checkpoint, const std::optional<ModelConfig>& config,
                 const LoadRequest& request)
      : checkpoint_(checkpoint), source_(*checkpoint.source), config_(config), request_(request) {
    diagnosis_.options = checkpoint.options;
  }

  NamesDiagnosis explain() {
    if (config_ && fits_as_it_is()) return std::move(diagnosis_);
    take_prefix_away();
    const WeightMap map = map_weights(source_, diagnosis_.options);
    const InferredHparams inferred = infer_hparams(MappedSource(source_, map));
    ModelConfig fitted = config_.value_or(ModelConfig{});
    fitted.hparams = fitted_hparams(inferred, fitted.hparams);
    if (config_ && !config_advice(MappedSource(source_, map), config_->hparams).empty()) {
      diagnosis_.findings.push_back(explain_other_config(
          config_->hparams, inferred, checkpoint_.files, config_->origin, request_));
    }
    const MapProposal proposal = propose_name_map(source_, map, fitted.hparams);
    explain_the_rest(proposal, map, fitted);
    if (config_ && diagnosis_.findings.empty()) add_loading_error();
    return std::move(diagnosis_);
  }

 private:
  void add(std::vector<LoadFinding> findings) {
    for (LoadFinding& finding : findings) diagnosis_.findings.push_back(std::move(finding));
  }

  bool fits_as_it_is() {
    try {
      return match_names(*checkpoint_.weights, *config_, checkpoint_.options.allow_missing)
          .misfits.empty();
    } catch (const InputError& error) {  // a type that no weight can have
      diagnosis_.findings.push_back(explain_error(error, request_));
      return true;
    }
  }

  void take_prefix_away() {
    const auto prefix = find_unknown_prefix(source_, *checkpoint_.map);
    if (!prefix) return;
    diagnosis_.findings.push_back(explain_prefix(*prefix, checkpoint_, request_));
    MapOptions options = without_prefix(diagnosis_.options, prefix->prefix);
    std::vector<std::string> extra;
    if (auto doubles = explain_doubles(source_, options, request_, extra)) {
      diagnosis_.findings.push_back(std::move(*doubles));
      options.skip.insert(options.skip.end(), extra.begin(), extra.end());
    }
    diagnosis_.options = std::move(options);
  }

  // What does not fit with another config and the proposed map either.
  //   before  the map without the proposal, whose family and prefix the messages spell
  void explain_the_rest(const MapProposal& proposal, const WeightMap& before,
                        const ModelConfig& fitted) {
    if (!proposal.rules.empty()) {
      diagnosis_.options.name_map.emplace(proposal.rules, "the proposed map");
    }
    WeightMap map = map_weights(source_, diagnosis_.options);
    map.family = before.family;
    map.prefix = before.prefix;
    const MappedSource weights(source_, map);
    const bool any_known =
        std::any_of(before.tensors.begin(), before.tensors.end(),
                    [](const MappedTensor& tensor) { return tensor.role == TensorRole::kWeight; });
    constexpr size_t kFew = 4;  // of names that are near to GPT-2's by chance
    if (proposal.rules.empty() || (!any_known && proposal.rules.size() <= kFew)) {
      diagnosis_.findings.push_back(explain_unknown_names(source_, request_));
      return;
    }
    add(explain_proposal(source_, before, proposal, request_));
    if (fitted.hparams.n_embd > 0 && fitted.hparams.n_layer > 0) {
      add(explain_misfits(match_names(weights, fitted, diagnosis_.options.allow_missing),
                          fitted.hparams, request_));
    }
  }

  void add_loading_error() {
    try {
      throw_misfits(*checkpoint_.weights, *config_,
                    match_names(*checkpoint_.weights, *config_, checkpoint_.options.allow_missing));
    } catch (const InputError& error) {
      diagnosis_.findings.push_back(explain_error(error, request_));
    }
  }

  const Checkpoint& checkpoint_;
  const TensorSource& source_;
  const std::optional<ModelConfig>& config_;
  const LoadRequest& request_;
  NamesDiagnosis diagnosis_;
};

}  // namespace

NamesDiagnosis explain_names(const Checkpoint& checkpoint, const std::optional<ModelConfig>& config,
                             const LoadRequest& request) {
  return NamesExplainer(checkpoint, config, request).explain();
}

}  // namespace gpt2run
