#!/usr/bin/env python3
"""Writes tests/data/hdf5: small HDF5 files of every layout and type that is read, and of what is
refused.

  python3 scripts/make_hdf5_fixtures.py OUT     needs numpy and h5py (made with h5py 3.16.0)
"""
import pathlib
import sys

import h5py
import numpy as np


def good(file):
    values = np.arange(60, dtype=np.float32).reshape(4, 15) / 8
    file.attrs["backend"] = "tensorflow"  # a string of variable length
    file.attrs["keras_version"] = np.bytes_("padded")
    file.attrs["layer_names"] = ["wte", "h_._0"]
    file.attrs["weight_names"] = np.array([b"a", b"bcd"])
    file.attrs["number"] = 3  # not asked for
    file["float32"] = values
    file["group/float64"] = values.astype(np.float64)
    file["group/float16"] = values.astype(np.float16)
    file["group/inner/int32"] = np.arange(3, dtype=np.int32)
    file["group/inner/int64"] = np.arange(3, dtype=np.int64)
    file["group/inner/uint8"] = np.arange(3, dtype=np.uint8)
    file["big_endian"] = values.astype(">f4")
    file["text"] = "a string"
    file["scalar"] = np.float32(2.5)
    file["null"] = h5py.Empty("f4")
    file["group/again"] = file["float32"]  # a hard link: one dataset under two names
    file["group/round"] = file["group"]  # and one that leads back
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((4, 15))
    h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact).write(
        h5py.h5s.ALL, h5py.h5s.ALL, values)


def chunked(file):
    values = np.arange(60, dtype=np.float32).reshape(4, 15) / 8
    file.create_dataset("gzip", data=values, chunks=(3, 4), compression="gzip", shuffle=True,
                        fletcher32=True)
    file.create_dataset("gzip_float16", data=values.astype(np.float16), chunks=(4, 15),
                        compression="gzip")
    file.create_dataset("chunked", data=values, chunks=(2, 15))
    # An odd number of bytes for fletcher32, and a tree of several nodes.
    file.create_dataset("odd", data=np.arange(3, dtype=np.float16)[:, None], chunks=(3, 1),
                        compression="gzip", fletcher32=True)
    file.create_dataset("many", data=np.arange(300, dtype=np.float32), chunks=(2,))


def virtual(file):
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (3,))
    file.create_virtual_dataset("x", layout)


def add_links(file):
    for i in range(20):
        file[f"x{i}"] = np.float32(i)


REFUSED = {  # in the formats of HDF5 1.10
    "soft_link": lambda f: f.__setitem__("x", h5py.SoftLink("/y")),
    "external_link": lambda f: f.__setitem__("x", h5py.ExternalLink("/etc/hostname", "/y")),
    "external_storage": lambda f: f.create_dataset(
        "x", (3,), "f4", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)]),
    "virtual": virtual,
    "new_chunks": lambda f: f.create_dataset("x", data=np.zeros(100, "f4"), chunks=(10,)),
    "dense_links": add_links,
    "never_written": lambda f: f.create_dataset("x", (100,), "f4"),
}
REFUSED_OLD = {  # in the formats that h5py writes unless it is told otherwise
    "lzf": lambda f: f.create_dataset("x", data=np.zeros(100, "f4"), compression="lzf"),
    "chunk_missing": lambda f: f.create_dataset("x", (100,), "f4", chunks=(10,)).__setitem__(3, 1),
    "committed_type": lambda f: (f.__setitem__("t", np.dtype("f4")),
                                 f.create_dataset("x", data=np.zeros(3, "f4"), dtype=f["t"])),
}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, libver in {"old.h5": "earliest", "new.h5": "v110"}.items():
        with h5py.File(out / name, "w", libver=(libver, "v110")) as file:
            good(file)
            if libver == "earliest":
                chunked(file)
    with h5py.File(out / "user_block.h5", "w", userblock_size=512) as file:
        file["x"] = np.arange(4, dtype=np.float32)
    for libver, refused in {"v110": REFUSED, "earliest": REFUSED_OLD}.items():
        for name, make in refused.items():
            with h5py.File(out / f"{name}.h5", "w", libver=(libver, "v110")) as file:
                make(file)
    with h5py.File(out / "many_links.h5", "w") as file:  # a tree of two levels
        file["x"] = np.arange(4, dtype=np.float32)
        for i in range(400):
            file[f"x{i}"] = file["x"]
    with h5py.File(out / "small.h5", "w") as file:  # to be damaged in every byte
        file["g/x"] = np.arange(8, dtype=np.float32)
        file.create_dataset("z", data=np.arange(8, dtype=np.float32), chunks=(4,),
                            compression="gzip", fletcher32=True)
        file.attrs["backend"] = "tensorflow"


if __name__ == "__main__":
    main()
