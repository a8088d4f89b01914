#include "base/json.h"

#include <set>
#include <vector>

namespace gpt2run {

nlohmann::json parse_json(std::string_view text, const std::string& name, ErrorKind malformed,
                          int max_depth) {
  using json = nlohmann::json;
  std::vector<std::set<std::string>> keys_of_open_objects;
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        if (depth >= max_depth) {
          throw InputError(malformed, name + ": JSON is nested deeper than " +
                                          std::to_string(max_depth) + " levels");
        }
        keys_of_open_objects.emplace_back();
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        keys_of_open_objects.pop_back();
        break;
      case json::parse_event_t::key: {
        const std::string& key = parsed.get_ref<const std::string&>();
        if (!keys_of_open_objects.back().insert(key).second) {
          throw InputError(malformed, name + ": key \"" + key + "\" stands twice; keep one");
        }
        break;
      }
      default:
        break;
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), check);
  } catch (const json::exception& error) {
    throw InputError(malformed, name + ": not JSON: " + error.what());
  }
}

}  // namespace gpt2run
