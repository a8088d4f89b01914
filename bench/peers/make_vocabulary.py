#!/usr/bin/env python3
"""Writes a made-up vocabulary of GPT-2's size: a random model needs one in some formats.

  make_vocabulary.py FOLDER [N_VOCAB]     writes encoder.json and vocab.bpe

Its tokens are the 256 bytes, then pairs of bytes, one for each merge, then <|endoftext|>.
"""
import itertools
import json
import pathlib
import sys


def byte_characters():
    """The character that stands for each byte in GPT-2's vocabularies."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    characters = {byte: chr(byte) for byte in printable}
    characters.update({byte: chr(256 + i) for i, byte in enumerate(others)})
    return [characters[byte] for byte in printable + others]


def main():
    folder = pathlib.Path(sys.argv[1])
    n_vocab = int(sys.argv[2]) if len(sys.argv) > 2 else 50257
    characters = byte_characters()
    merges = list(itertools.islice(itertools.product(characters, repeat=2), n_vocab - 257))
    tokens = characters + [first + second for first, second in merges] + ["<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    encoder = {token: i for i, token in enumerate(tokens)}
    (folder / "encoder.json").write_text(json.dumps(encoder), encoding="utf-8")
    lines = ["#version: 0.2"] + [f"{first} {second}" for first, second in merges]
    (folder / "vocab.bpe").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
