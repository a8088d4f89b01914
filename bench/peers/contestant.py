"""What every contestant does: it measures metrics in processes of its own, and computes logits,
which are compared before anything is measured."""
import dataclasses

# How far logits may be from gpt2run's float32; they spread over some 4.5. The bounds of the smaller
# types tell rounding from a mistake, no more.
TOLERANCES = {"f32": 1e-4, "bf16": 0.1, "int8": 0.2, "int4": 1.5}

PROMPT_IDS = [15, 20, 3, 4000, 11, 258, 1033, 50000]


@dataclasses.dataclass(frozen=True)
class Sample:
    """Seconds of all tokens of a metric, or to the first one; and what the machine could do in the
    very same minute, as far as the contestant's program measures that: rates in operations a
    second, "read" in bytes a second, "file" in seconds."""
    seconds: float
    limits: dict = dataclasses.field(default_factory=dict)


class Contestant:
    """name: peer and the peer's word for its type; dtype: the weight type of ours it is like;
    made_of: whose versions (machine.versions()) may change which settings are fastest."""
    peer = ""
    made_of = ()

    def __init__(self, folders, threads, word, dtype):
        self.programs, self.folder = folders
        self.models = self.folder / "models"
        self.threads, self.word, self.dtype = threads, word, dtype
        self.name = f"{self.peer} {word}"
        self.tolerance = TOLERANCES[dtype]

    def choices(self, metric):
        """Settings to try for a metric; the fastest is kept."""
        return [{}]

    def measures(self, metric):
        return metric.model == "124M" or self.dtype == "f32"

    def logits(self, ids, output):
        """Writes float32 [n_ids, n_vocab] into a .npy, or .bin without a header."""
        raise NotImplementedError

    def measure(self, metric, settings):
        """A Sample, from processes of its own."""
        raise NotImplementedError


def measurement_flags(metric):
    """What throughput.cc and worker.py understand."""
    work = ["--prefill", metric.prefill] if metric.prefill else [
        "--decode", "{},{}".format(*metric.decode)]
    return ["--repeats", metric.repeats, *work]


def printed_sample(metric, printed):
    """From what such a program prints."""
    found, = printed["prefill" if metric.prefill else "decode"]
    return Sample(found["seconds"], found.get("limits", {}))
