#!/usr/bin/env python3
"""Prints the table of bench/README.md from the JSON that the benchmarks wrote.

  bench/table.py build/release/bench
"""
import json
import pathlib
import sys

# counter -> column
RATES = {
    "tok/s": "{:.0f} tok/s",
    "GB/s": "{:.1f} GB/s",
    "GFLOP/s": "{:.0f} GFLOP/s",
    "bytes_per_second": "{:.1f} MB/s",
    "flops/s": "{:.0f} GFLOP/s",
    "bytes/s": "{:.1f} GB/s",
    "items_per_second": "{:.2f} G items/s",
}
UNITS = {"bytes_per_second": 1e6, "flops/s": 1e9, "bytes/s": 1e9, "items_per_second": 1e9}
SHARES = {
    "share_of_limit": "{:.2f} of the limit",
    "share_of_fma": "{:.2f} of the FMA rate",
    "share_of_bandwidth": "{:.2f} of the bandwidth",
    "times_read": "{:.2f} times a plain read",
    "share_of_copy": "{:.2f} of cp, sync and cmp",
}


def cells(run, forms):
    return ", ".join(text.format(run[name] / UNITS.get(name, 1))
                     for name, text in forms.items() if name in run)


def main():
    folder = pathlib.Path(sys.argv[1])
    print("| benchmark | time | rate | share |\n|---|---|---|---|")
    for path in sorted(folder.glob("*.json")):
        for run in json.loads(path.read_text())["benchmarks"]:
            name = run["name"].removeprefix("BM_")
            for suffix in ("/manual_time", "/real_time"):
                name = name.removesuffix(suffix)
            time = f"{run['real_time']:.3g} {run['time_unit']}"
            print(f"| {name} | {time} | {cells(run, RATES)} | {cells(run, SHARES)} |")


if __name__ == "__main__":
    main()
