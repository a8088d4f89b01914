#!/usr/bin/env python3
"""Makes the logits that tests/golden_test.cc compares with where config.json says other numbers.

  make_settings_references.py MODEL IDS OUTPUT

MODEL is a folder in OpenAI's layout, IDS an int64 .npy [n]. Hugging Face transformers runs the
model in float64 with one of its settings changed at a time. OUTPUT receives a float32 .npy
[n, n_vocab] for each of SETTINGS. The packages that it needs are in requirements-references.txt.
"""
import argparse
import pathlib

import numpy as np

from make_references import load_model, run

SETTINGS = {
    "epsilon": {"layer_norm_epsilon": 0.05},
    "unscaled": {"scale_attn_weights": False},
    "by_layer": {"scale_attn_by_inverse_layer_idx": True},
    "unscaled_by_layer": {"scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True},
    "n_inner": {"n_inner": 100},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("ids", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    ids = np.load(arguments.ids).tolist()
    usual, _ = run(load_model(arguments.model), ids)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, settings in SETTINGS.items():
        logits, _ = run(load_model(arguments.model, **settings), ids)
        np.save(arguments.output / f"{name}.npy", logits)
        print(f"{name}: differs from the usual by at most {np.abs(logits - usual).max():.3g}")


if __name__ == "__main__":
    main()
