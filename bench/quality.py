#!/usr/bin/env python3
"""What rounding the weights costs: for each of gpt2run's types, and for llama.cpp's of the same
size, the perplexity of held-out text under the default model, and how far the predictions are from
float32's: the mean Kullback-Leibler divergence in nats, and how often the likeliest token is the
same. bench/quality.sh sets up what it needs and runs it.

The default model's text is cut into consecutive windows of its whole context, the first token of
each not scored. The random model of 124M's shape reads fixed ids: windows of 256, as in prefill,
and of 16, which gpt2run multiplies with the kernels of decode.
"""
import argparse
import dataclasses
import json
import pathlib
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench/peers"))

import programs  # noqa: E402 (they stand in that folder)
import worker  # noqa: E402

SHAPES = {"shakespeare": (1025, 192, 6), "124M": (50257, 768, 12)}  # n_vocab, n_embd, n_layer
N_CTX = 256  # of the default model
OURS = {"f32": 32, "bf16": 16, "int8": 8.5, "int4": 4.5}  # bits a weight
# llama-quantize's word, and whether all matrices get that type (--pure) or its own mixture.
THEIRS = [("F32", True), ("BF16", True), ("Q8_0", True), ("Q4_0", True), ("IQ4_NL", True),
          ("Q4_0", False), ("Q4_K_M", False)]


@dataclasses.dataclass(frozen=True)
class Gpt2run:
    """gpt2run with one weight type."""
    flags: argparse.Namespace
    dtype: str

    @property
    def name(self):
        return f"gpt2run {self.dtype}"

    def bits(self, model):
        return OURS[self.dtype]

    def command(self, model, ids, output):
        return [self.flags.programs / "gpt2run", "logits", "--quiet", "--model",
                self.flags.folder / "models" / model, "--dtype", self.dtype, "--threads",
                self.flags.threads, "--ids", ",".join(map(str, ids)), "--output", output]


@dataclasses.dataclass(frozen=True)
class LlamaCpp:
    """llama.cpp with one of its types."""
    flags: argparse.Namespace
    word: str
    is_pure: bool

    @property
    def name(self):
        return f"llama.cpp {self.word}" + ("" if self.is_pure else ", its mixture")

    def path(self, model):
        """The quantized model, made if it is not there."""
        source = self.flags.folder / f"models/{model}-F32.gguf"
        if self.word == "F32":
            return source
        kind = "" if self.is_pure else "-mixture"
        target = self.flags.output.parent / f"{model}-{self.word}{kind}.gguf"
        if not target.exists():
            unfinished = target.with_suffix(".unfinished")
            programs.run([self.flags.folder / "llama.cpp/bin/llama-quantize",
                          *(["--pure"] if self.is_pure else []), source, unfinished, self.word])
            unfinished.rename(target)
        return target

    def bits(self, model):
        """Of the matrices; all else is float32 in every file."""
        n_vocab, n_embd, n_layer = SHAPES[model]
        n_weights = n_embd * (n_vocab + 12 * n_layer * n_embd)
        n_bytes = self.flags.folder.joinpath(f"models/{model}-F32.gguf").stat().st_size
        return 32 - 8 * (n_bytes - self.path(model).stat().st_size) / n_weights

    def command(self, model, ids, output):
        return [self.flags.folder / "llama_peer", self.path(model), self.flags.threads, "mmap",
                output, *ids]


