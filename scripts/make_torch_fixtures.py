#!/usr/bin/env python3
"""Makes tests/data/torch: small files of torch.save. Needs torch (made with 2.15.0).

  scripts/make_torch_fixtures.py FOLDER
"""
import collections
import pathlib
import sys

import torch


def checkpoint():
    """Views, shared storages, every type, nested dicts, and what is no tensor."""
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    line = torch.arange(6, dtype=torch.float32)
    return collections.OrderedDict(
        base=base, transposed=base.t(), part=base[1:, 1:3], row=base[2], tied=base,
        permuted=torch.arange(24, dtype=torch.float32).reshape(2, 3, 4).permute(2, 0, 1),
        steps=line[::2], last=line[5], empty=torch.zeros(0, 4),
        half=line.to(torch.float16), bfloat=line.to(torch.bfloat16), double=line.to(torch.float64),
        ints=torch.tensor([1, 2]), flags=torch.tensor([True]),
        parameter=torch.nn.Parameter(torch.tensor([7.0])),
        nested={"a": {"b": torch.tensor([8.0])}, "list": [torch.tensor([9.0]), 5, None]},
        size=torch.Size([3, 4]), note="text", big=1 << 70, pi=3.25, yes=True, minus=-2)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for protocol in (2, 4, 5):
        torch.save(checkpoint(), folder / f"views_{protocol}.pt", pickle_protocol=protocol)
    torch.save(checkpoint(), folder / "views_legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(checkpoint(), folder / "views_legacy_4.pt", _use_new_zipfile_serialization=False,
               pickle_protocol=4)
    # A state_dict has attributes (_metadata).
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        model.bias.copy_(torch.tensor([5.0, 6.0]))
    torch.save(model.state_dict(), folder / "state_dict.pt")
    torch.save(model.state_dict(), folder / "state_dict_legacy.pt",
               _use_new_zipfile_serialization=False)
    # What must be refused.
    torch.save(model, folder / "whole_model.pt")
    torch.save({"x": torch.zeros(1).expand(1000)}, folder / "expanded.pt")
    torch.save({"x": torch.zeros(2, dtype=torch.uint16)}, folder / "uint16.pt")
    torch.save(torch.zeros(2), folder / "one_tensor.pt")
    torch.jit.save(torch.jit.script(model), folder / "torchscript.pt")


if __name__ == "__main__":
    main()
