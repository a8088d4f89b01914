#include "tools/help_text.h"

namespace gpt2run {

const char* const kGenerateUsage = R"(Usage: gpt2run [--model PATH] --prompt TEXT [FLAG...]
       gpt2run [--model PATH] [FLAG...] < PROMPT
       gpt2run tokenize|logits [FLAG...]
)";

const char* const kGenerateExamples = R"(Examples:
  gpt2run --prompt "ROMEO:"
  gpt2run --model models/124M --prompt "Alan Turing" -n 100 --temperature 0.8 --top-k 40
  gpt2run --model models/124M/model.ckpt-1000 --vocab models/124M --hparams models/124M/hparams.json
  gpt2run --prompt '<|endoftext|>' --parse-special --seed 7 --temperature 1
  gpt2run --prompt-file scene.txt --json > scene.json
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
  gpt2run tokenize --model models/124M --jsonl texts.jsonl > ids.jsonl
)";

const char* const kLogitsUsage =
    R"(Usage: gpt2run logits [--model PATH] (--prompt TEXT | --ids 1,2,3 | --ids-file F.npy)
                      [--output F.npy] [--compare REF.npy [--tolerance T]]
)";

const char* const kLogitsExamples = R"(Examples:
  gpt2run logits --model models/124M --prompt "Hello" --output logits.npy
  gpt2run logits --model models/124M --ids 15496,995 --compare reference.npy --tolerance 1e-4
)";

}  // namespace gpt2run
