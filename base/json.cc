#include "base/json.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/printable.h"

namespace gpt2run {
namespace {

// "at line 2, column 7: found "x"" for the byte where the parser stopped. A text of one line has no
// line number of its own: it may be one line of many.
std::string describe(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  std::string where = "at ";
  if (text.find('\n') < text.size()) {
    where += "line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + ", ";
  }
  const size_t line_start = before.rfind('\n') + 1;  // 0 where there is none
  where += "column " + std::to_string(before.size() - line_start + 1) + ": ";
  constexpr size_t kMaxShown = 40;  // bytes
  return where + (at >= text.size() ? "ends too early"
                                    : "found \"" + printable(text.substr(at, kMaxShown)) + "\"");
}

}  // namespace

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
          throw InputError(malformed,
                           name + ": key \"" + printable(key) + "\" stands twice; keep one");
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
  } catch (const json::parse_error& error) {
    const size_t at = std::min(error.byte - std::min<size_t>(error.byte, 1), text.size());
    throw InputError(malformed, name + ": not JSON " + describe(text, at));
  } catch (const json::exception&) {
    throw InputError(malformed, name + ": a number is out of range");
  }
}

}  // namespace gpt2run
