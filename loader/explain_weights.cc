#include "loader/explain_weights.h"

#include <optional>

#include "base/printable.h"
#include "loader/convert.h"
#include "loader/dtype.h"
#include "loader/explain_error.h"
#include "loader/folder_listing.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxEvidence = 40;

// "path: tensor: expected X, found Y", without what it may mean and what to do.
std::string cause_of(const InputError& error) {
  const std::string message = error.what();
  return message.substr(0, message.find("; "));
}

// What went wrong with one kind of reading, in the order of the tensors.
struct Trouble {
  LoadFinding finding;
  size_t n_tensors = 0;

  void add(const std::string& line) {
    if (++n_tensors <= kMaxEvidence) finding.evidence.push_back(line);
    if (n_tensors == kMaxEvidence + 1) finding.evidence.emplace_back("and more");
  }
};

class ValuesExplainer {
 public:
  ValuesExplainer(const MappedSource& weights, const LoadRequest& request,
                  const LoadProgress& progress)
      : weights_(weights), request_(request), progress_(progress) {}

  std::vector<LoadFinding> explain() {
    for (size_t i = 0; i < weights_.tensors().size(); ++i) {
      n_total_ += weights_.source().tensors()[weights_.origin(i)].n_items();
    }
    for (size_t i = 0; i < weights_.tensors().size(); ++i) {
      if (is_readable_float(weights_.tensors()[i].dtype)) read(i);
    }
    std::vector<LoadFinding> findings;
    if (broken_) findings.push_back(finish_broken());
    if (not_finite_) findings.push_back(finish_not_finite());
    if (is_not_finite_first_ && findings.size() == 2) std::swap(findings[0], findings[1]);
    return findings;
  }

 private:
  void read(size_t i) {
    // As they are stored: what a name map cuts off is part of the file too, what it pads is not.
    const size_t origin = weights_.origin(i);
    const TensorInfo& tensor = weights_.source().tensors()[origin];
    std::vector<float> values(tensor.n_items());
    size_t n_bad = 0;
    try {
      weights_.source().read_float32(origin, values.data(), [&](const float* piece, size_t n) {
        for (size_t at = find_not_finite(piece, n); at < n;) {
          ++n_bad;
          at += 1 + find_not_finite(piece + at + 1, n - at - 1);
        }
        n_done_ += n;
        if (progress_) progress_(n_done_, n_total_);
      });
    } catch (const InputError& error) {
      if (!broken_) broken_ = Trouble{explain_error(error, request_)};
      broken_->add(cause_of(error));
      return;
    }
    ++n_whole_;
    if (n_bad == 0) return;
    is_not_finite_first_ |= !broken_ && !not_finite_;
    if (!not_finite_) not_finite_.emplace();
    not_finite_->add(printable(tensor.name) + ": " + std::to_string(n_bad) + " of " +
                     std::to_string(values.size()) + " values are NaN or infinite");
  }

  // One tensor is damage; most of them are another save's.
  LoadFinding finish_broken() {
    LoadFinding& finding = broken_->finding;
    const size_t n = broken_->n_tensors, n_read = n + n_whole_;
    const bool is_bundle = is_there(weights_.path() + ".index");
    const bool is_most = n > 1 && n > n_whole_;
    if (finding.kind != FindingKind::kDamagedFile) return finding;
    finding.cause = weights_.path() + ": " + std::to_string(n) + " of " + std::to_string(n_read) +
                    " weights are damaged";
    finding.remedy = is_bundle ? "download index and data again" : "download the file again";
    if (is_bundle && is_most) {
      finding.kind = FindingKind::kOtherSave;
      finding.cause = weights_.path() +
                      ": index and data are of different saves: " + std::to_string(n) + " of " +
                      std::to_string(n_read) + " checksums are wrong";
      finding.remedy = "get index and data of one save, both of them";
    }
    return finding;
  }

  LoadFinding finish_not_finite() {
    LoadFinding& finding = not_finite_->finding;
    finding.kind = FindingKind::kNotFinite;
    finding.error = ErrorKind::kCorrupt;
    finding.cause = weights_.path() + ": " + std::to_string(not_finite_->n_tensors) +
                    (not_finite_->n_tensors == 1 ? " weight holds" : " weights hold") +
                    " NaN or infinity: the model was saved broken";
    finding.remedy = "use an earlier save";
    return finding;
  }

  const MappedSource& weights_;
  const LoadRequest& request_;
  const LoadProgress& progress_;
  std::optional<Trouble> broken_, not_finite_;
  bool is_not_finite_first_ = false;
  size_t n_whole_ = 0;
  uint64_t n_done_ = 0, n_total_ = 0;
};

}  // namespace

std::vector<LoadFinding> explain_values(const MappedSource& weights, const LoadRequest& request,
                                        const LoadProgress& progress) {
  return ValuesExplainer(weights, request, progress).explain();
}

}  // namespace gpt2run
