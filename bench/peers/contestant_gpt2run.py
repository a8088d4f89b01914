"""gpt2run, with each weight type and drafting."""
import statistics

import programs
from contestant import Contestant, Sample, measurement_flags, printed_sample


class Gpt2run(Contestant):
    peer = "gpt2run"

    def __init__(self, folders, threads, dtype):
        super().__init__(folders, threads, dtype, dtype)

    def flags(self, model):
        # float32 is the default, and needs no flag
        dtype = [] if self.dtype == "f32" else ["--dtype", self.dtype]
        return ["--model", self.models / model, *dtype, "--threads", self.threads]

    def logits(self, ids, output):
        programs.run([self.programs / "gpt2run", "logits", *self.flags("124M"), "--quiet",
                      "--ids", ",".join(map(str, ids)), "--output", output])

    def weights_file(self):
        """A file of the same weight type, as a user would have it."""
        name = {"f32": "124M/model.safetensors", "bf16": "124M-bf16/model.safetensors",
                "int8": "124M-Q8_0.gguf", "int4": "124M-Q4_0.gguf"}[self.dtype]
        return self.models / name

    def first_token(self, repeats):
        """In turns with reading the file, no more, into fresh memory."""
        path = self.weights_file()
        model = path if path.suffix == ".gguf" else path.parent
        first, read = [], []
        for _ in range(repeats):
            read.append(programs.run_json([self.programs / "file_read", "--threads", self.threads,
                                           path])["seconds"])
            first.append(programs.seconds_to_first_byte(
                [self.programs / "gpt2run", *self.flags(model), "--quiet", "--ignore-eot",
                 "--prompt", "To be, or not to", "-n", 1]))
        return Sample(statistics.median(first), {"file": statistics.median(read)})

    def measure(self, metric, settings):
        if metric.unit == "s":
            return self.first_token(metric.repeats)
        return printed_sample(metric, programs.run_json(
            [self.programs / "throughput", *self.flags(metric.model), *measurement_flags(metric)]))


class Drafted(Gpt2run):
    """Greedy decode that drafts some tokens and checks them: the same ids, sooner."""

    def __init__(self, folders, threads):
        super().__init__(folders, threads, "f32")
        self.name = "gpt2run f32 drafted"

    def measures(self, metric):
        return metric.name == "decode_128"

    def generate(self, n, *flags):
        return programs.run_json(
            [self.programs / "gpt2run", *self.flags("124M"), *flags, "--quiet", "--ignore-eot",
             "--prompt", "To be, or not to", "-n", n, "--json"])

    def logits(self, ids, output):
        if self.generate(64, "--draft")["ids"] != self.generate(64)["ids"]:
            raise programs.Failure("with --draft it gives other ids than without")
        super().logits(ids, output)

    def measure(self, metric, settings):
        n = metric.tokens()
        return Sample(n / self.generate(n + 1, "--draft")["timings"]["decode_tokens_per_second"])
