#!/usr/bin/env python3
"""Makes the fuzzers' seeds: small good files of each format, of tests/data or written here.

  make_corpus.py TEST_DATA OUT TARGET...     OUT/TARGET/...; exit 1 if a target would have none
"""
import pathlib
import struct
import sys

# Files of tests/data for each target; where two are read together, pairs of them.
SEEDS = {
    "bundle": [("fixtures/bad/_good_base_tf1/model.ckpt.index",
                "fixtures/bad/_good_base_tf1/model.ckpt.data-00000-of-00001")],
    "bundle_index": ["fixtures/tf1*/*.index", "fixtures/tf2_object/*.index"],
    "checkpoint": ["fixtures/bad/_good_base_*/model*", "fixtures/bad/_good_base_npz/params.npz",
                   "gguf_types/small.gguf", "torch/state_dict*.pt", "hdf5/user_block.h5"],
    "config": ["fixtures/tf1/hparams.json", "fixtures/hf_*/config.json"],
    "gguf": ["gguf_types/small.gguf", "fixtures/bad/_good_base_gguf/*.gguf"],
    "hdf5": ["hdf5/*.h5"],
    "llmc": ["fixtures/bad/_good_base_llmc/model.bin"],
    "llmc_tokenizer": ["fixtures/llmc/gpt2_tokenizer.bin"],
    "npy": ["fixtures/reference/ids_*.npy", "fixtures/bad/_good_base_tf1/*.npy"],
    "npz": ["fixtures/bad/_good_base_npz/params.npz", "fixtures/bad/npz_*/params.npz"],
    "safetensors": ["fixtures/bad/_good_base_safetensors/model.safetensors"],
    "state_file": ["fixtures/tf1*/checkpoint"],
    "tokenizer_json": ["fixtures/*/tokenizer.json"],
    "torch": ["torch/*.pt"],
    "torch_legacy": ["torch/*legacy*.pt"],
    "vocabulary": [("fixtures/tf1/encoder.json", "fixtures/tf1/vocab.bpe"),
                   ("fixtures/bad/_good_base_tf1/encoder.json",
                    "fixtures/bad/_good_base_tf1/vocab.bpe")],
}


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked_crc32c(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def varint(value):
    data = b""
    while value > 0x7F:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def message(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def number(field, value):
    return varint(field << 3) + varint(value)


def table(entries):
    """A LevelDB table with a block for each two entries; nothing is shared between keys."""
    def block(pairs):
        data, restarts = b"", b""
        for key, value in pairs:
            restarts += struct.pack("<I", len(data))
            data += varint(0) + varint(len(key)) + varint(len(value)) + key + value
        data += (restarts or bytes(4)) + struct.pack("<I", max(len(pairs), 1))
        return data + b"\0" + masked_crc32c(data + b"\0")

    data, handles = b"", []
    entries = sorted(entries)
    for at in range(0, len(entries), 2):
        one = block(entries[at:at + 2])
        handles.append((entries[at:at + 2][-1][0], varint(len(data)) + varint(len(one) - 5)))
        data += one
    footer = b""
    for pairs in [], handles:
        one = block(pairs)
        footer += varint(len(data)) + varint(len(one) - 5)
        data += one
    return data + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


def shape(sizes):
    return b"".join(message(2, number(1, size)) for size in sizes)


def slice_of(start, length):
    """A slice of rows, of all four columns, and the key of its data (small numbers only)."""
    proto = message(1, number(1, start) + number(2, length)) + message(1, b"")
    key = b"\0parts\0\1" + b"\1\2" + bytes([0x80 + start, 0x80 + length, 0x80, 0x7F])
    return proto, key


def bundle():
    """Floats, integers, strings, and a partitioned variable."""
    strings = b"\3\0abc"
    lengths = masked_crc32c(struct.pack("<II", 3, 0))
    data, entries = b"", [(b"", number(1, 1) + message(3, number(1, 1)))]

    def add(key, dtype, sizes, stored, covered=None):
        nonlocal data
        crc = masked_crc32c(covered or stored)
        place = number(4, len(data)) + number(5, len(stored))
        entries.append((key, number(1, dtype) + message(2, shape(sizes)) + place + b"\x35" + crc))
        data += stored

    add(b"floats", 1, [2, 3], struct.pack("<6f", *range(6)))
    add(b"halves", 19, [2], b"\0\x3c\0\x40")
    add(b"steps", 9, [], struct.pack("<q", 7))
    add(b"strings", 7, [2], strings[:2] + lengths + strings[2:],
        struct.pack("<II", 3, 0) + lengths + strings[2:])
    slices = b""
    for start, length in (0, 2), (2, 1):
        proto, key = slice_of(start, length)
        slices += message(7, proto)
        add(key, 1, [length, 4], struct.pack(f"<{length * 4}f", *range(length * 4)))
    entries.append((b"parts", number(1, 1) + message(2, shape([3, 4])) + slices))
    return table(entries), data


def tf_v1():
    values = [struct.pack("<8f", *range(8)), struct.pack("<4f", *range(4))]
    meta = message(1, b"parts") + message(2, shape([3, 4])) + number(3, 1)
    entries = []
    for (start, length), floats in zip(((0, 2), (2, 1)), values):
        proto, key = slice_of(start, length)
        meta += message(4, proto)
        tensor = number(1, 1) + message(2, shape([length, 4])) + message(5, floats)
        saved = message(1, b"parts") + message(2, proto) + message(3, tensor)
        entries.append((key, message(2, saved)))
    return table(entries + [(b"", message(1, message(1, meta)))])


def ggml_legacy():
    def tensor(name, dtype, sizes, data):
        head = struct.pack("<iii", len(sizes), len(name), dtype) + struct.pack(
            f"<{len(sizes)}i", *sizes)
        return head + name + data

    tokens = b"".join(struct.pack("<I", len(token)) + token for token in (b"a", b"bc", b"\xff"))
    return (b"lmgg" + struct.pack("<6iI", 3, 2, 32, 2, 1, 2007, 3) + tokens +
            tensor(b"model/wte", 0, [4, 3], struct.pack("<12f", *range(12))) +
            tensor(b"model/wpe", 8, [32], bytes(range(34))) +
            tensor(b"model/h0/ln_1/g", 1, [2], b"\0\x3c\0\x40"))


def safetensors_set():
    index = (b'{"metadata":{"total_size":24},"weight_map":'
             b'{"a":"model.safetensors","b":"model.safetensors"}}')
    header = (b'{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},'
              b'"b":{"dtype":"BF16","shape":[4],"data_offsets":[16,24]}}')
    return index, struct.pack("<Q", len(header)) + header + bytes(range(24))


NAME_MAP = br"""{"rules": [{"source": "wte.weight", "target": "model/wte"},
 {"pattern": "blocks\\.(\\d+)\\.qkv\\.weight", "target": "model/h\\1/attn/c_attn/w",
  "transform": ["squeeze", "unsqueeze", "transpose", {"slice": [[0, 768], [0, 2304]]},
                {"pad": [768, 2304]}]}]}"""


def two_files(first, second):
    return struct.pack("<I", len(first)) + first + second


def seeds_of(target, data):
    for pattern in SEEDS.get(target, []):
        if isinstance(pattern, tuple):
            yield two_files(*((data / name).read_bytes() for name in pattern))
        else:
            yield from (path.read_bytes() for path in sorted(data.glob(pattern)))
    made = {"bundle": lambda: two_files(*bundle()), "bundle_index": lambda: bundle()[0],
            "tf_v1": tf_v1, "ggml_legacy": ggml_legacy, "name_map": lambda: NAME_MAP,
            "checkpoint": ggml_legacy,
            "safetensors_set": lambda: two_files(*safetensors_set())}
    if target in made:
        yield made[target]()


def main():
    data, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for target in sys.argv[3:]:
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        n_seeds = 0
        for seed in seeds_of(target, data):
            (folder / f"seed-{n_seeds}").write_bytes(seed)
            n_seeds += 1
        if n_seeds == 0:
            sys.exit(f"no seed for {target} in {data}")


if __name__ == "__main__":
    main()
