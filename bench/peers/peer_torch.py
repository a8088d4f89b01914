"""PyTorch with transformers: see worker.py.

Settings: {"way": "dynamic" (a loop with a growing cache), "static" (a loop with one of full length)
or "generate" (transformers' own), "attention": "sdpa" or "eager"}.
"""
import time

import torch
import transformers
import worker

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Clock(transformers.StoppingCriteria):
    """Notes the time at each token, and never stops."""

    def __init__(self):
        self.times = []

    def __call__(self, input_ids, scores, **_):
        self.times.append(time.perf_counter())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool)


class Torch:
    def __init__(self, model, dtype, threads, settings):
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.model = transformers.GPT2LMHeadModel.from_pretrained(
            model, dtype=DTYPES[dtype],
            attn_implementation=settings.get("attention", "sdpa")).eval()
        self.n_vocab = self.model.config.vocab_size
        self.way = settings.get("way", "dynamic")

    def cache(self, n):
        if self.way == "static":
            return transformers.StaticCache(config=self.model.config, max_cache_len=n)
        return transformers.DynamicCache(config=self.model.config)

    def step(self, ids, cache):
        logits = self.model(torch.tensor([ids]), past_key_values=cache, use_cache=True,
                            logits_to_keep=1).logits
        return int(logits[0, -1].argmax())

    def prefill(self, ids):
        cache = self.cache(len(ids))
        start = time.perf_counter()
        self.step(ids, cache)
        return time.perf_counter() - start

    def decode(self, ids, n):
        if self.way == "generate":
            return self.decode_by_generate(ids, n)
        cache = self.cache(len(ids) + n)
        token = self.step(ids, cache)
        start = time.perf_counter()
        for _ in range(n):
            token = self.step([token], cache)
        return time.perf_counter() - start

    def decode_by_generate(self, ids, n):
        clock = Clock()
        prompt = torch.tensor([ids])
        self.model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
                            min_new_tokens=n + 1, max_new_tokens=n + 1, pad_token_id=0,
                            stopping_criteria=[clock])
        return clock.times[-1] - clock.times[0]

    def logits(self, ids):
        return self.model(torch.tensor([ids])).logits[0].float().numpy()

    def first(self, ids):
        return self.step(ids, self.cache(len(ids)))


if __name__ == "__main__":
    worker.run(Torch)