def log_probabilities(contestant, model, ids):
    """float64 [n_ids, n_vocab]"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "logits.npy"
        programs.run(contestant.command(model, ids, path))
        if path.read_bytes()[:6] == b"\x93NUMPY":
            logits = numpy.load(path)
        else:
            logits = numpy.fromfile(path, numpy.float32).reshape(len(ids), -1)
    logits = logits[:, :SHAPES[model][0]].astype(numpy.float64)
    logits -= logits.max(1, keepdims=True)
    return logits - numpy.log(numpy.exp(logits).sum(1, keepdims=True))


class Score:
    """What is added up over the windows for one contestant."""

    def __init__(self):
        self.n = self.n_scored = self.n_same = 0
        self.divergence = self.surprise = 0.0

    def add(self, ids, reference, found):
        self.n += len(ids)
        self.divergence += (numpy.exp(reference) * (reference - found)).sum()
        self.n_same += (reference.argmax(1) == found.argmax(1)).sum()
        self.surprise -= found[numpy.arange(len(ids) - 1), ids[1:]].sum()
        self.n_scored += len(ids) - 1

    def results(self):
        return {"positions": self.n, "perplexity": float(numpy.exp(self.surprise / self.n_scored)),
                "divergence": float(self.divergence / self.n),
                "same_likeliest": float(self.n_same / self.n)}


def score_all(contestants, model, windows):
    """{name: results}; the first contestant is the reference."""
    scores = {contestant.name: Score() for contestant in contestants}
    for i, ids in enumerate(windows):
        print(f"\r{model}: window {i + 1} of {len(windows)} ", end="", file=sys.stderr)
        reference = log_probabilities(contestants[0], model, ids)
        for contestant in contestants:
            found = reference if contestant is contestants[0] else log_probabilities(
                contestant, model, ids)
            scores[contestant.name].add(ids, reference, found)
    print(file=sys.stderr)
    return {name: score.results() for name, score in scores.items()}


def text_windows(flags):
    text = programs.run([flags.programs / "gpt2run", "tokenize", "--model",
                         flags.folder / "models/shakespeare", flags.text])
    ids = json.loads(text)[:flags.tokens]
    return [ids[i:i + N_CTX] for i in range(0, len(ids), N_CTX)]


def fixed_windows(n_windows, size):
    ids = worker.some_ids(n_windows * size, SHAPES["124M"][0])
    return [ids[i:i + size] for i in range(0, len(ids), size)]


def measure(flags, contestants):
    record = {"text": flags.text.name, "bits": {
        contestant.name: {model: contestant.bits(model) for model in SHAPES}
        for contestant in contestants}}
    record["shakespeare"] = score_all(contestants, "shakespeare", text_windows(flags))
    record["124M"] = score_all(contestants, "124M", fixed_windows(4, 256))
    record["124M, 16 rows"] = score_all(contestants, "124M", fixed_windows(16, 16))
    for results in (record["124M"], record["124M, 16 rows"]):
        for result in results.values():
            del result["perplexity"]  # of ids that mean nothing
    return record


def row(record, name):
    default, random, few = (record[key][name] for key in ("shakespeare", "124M", "124M, 16 rows"))
    bits = record["bits"][name]
    cells = [name, f"{bits['shakespeare']:.2f}", f"{default['perplexity']:.3f}",
             f"{default['divergence']:.2e}", f"{default['same_likeliest']:.4f}",
             f"{bits['124M']:.2f}", f"{random['divergence']:.2e}",
             f"{random['same_likeliest']:.4f}", f"{few['divergence']:.2e}"]
    return "| " + " | ".join(cells) + " |"


def table(record):
    head = ["weights", "default model: bits", "perplexity", "KL", "same top token",
            "random 124M: bits", "KL", "same top token", "KL, 16 rows"]
    rows = [row(record, name) for name in record["bits"]]
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *rows])


def arguments():
    parser = argparse.ArgumentParser(prog="bench/quality.sh", description=__doc__.split("\n\n")[0])
    parser.add_argument("--text", type=pathlib.Path, required=True,
                        help="text that the default model was not trained on")
    parser.add_argument("--tokens", type=int, default=1 << 30, help="how many of it at most")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build/quality/results.json")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/peers",
                        help="what bench/peers/run.sh set up")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/bin")
    return parser.parse_args()


def main():
    flags = arguments()
    flags.output.parent.mkdir(parents=True, exist_ok=True)
    contestants = [Gpt2run(flags, dtype) for dtype in OURS]
    contestants += [LlamaCpp(flags, word, is_pure) for word, is_pure in THEIRS]
    record = measure(flags, contestants)
    flags.output.write_text(json.dumps(record, indent=1) + "\n")
    print(table(record))


if __name__ == "__main__":
    try:
        main()
    except programs.Failure as failure:
        sys.exit(f"bench/quality.py: {failure}")
