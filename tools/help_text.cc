#include "tools/help_text.h"

namespace gpt2run {

const char* const kGenerateUsage = R"(Usage: gpt2run [--model PATH] --prompt TEXT [FLAG...]
       gpt2run [--model PATH] [FLAG...] < PROMPT
       gpt2run tokenize|logits [FLAG...]
)";

const char* const kGenerateExamples = R"(Examples:
  gpt2run --prompt "ROMEO:"
  gpt2run --model models/124M --prompt "Alan Turing" -n 100 --temperature 0.8 --top-k 40
  gpt2run --model gpt2.Q8_0.gguf --prompt-file scene.txt --json > scene.json
  gpt2run --model pytorch_model.bin --vocab models/124M < scene.txt
  gpt2run --model run1/model-1000 --hparams models/124M/hparams.json --vocab models/124M -p "Hello"
  gpt2run --model mine --name-map map.json --prompt "Hello"    (gpt2ckpt map makes map.json)
  gpt2run --prompt '<|endoftext|>' --parse-special --seed 7 --temperature 1
)";

const char* const kTokenizeUsage =
    R"(Usage: gpt2run tokenize [--model DIR] [--jsonl] [--decode] [FILE]

                    in (FILE, or stdin)      out
  (neither flag)    text, any bytes          [1,2,3]
  --jsonl           {"text": ...} lines      {"ids": [...]} lines
  --decode          [1,2,3]                  the bytes
  --jsonl --decode  {"ids": [...]} lines     {"bytes_base64": ..., "text": ...} lines
)";

const char* const kTokenizeExamples = R"(Examples:
  echo -n "Hello world" | gpt2run tokenize --model models/124M
  echo "[15496, 995]" | gpt2run tokenize --model models/124M --decode
  gpt2run tokenize --model gpt2.Q8_0.gguf --jsonl texts.jsonl > ids.jsonl
)";

const char* const kLogitsUsage =
    R"(Usage: gpt2run logits [--model PATH] (--prompt TEXT | --ids 1,2,3 | --ids-file F.npy)
                      [--output F.npy] [--compare REF.npy [--tolerance T]]
)";

const char* const kLogitsExamples = R"(Examples:
  gpt2run logits --model models/124M --prompt "Hello" --output logits.npy
  gpt2run logits --model model.safetensors --ids 15496,995 --compare logits.npy --tolerance 1e-4
)";

}  // namespace gpt2run
