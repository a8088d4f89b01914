#include "tools/cmd_tokenize.h"

#include <functional>
#include <string>

#include "base/json.h"
#include "base/utf8.h"
#include "model/load_tokenizer.h"
#include "tools/base64.h"
#include "tools/exit_code.h"
#include "tools/ids.h"
#include "tools/input_stream.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxInput = size_t{1} << 30;

// Of --vocab DIR, or of the model; a folder with a vocabulary needs no weights.
Tokenizer open_tokenizer(const ModelArguments& arguments) {
  const std::filesystem::path folder =
      arguments.vocab.empty() ? model_path(arguments) : arguments.vocab;
  if (!arguments.vocab.empty() || has_vocabulary(folder)) return Tokenizer(folder);
  return load_tokenizer(open_model(arguments));
}

std::string read_all(InputStream& stream) {
  std::string text = stream.read_up_to(kMaxInput + 1);
  if (text.size() > kMaxInput) {
    throw InputError(ErrorKind::kRuntime,
                     stream.name() +
                         ": expected at most 1 GiB, found more; split it, or use "
                         "--jsonl, which takes any number of lines");
  }
  return text;
}

void write_ids(std::span<const int> ids, BufferedStdout& out) {
  out.write("[");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) out.write(",");
    out.write(std::to_string(ids[i]));
  }
  out.write("]");
}

std::vector<int> encode_line(const nlohmann::json& line, const std::string& name,
                             const Tokenizer& tokenizer, Special special) {
  const auto text = line.is_object() ? line.find("text") : line.end();
  if (!line.is_object() || text == line.end() || !text->is_string()) {
    throw InputError(ErrorKind::kRuntime,
                     name + R"(: expected {"text": "..."}, found )" +
                         (line.is_object() ? "an object without a text string" : line.type_name()));
  }
  return tokenizer.encode(text->get_ref<const std::string&>(), special);
}

std::string decode_line(const nlohmann::json& line, const std::string& name,
                        const Tokenizer& tokenizer) {
  if (!line.is_object() || !line.contains("ids")) {
    throw InputError(ErrorKind::kRuntime,
                     name + R"(: expected {"ids": [...]}, found )" +
                         (line.is_object() ? "an object without ids" : line.type_name()));
  }
  const std::vector<int> ids = ids_from_json(line["ids"], name, tokenizer.n_vocab());
  const std::string bytes = tokenizer.decode(ids);
  const nlohmann::ordered_json json = {{"bytes_base64", base64_encode(bytes)},
                                       {"text", utf8_replace_invalid(bytes)}};
  return json.dump() + "\n";
}

// What call returns. If it throws, the lines before have been written.
template <class Call>
auto flushing_before_errors(BufferedStdout& out, const Call& call) {
  try {
    return call();
  } catch (...) {
    out.flush();
    throw;
  }
}

void tokenize_lines(InputStream& stream, const TokenizeArguments& arguments,
                    const Tokenizer& tokenizer, BufferedStdout& out) {
  LineReader lines(stream, [&] { out.flush(); });
  for (std::string_view text; lines.next(text);) {
    const std::string name = stream.name() + ": line " + std::to_string(lines.line_number());
    const auto json = [&] { return parse_json(text, name, ErrorKind::kRuntime); };
    if (arguments.decode) {
      out.write(flushing_before_errors(out, [&] { return decode_line(json(), name, tokenizer); }));
    } else {
      const std::vector<int> ids = flushing_before_errors(
          out, [&] { return encode_line(json(), name, tokenizer, arguments.special); });
      out.write("{\"ids\":");
      write_ids(ids, out);
      out.write("}\n");
    }
  }
}

void tokenize_whole(InputStream& stream, const TokenizeArguments& arguments,
                    const Tokenizer& tokenizer, BufferedStdout& out) {
  const std::string input = read_all(stream);
  if (arguments.decode) {
    const nlohmann::json json = parse_json(input, stream.name(), ErrorKind::kRuntime);
    out.write(tokenizer.decode(ids_from_json(json, stream.name(), tokenizer.n_vocab())));
  } else {
    write_ids(tokenizer.encode(input, arguments.special), out);
    out.write("\n");
  }
}

}  // namespace

int cmd_tokenize(const TokenizeArguments& arguments) {
  const Tokenizer tokenizer = open_tokenizer(arguments.model);
  InputStream stream(arguments.file);
  BufferedStdout out;
  if (arguments.jsonl) {
    tokenize_lines(stream, arguments, tokenizer, out);
  } else {
    tokenize_whole(stream, arguments, tokenizer, out);
  }
  out.flush();
  return kExitOk;
}

}  // namespace gpt2run
