#pragma once

#include <array>

#include "engine/params.h"

namespace gpt2run {

// What passes cost, as multiples of a pass of the whole model over one row.
struct DraftCosts {
  double row = 0;    // one more row in the same pass
  double guess = 0;  // one id guessed by the copy
};

// The share of guesses that were right, the latest counting most.
class RunningShare {
 public:
  explicit RunningShare(double first_guess) : right_(kFirstWeight * first_guess) {}

  double value() const { return right_ / all_; }
  void add(bool is_right) {
    right_ = kDecay * right_ + (is_right ? 1 : 0);
    all_ = kDecay * all_ + 1;
  }

 private:
  static constexpr double kFirstWeight = 4, kDecay = 0.97;
  double right_;
  double all_ = kFirstWeight;
};

// How sure a guess is: by how far the copy's largest logit stands above its second, or by how many
// ids the text's end has in common with the earlier place that the guess is taken from.
enum class Confidence {};
Confidence confidence_of_margin(float margin);
Confidence confidence_of_length(int length);

enum class DraftSource { kNone, kCopy, kLookup };

// Decides how many ids are guessed before a pass of the whole model checks them, so that the most
// ids come out a unit of time. Ids a time, at the best number of guesses by the share that were
// right of late, is the price of time; one more guess pays if the chance that it and all before it
// are right is more than its cost at that price.
// The same checks lead to the same decisions: there is no clock in it.
class DraftPlan {
 public:
  explicit DraftPlan(const DraftCosts& costs) : costs_(costs) {}

  // What to guess with in the next round; kNone, if nothing pays, but now and then kCopy even so,
  // for times may change.
  //   repeat_length  of the text's end with an earlier place; 0: there is none
  //   limit          ids that may be guessed at most
  DraftSource choose(int repeat_length, int limit);

  // The chance that such a guess is right.
  double chance(Confidence confidence) const;

  // Whether the copy should guess once more.
  //   chance  that all guesses before are right
  bool copy_pays(double chance) const;

  // Whether one more looked-up guess should be checked.
  //   chance  that it and all before it are right
  bool lookup_pays(double chance) const;

  // What the check found of a guess; of those behind the first wrong one it finds nothing.
  void add(DraftSource source, Confidence confidence, bool is_right);

 private:
  double price() const;

  DraftCosts costs_;
  int n_plain_rounds_ = 0;  // in a row
  RunningShare copy_{0.85};
  // As measured with int4 copies of two models, a trained and a random one; by length, a start.
  std::array<RunningShare, 12> shares_ = {
      RunningShare(0.35), RunningShare(0.45), RunningShare(0.5),  RunningShare(0.7),
      RunningShare(0.85), RunningShare(0.96), RunningShare(0.99), RunningShare(0.2),
      RunningShare(0.35), RunningShare(0.5),  RunningShare(0.75), RunningShare(0.95)};
};

}  // namespace gpt2run
