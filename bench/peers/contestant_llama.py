"""llama.cpp: its own llama-bench, and llama_peer.cc for what that does not do."""
import itertools
import statistics

import programs
from contestant import PROMPT_IDS, Contestant, Sample


class LlamaCpp(Contestant):
    peer = "llama.cpp"
    made_of = ("llama.cpp",)

    def __init__(self, folders, threads, word, dtype):
        super().__init__(folders, threads, word, dtype)
        if dtype == "f32":
            self.tolerance = 5e-3  # its gelu looks up a table of float16

    def choices(self, metric):
        loads = ["mmap", "none"]
        if metric.unit == "s":
            return [{"load_mode": load} for load in loads]
        repacks = ["1", "0"] if self.word.startswith("Q") else ["1"]  # floats stay as they are
        return [{"flash_attention": attention, "load_mode": load, "repack": repack}
                for attention, load, repack in itertools.product(["off", "on"], loads, repacks)]

    def path(self, model):
        return self.models / f"{model}-{self.word}.gguf"

    def logits(self, ids, output):
        programs.run([self.folder / "llama_peer", self.path("124M"), self.threads, "mmap", output,
                      *ids])

    def measure(self, metric, settings):
        if metric.unit == "s":
            return Sample(programs.seconds_to_first_byte(
                [self.folder / "llama_peer", self.path("124M"), self.threads,
                 settings["load_mode"], "-", *PROMPT_IDS], metric.repeats))
        n, n_past = metric.decode or (0, 0)
        # Its own figure for decode begins with no context at all: 8 tokens more are nothing.
        depth = n_past if n_past > 8 else 0
        found = programs.run_json(
            [self.folder / "llama.cpp/bin/llama-bench", "-m", self.path(metric.model),
             "-t", self.threads, "-p", metric.prefill, "-n", n, "-d", depth,
             "-r", metric.repeats, "-fa", settings["flash_attention"],
             "-lm", settings["load_mode"], "--repack", settings["repack"], "-o", "jsonl"])
        return Sample(statistics.median(found["samples_ns"]) / 1e9)
