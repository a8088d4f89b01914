"""What is measured, and the floors that each figure is held against."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Metric:
    """One figure of a contestant."""
    name: str
    title: str
    model: str = "124M"
    prefill: int = 0    # tokens
    decode: tuple = ()  # (how many, after how many)
    repeats: int = 1
    unit: str = "tok/s"

    def tokens(self):
        return self.prefill or self.decode[0]

    def figure(self, seconds):
        """In the metric's unit: of the seconds of all its tokens, or to the first one."""
        return seconds if self.unit == "s" else self.tokens() / seconds


DECODE = Metric("decode_128", "decode 128", decode=(128, 8))
LONG = Metric("decode_1000", "decode after 1000", decode=(16, 1000), repeats=3)
PREFILL = Metric("prefill_512", "prefill 512", prefill=512, repeats=3)
FIRST = Metric("first_token", "start to first token", unit="s", repeats=3)
DEFAULT = Metric("default_decode", "default model, decode 128", model="shakespeare",
                 decode=(128, 8), repeats=5)
METRICS = {metric.name: metric for metric in (PREFILL, DECODE, LONG, FIRST, DEFAULT)}

TYPES = ["f32", "bf16", "int8", "int4"]

# (metric, type): (share of the limit, times the best peer of the same type). For first_token: at
# most so many times the limit, and as much faster than the best peer.
FLOORS = {
    ("decode_128", "f32"): (0.92, 1.08),
    ("decode_128", "bf16"): (0.88, 1.15),
    ("decode_128", "int8"): (0.85, 1.3),
    ("decode_128", "int4"): (0.70, 1.2),
    ("decode_1000", "f32"): (0.85, 1.1),
    ("prefill_512", "f32"): (0.82, 1.2),
    ("prefill_512", "bf16"): (0.65, 1.5),
    ("prefill_512", "int8"): (0.55, 1.2),
    ("first_token", "f32"): (1.5, 1.0),
    ("default_decode", "f32"): (0.5, 2.0),
}
