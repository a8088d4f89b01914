#!/usr/bin/env python3
"""Writes tests/data/gguf_types: a GGUF file of a tensor of every type that is read, and what each
holds as float32, as PyPI's gguf package has it.

  python3 scripts/make_gguf_fixtures.py OUT     needs numpy and gguf (made with gguf 0.19.0)

The simple types are quantized by the package from random numbers. It has no quantizer for the
K-quants: theirs are random blocks whose scales are moderate float16 numbers.
"""
import pathlib
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import quants

ROWS, COLUMNS = 3, 512
SIMPLE = [T.F32, T.F16, T.BF16, T.F64, T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1]
K_QUANTS = {T.Q2_K: (80, 82), T.Q3_K: (108,), T.Q4_K: (0, 2), T.Q5_K: (0, 2), T.Q6_K: (208,)}
LISTED = [T.IQ4_NL, T.I32]  # types that are listed but not read


def simple(kind, random):
    values = (random.standard_normal((ROWS, COLUMNS)) * 0.3).astype(np.float32)
    values[0, :32] = 0  # a block of zeros, whose scale is zero
    values[1, 7] = -3.5
    if kind == T.F64:
        values = values.astype(np.float64) * (1 + 2.0**-30)
        return values, values.astype(np.float32)
    stored = quants.quantize(values, kind)
    return stored, quants.dequantize(stored, kind).astype(np.float32)


def k_quant(kind, scales_at, random):
    block_items, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    n_blocks = ROWS * COLUMNS // block_items
    blocks = random.integers(0, 256, (n_blocks, block_bytes), dtype=np.uint8)
    for at in scales_at:
        scales = (random.standard_normal(n_blocks) * 0.01).astype(np.float16)
        blocks[:, at:at + 2] = scales.view(np.uint8).reshape(n_blocks, 2)
    stored = blocks.reshape(ROWS, -1)
    return stored, quants.dequantize(stored, kind)


def write(path, tensors, alignment=None):
    writer = gguf.GGUFWriter(path, "gpt2")
    if alignment:
        writer.add_custom_alignment(alignment)
    writer.add_name("every type")
    writer.add_array("test.strings", ["a", "", "\u00e9\u4e2d"])
    writer.add_array("test.numbers", [1, -2, 3])
    writer.add_bool("test.bool", True)
    writer.add_float64("test.float64", 0.1)
    writer.add_uint64("test.uint64", 2**63)
    writer.add_int8("test.int8", -5)
    for name, stored, kind in tensors:
        writer.add_tensor(name, stored, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(20240214)
    tensors = []
    for kind in SIMPLE + list(K_QUANTS):
        made = k_quant(kind, K_QUANTS[kind], random) if kind in K_QUANTS else simple(kind, random)
        tensors.append((kind.name, made[0], None if kind == T.F64 else kind))
        np.save(out / f"{kind.name}.npy", made[1])
    for kind in LISTED:
        block_items, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        row_bytes = COLUMNS // block_items * block_bytes
        stored = random.integers(0, 256, (ROWS, row_bytes), dtype=np.uint8)
        tensors.append((kind.name, stored.view(np.int32) if kind == T.I32 else stored,
                        None if kind == T.I32 else kind))
    write(out / "types.gguf", tensors)
    # Little enough to be damaged in every byte.
    write(out / "small.gguf", [(name, stored[:1], kind) for name, stored, kind in tensors
                               if name in ("Q8_0", "Q3_K")], alignment=64)


if __name__ == "__main__":
    main()
