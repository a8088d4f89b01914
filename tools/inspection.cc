#include "tools/inspection.h"

#include <set>

#include "base/printable.h"
#include "loader/describe.h"
#include "loader/inferred_hparams.h"
#include "tools/text_table.h"

namespace gpt2run {
namespace {

constexpr TensorRole kRoles[] = {TensorRole::kWeight, TensorRole::kUnexpected,
                                 TensorRole::kBuffer, TensorRole::kOptimizer,
                                 TensorRole::kOther,  TensorRole::kSkipped};

// A zip member's own header, which says where its data is, may be damaged: verify tells.
std::optional<TensorPlace> place_of(const TensorSource& source, size_t i) {
  try {
    return source.place(i);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

void count(const TensorInfo& tensor, Inspection::Total& total) {
  ++total.n_tensors;
  total.n_parameters += tensor.n_items();
  total.n_bytes += tensor.n_bytes;
}

}  // namespace

Inspection inspect(const Checkpoint& checkpoint) {
  Inspection inspection{checkpoint, known_config(checkpoint), {}, {}, {}};
  const auto& tensors = checkpoint.source->tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    inspection.places.push_back(place_of(*checkpoint.source, i));
    count(tensors[i], inspection.all);
  }
  for (const TensorRole role : kRoles) {
    Inspection::Total total{.role = role};
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (checkpoint.map->tensors[i].role == role) count(tensors[i], total);
    }
    if (total.n_tensors > 0) inspection.totals.push_back(total);
  }
  return inspection;
}

const char* format_of(const Checkpoint& checkpoint) {
  return format_name(checkpoint.files.format);
}

std::optional<std::string> family_of(const Checkpoint& checkpoint) {
  if (checkpoint.weights->tensors().empty()) return std::nullopt;
  return family_traits(checkpoint.map->family).name;
}

namespace {

// null for what is not known.
Json size_json(int size) {
  return size > 0 ? Json(size) : Json();
}

Json config_json(const Inspection& inspection) {
  const ModelConfig& config = inspection.config.config;
  const Hparams& hparams = config.hparams;
  const bool is_given = !inspection.config.problem;
  Json json;
  json["origin"] = is_given ? Json(config.origin) : Json();
  json["problem"] = is_given ? Json() : Json(inspection.config.problem->what());
  json["n_vocab"] = size_json(hparams.n_vocab);
  json["n_ctx"] = size_json(hparams.n_ctx);
  json["n_embd"] = size_json(hparams.n_embd);
  json["n_head"] = size_json(hparams.n_head);
  json["n_layer"] = size_json(hparams.n_layer);
  json["n_inner"] = hparams.n_embd > 0 ? Json(hparams.d_mlp()) : Json();
  if (is_given) {
    json["activation_function"] = hparams.activation == Activation::kGeluErf ? "gelu" : "gelu_new";
    json["layer_norm_epsilon"] = hparams.layer_norm_epsilon;
    json["scale_attn_weights"] = hparams.scale_attn_weights;
    json["scale_attn_by_inverse_layer_idx"] = hparams.scale_attn_by_inverse_layer_idx;
    json["tie_word_embeddings"] = config.is_tied ? Json(*config.is_tied) : Json();
  } else {
    json["n_head_candidates"] = n_head_candidates(hparams.n_embd);
  }
  const std::string size = released_size(infer_hparams(*inspection.checkpoint.weights));
  json["released_size"] = size.empty() ? Json() : Json(size);
  return json;
}

Json tensor_json(const Inspection& inspection, size_t i) {
  const TensorInfo& tensor = inspection.checkpoint.source->tensors()[i];
  const MappedTensor& mapped = inspection.checkpoint.map->tensors[i];
  const auto& place = inspection.places[i];
  Json transforms = Json::array();
  for (const Transform& transform : mapped.transforms) {
    transforms.push_back(transform_text(transform));
  }
  Json json;
  json["name"] = tensor.name;
  json["role"] = role_name(mapped.role);
  json["weight"] = mapped.weight.empty() ? Json() : Json(mapped.weight);
  json["transforms"] = transforms;
  json["dtype"] = tensor.dtype_text;
  json["shape"] = tensor.shape;
  json["bytes"] = tensor.n_bytes;
  json["file"] = place ? Json(place->file) : Json();
  json["offset"] = place ? Json(place->offset) : Json();
  return json;
}

Json total_json(const Inspection::Total& total) {
  return {
      {"tensors", total.n_tensors}, {"parameters", total.n_parameters}, {"bytes", total.n_bytes}};
}

}  // namespace

Json to_json(const Inspection& inspection) {
  const Checkpoint& checkpoint = inspection.checkpoint;
  const auto family = family_of(checkpoint);
  Json json;
  json["path"] = checkpoint.source->path();
  json["format"] = format_of(checkpoint);
  json["family"] = family ? Json(*family) : Json();
  json["prefix"] = checkpoint.map->prefix;
  json["config"] = config_json(inspection);
  json["tensors"] = Json::array();
  for (size_t i = 0; i < inspection.places.size(); ++i) {
    json["tensors"].push_back(tensor_json(inspection, i));
  }
  for (const Inspection::Total& total : inspection.totals) {
    json["totals"][role_name(total.role)] = total_json(total);
  }
  json["totals"]["all"] = total_json(inspection.all);
  return json;
}

namespace {

std::string number_or_unknown(int number) {
  return number > 0 ? std::to_string(number) : "unknown";
}

// "n_vocab 50257, n_ctx 1024, ..."
std::string hparams_text(const Hparams& hparams) {
  std::string text = "n_vocab " + number_or_unknown(hparams.n_vocab) + ", n_ctx " +
                     number_or_unknown(hparams.n_ctx) + ", n_embd " +
                     number_or_unknown(hparams.n_embd) + ", n_head " +
                     number_or_unknown(hparams.n_head) + ", n_layer " +
                     number_or_unknown(hparams.n_layer);
  if (hparams.n_inner > 0 && hparams.n_inner != 4 * hparams.n_embd) {
    text += ", n_inner " + std::to_string(hparams.n_inner);
  }
  if (hparams.activation == Activation::kGeluErf) text += ", exact GELU";
  return text;
}

std::string config_text(const Inspection& inspection) {
  const KnownConfig& known = inspection.config;
  if (inspection.checkpoint.weights->tensors().empty()) return "";
  std::string text = "hparams  " + hparams_text(known.config.hparams) + "\n";
  const std::string size = released_size(infer_hparams(*inspection.checkpoint.weights));
  if (!size.empty()) text += "size     that of " + size + "\n";
  if (!known.problem) return text + "from     " + printable_line(known.config.origin) + "\n";
  const auto n_heads = n_head_candidates(known.config.hparams.n_embd);
  text += "from     the weights' shapes, which do not tell n_head";
  if (n_heads.size() > 1) text += " (" + std::to_string(n_heads[0]) + " is likely)";
  return text + "\nconfig   " + printable_line(known.problem->what()) + "\n";
}

std::string header_text(const Inspection& inspection) {
  const Checkpoint& checkpoint = inspection.checkpoint;
  const auto family = family_of(checkpoint);
  std::string text = "path     " + printable_line(checkpoint.source->path()) + "\n" + "format   " +
                     format_of(checkpoint) + "\n" + "family   " +
                     family.value_or("none: no tensor here is a weight of GPT-2");
  const std::string& prefix = checkpoint.map->prefix;
  if (!prefix.empty()) text += ", prefix " + printable(prefix);
  return text + "\n" + config_text(inspection);
}

// What a weight is called elsewhere, and what is done to its values: nothing for a tensor that has
// that name and whose values stand as they are.
std::string weight_text(const TensorInfo& tensor, const MappedTensor& mapped) {
  if (mapped.role != TensorRole::kWeight) return "";
  const bool is_plain = keeps_order(mapped.transforms);
  if (is_plain && mapped.weight == tensor.name) return "";
  return mapped.weight + (is_plain ? "" : " (" + transforms_text(mapped.transforms) + ")");
}

bool is_in_one_file(const Inspection& inspection) {
  std::set<std::string> files;
  for (const auto& place : inspection.places) {
    if (place) files.insert(place->file);
  }
  return files.size() <= 1;
}

std::string tensors_text(const Inspection& inspection, TensorRole role) {
  const Checkpoint& checkpoint = inspection.checkpoint;
  const bool is_one_file = is_in_one_file(inspection);
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{role_name(role)},
                   {"dtype"},
                   {"shape"},
                   {"bytes", kRight},
                   {"offset", kRight},
                   {"file"},
                   {"is"}});
  for (size_t i = 0; i < inspection.places.size(); ++i) {
    if (checkpoint.map->tensors[i].role != role) continue;
    const TensorInfo& tensor = checkpoint.source->tensors()[i];
    const auto& place = inspection.places[i];
    const std::string file =
        !place || is_one_file ? "" : std::filesystem::path(place->file).filename().string();
    table.add({printable(tensor.name), printable(tensor.dtype_text), shape_text(tensor.shape),
               with_separators(tensor.n_bytes), place ? with_separators(place->offset) : "",
               printable(file), weight_text(tensor, checkpoint.map->tensors[i])});
  }
  return table.text();
}

std::string totals_text(const Inspection& inspection) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{"total"}, {"tensors", kRight}, {"numbers", kRight}, {"bytes", kRight}});
  const auto add = [&](const std::string& name, const Inspection::Total& total) {
    table.add({name, with_separators(total.n_tensors), with_separators(total.n_parameters),
               with_separators(total.n_bytes)});
  };
  for (const Inspection::Total& total : inspection.totals) add(role_name(total.role), total);
  if (inspection.totals.size() != 1) add("all", inspection.all);
  return table.text();
}

}  // namespace

std::string to_text(const Inspection& inspection) {
  std::string text = header_text(inspection);
  for (const Inspection::Total& total : inspection.totals) {
    text += "\n" + tensors_text(inspection, total.role);
  }
  return text + "\n" + totals_text(inspection);
}

}  // namespace gpt2run
