"""What every contestant does: it measures metrics in processes of its own, and computes logits,
which are compared before anything is measured."""
import dataclasses
import json

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
    """name: peer and the peer's word for its type; dtype: the weight type of ours it is like."""
    peer = ""

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

    def samples(self, metrics, settings):
        """A Sample of each metric. The metrics are of one model and as many repeats, or the first
        token alone."""
        raise NotImplementedError

    def measure(self, metrics, settings):
        """({name: figure}, {name: limits}); metrics of one model, as many repeats and the same
        settings share a process."""
        groups = {}
        for metric in metrics:
            key = (metric.model, metric.unit, metric.repeats,
                   json.dumps(settings[metric.name], sort_keys=True))
            groups.setdefault(key, []).append(metric)
        values, limits = {}, {}
        for group in groups.values():
            samples = self.samples(group, settings[group[0].name])
            for metric, sample in zip(group, samples):
                seconds = sample.seconds
                values[metric.name] = seconds if metric.unit == "s" else metric.tokens() / seconds
                limits[metric.name] = sample.limits
        return values, limits


def measurement_flags(metrics):
    """What throughput.cc and worker.py understand."""
    flags = ["--repeats", metrics[0].repeats]
    for metric in metrics:
        flags += ["--prefill", metric.prefill] if metric.prefill else [
            "--decode", "{},{}".format(*metric.decode)]
    return flags


def printed_samples(metrics, printed):
    """The Sample of each metric from what such a program prints."""
    left = {kind: iter(printed[kind]) for kind in ("prefill", "decode")}
    found = [next(left["prefill" if metric.prefill else "decode"]) for metric in metrics]
    return [Sample(one["seconds"], one.get("limits", {})) for one in found]
