"""What every contestant does: it measures metrics in processes of its own, and computes logits,
which are compared before anything is measured."""
import json

# How far logits may be from gpt2run's float32; they spread over some 4.5. The bounds of the smaller
# types tell rounding from a mistake, no more.
TOLERANCES = {"f32": 1e-4, "bf16": 0.1, "int8": 0.2, "int4": 1.5}

PROMPT_IDS = [15, 20, 3, 4000, 11, 258, 1033, 50000]


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

    def seconds(self, metrics, settings):
        """Seconds of all tokens of each metric, or to the first one. The metrics are of one model,
        or the first token alone."""
        raise NotImplementedError

    def values(self, metrics, settings):
        """{name: figure}; metrics of one model and the same settings share a process."""
        groups = {}
        for metric in metrics:
            key = (metric.model, metric.unit, json.dumps(settings[metric.name], sort_keys=True))
            groups.setdefault(key, []).append(metric)
        found = {}
        for group in groups.values():
            all_seconds = self.seconds(group, settings[group[0].name])
            for metric, seconds in zip(group, all_seconds):
                found[metric.name] = seconds if metric.unit == "s" else metric.tokens() / seconds
        return found


def measurement_flags(metrics):
    """What throughput.cc and worker.py understand."""
    flags = ["--repeats", metrics[0].repeats]
    for metric in metrics:
        flags += ["--prefill", metric.prefill] if metric.prefill else [
            "--decode", "{},{}".format(*metric.decode)]
    return flags


def measured_seconds(metrics, printed):
    """The seconds of each metric from what such a program prints."""
    left = {kind: iter(printed[kind]) for kind in ("prefill", "decode")}
    return [next(left["prefill" if metric.prefill else "decode"])["seconds"] for metric in metrics]
