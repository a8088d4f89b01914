"""CTranslate2: see worker.py. The models are those that its TransformersConverter writes.

Settings: {"packed_gemm": "0" or "1"}, MKL's product with weights packed beforehand, float32 only.
"""
import json
import os
import pathlib
import sys
import time

import worker


class CTranslate2:
    def __init__(self, model, dtype, threads, settings):
        os.environ["CT2_USE_EXPERIMENTAL_PACKED_GEMM"] = settings.get("packed_gemm", "0")
        import ctranslate2
        self.generator = ctranslate2.Generator(model, device="cpu", compute_type=dtype,
                                               inter_threads=1, intra_threads=threads)
        self.tokens = json.loads((pathlib.Path(model) / "vocabulary.json").read_text("utf-8"))
        self.n_vocab = len(self.tokens)

    def generate(self, ids, n):
        """The clock at each of n new tokens; its prompt is computed without logits."""
        times = []
        self.generator.generate_batch(
            [[self.tokens[i] for i in ids]], max_length=n, min_length=n, sampling_topk=1,
            include_prompt_in_result=False, callback=lambda _: times.append(time.perf_counter()))
        if len(times) != n:
            sys.exit(f"expected {n} tokens, found {len(times)}")
        return times

    def prefill(self, ids):
        start = time.perf_counter()
        return self.generate(ids, 1)[0] - start

    def decode(self, ids, n):
        times = self.generate(ids, n + 1)
        return times[-1] - times[0]

    def logits(self, ids):
        import numpy
        found = self.generator.forward_batch([[self.tokens[i] for i in ids]])
        return numpy.array(found)[0].astype(numpy.float32)

    def first(self, ids):
        found = self.generator.generate_batch([[self.tokens[i] for i in ids]], max_length=1,
                                              min_length=1, sampling_topk=1,
                                              include_prompt_in_result=False)
        return found[0].sequences_ids[0][0]


if __name__ == "__main__":
    worker.run(CTranslate2)
