#include "loader/name_map.h"

#include <re2/re2.h>

#include <stdexcept>

#include "base/file.h"
#include "base/json.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/families.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;
constexpr size_t kMaxRules = 100'000;

using nlohmann::json;
using nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& path, const std::string& where, const std::string& what) {
  throw CheckpointError(ErrorKind::kMismatch, path, where, what);
}

int64_t take_size(const json& value) {
  if (!value.is_number_integer()) throw std::invalid_argument("expected a whole number");
  return value.get<int64_t>();
}

Transform parse_slice(const json& ranges) {
  Transform slice{.kind = Transform::kSlice};
  for (const json& range : ranges) {
    if (!range.is_array() || range.size() != 2) {
      throw std::invalid_argument("expected \"slice\": [[begin, end], ...]");
    }
    slice.ranges.emplace_back(take_size(range[0]), take_size(range[1]));
  }
  return slice;
}

Transform parse_pad(const json& sizes) {
  Transform pad{.kind = Transform::kPad};
  for (const json& size : sizes) pad.shape.push_back(take_size(size));
  return pad;
}

Transform parse_transform(const json& value) {
  constexpr std::pair<const char*, Transform::Kind> kWords[] = {
      {"squeeze", Transform::kSqueeze},
      {"unsqueeze", Transform::kUnsqueeze},
      {"transpose", Transform::kTranspose}};
  for (const auto& [word, kind] : kWords) {
    if (value == word) return {.kind = kind};
  }
  if (value.is_object() && value.size() == 1 && value.begin()->is_array()) {
    if (value.contains("slice")) return parse_slice(value["slice"]);
    if (value.contains("pad")) return parse_pad(value["pad"]);
  }
  throw std::invalid_argument(
      "expected \"squeeze\", \"unsqueeze\", \"transpose\", {\"slice\": [[begin, end], ...]} or "
      "{\"pad\": [size, ...]}");
}

std::string take_text(const json& rule, const char* key) {
  const auto at = rule.find(key);
  if (at == rule.end() || !at->is_string()) {
    throw std::invalid_argument(std::string("expected a string under \"") + key + "\"");
  }
  return at->get<std::string>();
}

NameRule parse_rule(const json& value) {
  if (!value.is_object()) throw std::invalid_argument("expected an object");
  NameRule rule;
  rule.is_pattern = value.contains("pattern");
  rule.source = take_text(value, rule.is_pattern ? "pattern" : "source");
  rule.target = take_text(value, "target");
  for (const auto& [key, ignored] : value.items()) {
    if (key != "source" && key != "pattern" && key != "target" && key != "transform" &&
        key != "note") {
      throw std::invalid_argument("unknown key " + printable(key));
    }
  }
  if (rule.is_pattern && value.contains("source")) {
    throw std::invalid_argument("expected \"source\" or \"pattern\", found both");
  }
  if (value.contains("note")) rule.note = take_text(value, "note");
  if (value.contains("transform")) {
    if (!value["transform"].is_array()) {
      throw std::invalid_argument("expected a list under \"transform\"");
    }
    rule.transforms.emplace();
    for (const json& step : value["transform"]) rule.transforms->push_back(parse_transform(step));
  }
  return rule;
}

std::string rule_text(size_t i) {
  return "rule " + std::to_string(i + 1);
}

bool is_weight(const std::string& target) {
  return family_name(Family::kOpenAi, target) == target && !target.empty();
}

ordered_json transform_json(const Transform& transform) {
  if (transform.kind == Transform::kPad) return {{"pad", transform.shape}};
  if (transform.kind != Transform::kSlice) return transform_text(transform);
  ordered_json ranges = ordered_json::array();
  for (const auto& [begin, end] : transform.ranges) {
    ranges.push_back(ordered_json::array({begin, end}));
  }
  return {{"slice", ranges}};
}

ordered_json rule_json(const NameRule& rule) {
  ordered_json value;
  value[rule.is_pattern ? "pattern" : "source"] = rule.source;
  value["target"] = rule.target;
  if (rule.transforms) {
    value["transform"] = ordered_json::array();
    for (const Transform& step : *rule.transforms) {
      value["transform"].push_back(transform_json(step));
    }
  }
  if (!rule.note.empty()) value["note"] = rule.note;
  return value;
}

