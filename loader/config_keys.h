#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/params.h"

namespace gpt2run {

// Reads the keys of a model's config, whatever its format calls them.
class ConfigKeys {
 public:
  //   json    an object, which outlives this
  //   origin  for messages: the path
  ConfigKeys(const nlohmann::json& json, const std::string& origin)
      : json_(json), origin_(origin) {}

  // Errors (of all): CheckpointError kMismatch, with the key.
  void fail(const std::string& key, const std::string& what) const;

  // A size that must be there: an integer from 1 to the most that hparams take.
  int size(const std::string& key, int Hparams::*member) const;

  bool boolean(const std::string& key, bool otherwise) const;
  float positive(const std::string& key, float otherwise) const;

  // Null where the key is absent or null.
  const nlohmann::json* find(const std::string& key) const;

  // Errors: CheckpointError kMismatch unless n_head divides n_embd.
  void check_heads(const Hparams& hparams, const std::string& key) const;

  // What stands there, short enough for a message.
  static std::string shown(const nlohmann::json& value);

 private:
  const nlohmann::json& json_;
  const std::string& origin_;
};

}  // namespace gpt2run
