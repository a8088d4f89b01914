"""A small reader of TensorFlow's checkpoint files, for make_references.py alone.

It shares nothing with loader/ on purpose: the references must not repeat the engine's mistakes. No
TensorFlow either: it and PyTorch do not always load into one process. It trusts its files (no
checksums) and reads what TensorFlow's Saver writes: uncompressed tables, whole variables.
Format: loader/FORMATS.md.
"""
import numpy as np

DTYPES = {1: "<f4", 2: "<f8", 14: "bfloat16", 19: "<f2"}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def message(data):
    """A protocol buffer's fields: number -> the list of its values."""
    fields, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if tag & 7 == 2 else (4 if tag & 7 == 5 else 8, at)
            value, at = data[at:at + size], at + size
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def block(table, handle):
    """The keys and values of a table's block."""
    offset, at = varint(handle, 0)
    size, _ = varint(handle, at)
    if table[offset + size] != 0:
        raise SystemExit("compressed tables are not read here")
    data = table[offset:offset + size]
    n_restarts = int.from_bytes(data[-4:], "little")
    key, at, end = b"", 0, len(data) - 4 - 4 * n_restarts
    while at < end:
        n_shared, at = varint(data, at)
        n_own, at = varint(data, at)
        n_value, at = varint(data, at)
        key = key[:n_shared] + data[at:at + n_own]
        yield key, data[at + n_own:at + n_own + n_value]
        at += n_own + n_value


def read_tensor(prefix, n_shards, entry):
    shape = [message(dim).get(1, [0])[0] for dim in message(entry.get(2, [b""])[0]).get(2, [])]
    shard, offset, size = (entry.get(field, [0])[0] for field in (3, 4, 5))
    with open(f"{prefix}.data-{shard:05d}-of-{n_shards:05d}", "rb") as file:
        file.seek(offset)
        data = file.read(size)
    dtype = DTYPES[entry[1][0]]
    if dtype == "bfloat16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    return np.frombuffer(data, dtype).reshape(shape)


def read_bundle(prefix):
    """All floating-point variables of the checkpoint: name -> array."""
    with open(f"{prefix}.index", "rb") as file:
        table = file.read()
    footer = table[-48:]
    _, at = varint(footer, 0)  # the metaindex's handle: offset, size
    _, at = varint(footer, at)
    entries = {key: message(value) for _, handle in block(table, footer[at:])
               for key, value in block(table, handle)}
    n_shards = entries.pop(b"").get(1, [1])[0]
    if any(7 in entry for entry in entries.values()):
        raise SystemExit("partitioned variables are not read here")
    return {key.decode(): read_tensor(prefix, n_shards, entry)
            for key, entry in entries.items() if entry.get(1, [0])[0] in DTYPES}


def latest_prefix(folder):
    """What the folder's `checkpoint` file points to, by its name in this folder."""
    line = (folder / "checkpoint").read_text().split("\n", 1)[0]
    return folder / line.split('"')[1].rsplit("/", 1)[-1]