// A line each, so that a person can edit them.
std::string lines_text(const std::vector<ordered_json>& values) {
  std::string text;
  for (const ordered_json& value : values) {
    text += (text.empty() ? "\n  " : ",\n  ") +
            value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  return text;
}

}  // namespace

struct NameMap::Patterns {
  std::vector<std::unique_ptr<RE2>> of_rule;  // [rules], null where the rule is no pattern
};

NameMap::NameMap(std::vector<NameRule> rules, const std::string& path)
    : path_(path), rules_(std::move(rules)) {
  auto patterns = std::make_shared<Patterns>();
  for (size_t i = 0; i < rules_.size(); ++i) {
    const NameRule& rule = rules_[i];
    if (!rule.is_pattern) {
      patterns->of_rule.push_back(nullptr);
      if (!is_weight(rule.target)) {
        fail(path, rule_text(i),
             "expected a weight of GPT-2 as target (model/wte, model/h0/attn/c_attn/w), found " +
                 printable(rule.target));
      }
      continue;
    }
    RE2::Options options;
    options.set_log_errors(false);
    auto pattern = std::make_unique<RE2>(rule.source, options);
    std::string error = pattern->ok() ? "" : pattern->error();
    if (error.empty()) pattern->CheckRewriteString(rule.target, &error);
    if (!error.empty()) fail(path, rule_text(i), "pattern: " + printable(error));
    patterns->of_rule.push_back(std::move(pattern));
  }
  patterns_ = patterns;
}

std::optional<NameRule> NameMap::find(const std::string& name) const {
  constexpr int kMaxGroups = 10;  // \0 to \9
  for (size_t i = 0; i < rules_.size(); ++i) {
    const NameRule& rule = rules_[i];
    if (!rule.is_pattern) {
      if (rule.source == name) return rule;
      continue;
    }
    const RE2& pattern = *patterns_->of_rule[i];
    re2::StringPiece groups[kMaxGroups];
    const int n_groups = std::min(kMaxGroups, pattern.NumberOfCapturingGroups() + 1);
    if (!pattern.Match(name, 0, name.size(), RE2::ANCHOR_BOTH, groups, n_groups)) continue;
    NameRule filled = rule;
    filled.target.clear();
    pattern.Rewrite(&filled.target, rule.target, groups, n_groups);
    return filled;
  }
  return std::nullopt;
}

NameMap read_name_map(const std::filesystem::path& path) {
  const std::string name = path.string();
  const json map =
      parse_json(read_file(path, kMaxBytes, ErrorKind::kMismatch), name, ErrorKind::kMismatch);
  if (!map.is_object() || !map.contains("rules") || !map["rules"].is_array()) {
    fail(name, "", "expected a name map, {\"rules\": [...]}, as gpt2ckpt map writes it");
  }
  if (map["rules"].size() > kMaxRules) {
    fail(name, "", "expected at most " + std::to_string(kMaxRules) + " rules");
  }
  std::vector<NameRule> rules;
  for (const json& rule : map["rules"]) {
    try {
      rules.push_back(parse_rule(rule));
    } catch (const std::invalid_argument& error) {
      fail(name, rule_text(rules.size()), error.what());
    }
  }
  return NameMap(std::move(rules), name);
}

std::string name_map_text(const std::vector<NameRule>& rules,
                          const std::vector<UnplacedTensor>& unplaced) {
  std::vector<ordered_json> lines;
  for (const NameRule& rule : rules) lines.push_back(rule_json(rule));
  std::string text = "{\"rules\": [" + lines_text(lines) + "\n]";
  if (unplaced.empty()) return text + "}\n";
  lines.clear();
  for (const UnplacedTensor& tensor : unplaced) {
    lines.push_back(
        {{"source", tensor.name}, {"dtype", tensor.dtype_text}, {"shape", tensor.shape}});
  }
  return text + ",\n \"unplaced\": [" + lines_text(lines) + "\n]}\n";
}

}  // namespace gpt2run
