"""CTranslate2 and PyTorch, each by its script (worker.py says what they have in common)."""
import json
import pathlib
import sys

import programs
from contestant import PROMPT_IDS, Contestant, Sample, measurement_flags, printed_sample

HERE = pathlib.Path(__file__).parent


class PythonPeer(Contestant):
    """A worker.py in a process of its own."""
    script = ""

    def model(self, name):
        return self.models / name

    def command(self, model, *more):
        return [sys.executable, HERE / self.script, "--model", self.model(model),
                "--dtype", self.word, "--threads", self.threads, *more]

    def logits(self, ids, output):
        programs.run(self.command("124M", "--ids", ",".join(map(str, ids)), "--logits", output))

    def measure(self, metric, settings):
        more = ["--settings", json.dumps(settings)]
        if metric.unit == "s":
            ids = ",".join(map(str, PROMPT_IDS))
            return Sample(programs.seconds_to_first_byte(
                self.command(metric.model, "--ids", ids, *more), metric.repeats))
        return printed_sample(metric, programs.run_json(
            self.command(metric.model, *measurement_flags(metric), *more)))


class CTranslate2(PythonPeer):
    peer = "CTranslate2"
    made_of = ("ctranslate2",)
    script = "peer_ctranslate2.py"

    def choices(self, metric):
        return [{"packed_gemm": "0"}, {"packed_gemm": "1"}] if self.dtype == "f32" else [{}]

    def model(self, name):
        return self.models / f"{name}-ct2-{self.word}"


class Torch(PythonPeer):
    peer = "PyTorch"
    made_of = ("torch", "transformers")
    script = "peer_torch.py"

    def choices(self, metric):
        ways = ["dynamic", "static", "generate"] if metric.decode else ["dynamic"]
        if metric.unit == "s":
            return [{}]
        return [{"way": way, "attention": "sdpa"} for way in ways] + [
            {"way": "dynamic", "attention": "eager"}]
