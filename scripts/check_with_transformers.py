#!/usr/bin/env python3
"""Compares gpt2run's logits with those that Hugging Face transformers computes from our safetensors.

  check_with_transformers.py [BUILD]     the programs are in BUILD/bin (default: build/release)

Each fixture and the default model is converted by gpt2ckpt to safetensors, which transformers loads
without a weight missing or left over and runs in float64; gpt2run runs the model as it was. To be
run by hand, for it needs torch and transformers: the packages are in requirements-references.txt.
A line for each model, with its largest difference; exit code 1 if one is above 1e-4.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from transformers import GPT2LMHeadModel
from transformers.utils import logging

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests/data/fixtures"
TOLERANCE = 1e-4
MODELS = [FIXTURES / name for name in (
    "tf1", "tf1_finetuned", "tf1_sharded", "tf1_partitioned", "tf1_half", "tf1_bfloat16",
    "tf1_v1format", "tf2_hf", "tf2_object", "hf_safetensors", "hf_noprefix",
    "hf_safetensors_sharded", "hf_safetensors_bf16", "hf_bin", "hf_bin_half", "hf_bin_legacy",
    "hf_h5", "nanogpt", "npz", "npz_compressed", "llmc/model.bin", "llmc/model_bf16.bin",
    "gguf/model-f32.gguf", "gguf/model-f16.gguf", "gguf/model-bf16.gguf",
    "ggml/ggml-model-f32.bin", "ggml/ggml-model-f16.bin")] + [ROOT / "models/shakespeare"]


def load(folder):
    model, info = GPT2LMHeadModel.from_pretrained(folder, torch_dtype=torch.float64,
                                                  output_loading_info=True)
    wrong = {kind: names for kind, names in info.items() if names}
    if wrong:
        sys.exit(f"{folder}: transformers says {wrong}")
    return model.eval()


def largest_difference(programs, model, folder):
    """Of the logits of all reference prompts that belong to the model."""
    subprocess.run([programs / "gpt2ckpt", "convert", "-q", model, folder / "model", "--to",
                    "safetensors"], check=True, stdout=subprocess.DEVNULL)
    theirs = load(folder / "model")
    reference = model / "reference"
    files = sorted((reference if reference.exists() else FIXTURES / "reference").glob("ids_*.npy"))
    differences = []
    for file in files:
        ids = np.load(file)
        subprocess.run([programs / "gpt2run", "logits", "--quiet", "--model", model, "--ids",
                        ",".join(map(str, ids)), "--output", folder / "logits.npy"], check=True)
        with torch.no_grad():
            expected = theirs(torch.from_numpy(ids)[None]).logits[0].numpy()
        found = np.load(folder / "logits.npy")
        if found.shape != expected.shape:
            sys.exit(f"{model}: expected logits of shape {expected.shape}, found {found.shape}")
        differences.append(np.abs(found - expected).max())
    return max(differences), np.abs(expected).max()


def main():
    programs = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release") / "bin"
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    all_differences = []
    for model in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            difference, largest = largest_difference(programs, model, pathlib.Path(folder))
        all_differences.append(difference)
        print(f"{difference:.2e}  of logits up to {largest:5.1f}  {model.relative_to(ROOT)}")
    worst = max(all_differences)
    print(f"{len(MODELS)} models, the largest difference is {worst:.2e}")
    sys.exit(0 if worst <= TOLERANCE else f"more than {TOLERANCE:g}")


main()
