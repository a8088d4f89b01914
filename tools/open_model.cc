#include "tools/open_model.h"

#include "loader/load_params.h"
#include "tools/standard_streams.h"

namespace gpt2run {

std::filesystem::path model_path(const ModelArguments& arguments) {
  if (!arguments.model.empty()) return arguments.model;
  const std::filesystem::path path = default_model_path();
  if (path.empty()) {
    throw InputError(ErrorKind::kNotFound,
                     "share/gpt2run/models/shakespeare: expected the model that comes with gpt2run "
                     "beside the program, found none; give one with --model");
  }
  return path;
}

MapOptions map_options(const ModelArguments& arguments) {
  MapOptions options;
  if (!arguments.name_map.empty()) options.name_map = read_name_map(arguments.name_map);
  options.skip = arguments.skip;
  options.allow_missing = arguments.allow_missing;
  return options;
}

Checkpoint open_model(const ModelArguments& arguments, DataFiles data) {
  MapOptions options = map_options(arguments);
  ModelFiles files = find_model_files(model_path(arguments), arguments.hparams, arguments.vocab);
  if (!arguments.quiet) {
    for (const std::string& notice : files.notices) print_notice(notice);
  }
  if (files.format == Format::kBundle && data == DataFiles::kNotNeeded) {
    auto index = std::make_unique<Bundle>(files.checkpoint, data);
    return open_checkpoint(std::move(files), std::move(index), std::move(options));
  }
  return open_checkpoint(std::move(files), std::move(options));
}

OpenModel open_fitting_model(const ModelArguments& arguments) {
  OpenModel model;
  model.checkpoint = open_model(arguments);
  model.config = read_model_config(model.checkpoint);
  require_fit(model.checkpoint, model.config);
  return model;
}

}  // namespace gpt2run
