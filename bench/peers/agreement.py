"""Whether all contestants compute the same: their logits beside gpt2run's float32."""
import tempfile
import pathlib

import numpy
import programs
import worker
from contestant import PROMPT_IDS

PROMPTS = [[15], PROMPT_IDS, worker.some_ids(64, 50257)]


def logits(contestant, ids):
    """float32 [n_ids, n_vocab]. Errors: programs.Failure."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "logits.npy"
        contestant.logits(ids, path)
        if path.read_bytes()[:6] == b"\x93NUMPY":
            return numpy.load(path)
        return numpy.fromfile(path, numpy.float32).reshape(len(ids), -1)


def compare(contestant, references):
    """The largest difference over all prompts, and how often the likeliest id is the same."""
    largest, same, n = 0.0, 0, 0
    for ids, reference in zip(PROMPTS, references):
        found = logits(contestant, ids)
        if found.shape != reference.shape or not numpy.isfinite(found).all():
            raise programs.Failure(f"logits of shape {found.shape}, or not finite")
        largest = max(largest, float(numpy.abs(found - reference).max()))
        same += int((found.argmax(1) == reference.argmax(1)).sum())
        n += len(ids)
    return {"largest_difference": largest, "same_likeliest": same / n,
            "bound": contestant.tolerance}


def check(contestants):
    """{name: what compare says, or {"failed": why}}, for contestants with gpt2run f32 first."""
    references = [logits(contestants[0], ids) for ids in PROMPTS]
    found = {}
    for contestant in contestants:
        try:
            found[contestant.name] = compare(contestant, references)
        except programs.Failure as failure:
            found[contestant.name] = {"failed": str(failure)}
    return found


def is_broken(result):
    """Whether it computes something else than it should."""
    return "bound" in result and result["largest_difference"] > result["bound"]
