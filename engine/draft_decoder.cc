#include "engine/draft_decoder.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "engine/gpt2.h"
#include "engine/ops.h"
#include "engine/sampler.h"

namespace gpt2run {
namespace {

struct TopTwo {
  int id = 0;
  float margin = 0;  // of the largest logit above the second
};

// Any answer will do where logits are not finite: it is only a guess.
TopTwo top_two(const float* logits, int n) {
  const Eigen::Map<const Eigen::RowVectorXf> all(logits, n);
  const float largest = all.maxCoeff();
  const int id = static_cast<int>(std::find(logits, logits + n, largest) - logits);
  if (id == n) return {};
  float second = -std::numeric_limits<float>::infinity();
  if (id > 0) second = all.head(id).maxCoeff();
  if (id + 1 < n) second = std::max(second, all.tail(n - id - 1).maxCoeff());
  return {id, largest - second};
}

}  // namespace

DraftDecoder::DraftDecoder(const Params& params, const DraftModel& draft, int n_sampleable)
    : params_(params),
      draft_(draft),
      n_sampleable_(n_sampleable),
      cache_(params),
      plan_(draft.costs) {}

void DraftDecoder::prefill(std::span<const int> prompt) {
  prompt_state_ = last_hidden_state(prompt, params_, cache_, LogitsOf::kLastRow);
  ids_.assign(prompt.begin(), prompt.end());
  n_given_ = ids_.size();
}

int DraftDecoder::next(int n_wanted) {
  assert(!ids_.empty() && n_wanted >= 1 && n_given_ < static_cast<size_t>(cache_.n_ctx()));
  if (n_given_ == ids_.size()) {
    if (prompt_state_.size() > 0) {
      ids_.push_back(argmax(prompt_state_));
      prompt_state_ = Matrix();
    } else {
      const int n_free = cache_.n_ctx() - static_cast<int>(ids_.size());
      guess(std::min({kFewRows, n_wanted, n_free}) - 1);  // the check itself gives one id
      check();
    }
  }
  return ids_[n_given_++];
}

void DraftDecoder::guess(int limit) {
  guesses_.clear();
  const Repeat repeat = draft_.looks_up ? find_repeat(ids_) : Repeat{};
  source_ = plan_.choose(repeat.length, limit);
  if (source_ == DraftSource::kCopy) guess_by_copy(limit);
  if (source_ == DraftSource::kLookup) guess_by_lookup(repeat, limit);
}

void DraftDecoder::guess_by_copy(int limit) {
  const int n_past = cache_.n_past();
  int id = ids_.back();
  double chance = 1;
  do {
    guesses_.push_back(copy_step(id));
    id = guesses_.back().id;
    chance *= plan_.chance(guesses_.back().confidence);
  } while (static_cast<int>(guesses_.size()) < limit && plan_.copy_pays(chance));
  cache_.truncate(n_past);
}

DraftDecoder::Guess DraftDecoder::copy_step(int id) {
  const Matrix logits = gpt2({&id, 1}, draft_.copy, cache_);  // [1, n_vocab]
  const TopTwo top = top_two(logits.data(), n_sampleable_);
  if (!draft_.replace_guess) return {top.id, confidence_of_margin(top.margin)};
  // The copy's margin says nothing of another's guess: all are taken to be alike.
  constexpr float kAlike = 0.3f;
  const int position = static_cast<int>(ids_.size() + guesses_.size());
  return {draft_.replace_guess(position, top.id), confidence_of_margin(kAlike)};
}

void DraftDecoder::guess_by_lookup(const Repeat& repeat, int limit) {
  double chance = 1;
  for (int i = 0; i < limit; ++i) {
    const Confidence confidence = confidence_of_length(repeat.length + i);
    chance *= plan_.chance(confidence);
    if (!plan_.lookup_pays(chance)) break;
    // A loop shorter than the guess goes on in what was guessed before.
    const size_t at = static_cast<size_t>(repeat.next + i);
    const int id = at < ids_.size() ? ids_[at] : guesses_[at - ids_.size()].id;
    guesses_.push_back({id, confidence});
  }
}

void DraftDecoder::check() {
  std::vector<int> rows = {ids_.back()};
  for (const Guess& guess : guesses_) rows.push_back(guess.id);
  const int n_past = cache_.n_past();
  const Matrix x = last_hidden_state(rows, params_, cache_, LogitsOf::kAllRows);
  ++report_.n_passes;
  ++report_.n_passes_of[rows.size()];
  if (guesses_.empty()) return accept({argmax(x)});
  const std::vector<int> best = argmax_of_rows(x);
  if (std::find(best.begin(), best.end(), -1) == best.end()) return accept(best);
  // What overflows for a wrong guess may have reached the rows before it: once more, alone.
  cache_.truncate(n_past);
  guesses_.clear();
  check();
}

void DraftDecoder::accept(const std::vector<int>& best) {
  const int n_past = cache_.n_past() - static_cast<int>(best.size());
  size_t n_right = 0;
  while (n_right < guesses_.size() && guesses_[n_right].id == best[n_right]) ++n_right;
  count(n_right);
  for (size_t i = 0; i <= n_right; ++i) ids_.push_back(best[i]);
  cache_.truncate(n_past + 1 + static_cast<int>(n_right));
}

void DraftDecoder::count(size_t n_right) {
  if (guesses_.empty()) return;
  DraftCount& count = source_ == DraftSource::kCopy ? report_.copy : report_.lookup;
  count.n_guessed += static_cast<int>(guesses_.size());
  count.n_right += static_cast<int>(n_right);
  count.n_wrong += n_right < guesses_.size() ? 1 : 0;
  for (size_t i = 0; i < std::min(n_right + 1, guesses_.size()); ++i) {
    plan_.add(source_, guesses_[i].confidence, i < n_right);
  }
}

std::vector<int> DraftDecoder::argmax_of_rows(const Matrix& x) const {
  if (draft_.head != nullptr) return draft_.head->argmax_of_rows(x, n_sampleable_);
  return gpt2run::argmax_of_rows(x, params_.lm_head, n_sampleable_);
}

int DraftDecoder::argmax(const Matrix& x) const {
  const int id = argmax_of_rows(x).front();
  if (id >= 0) return id;
  const Matrix logits = lm_head(x, params_.lm_head);  // not finite: refused as without guesses
  return Sampler({}).sample({logits.data(), static_cast<size_t>(n_sampleable_)});
}

}  // namespace gpt2run
