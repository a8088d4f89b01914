#!/usr/bin/env python3
"""Draws what draft_bench --forced measured: the speed of drafted decode against how many of the
guesses are right, beside plain decode and what that share of right guesses allows.

  build/release/bin/draft_bench --forced > draft.json
  bench/draft.py draft.json draft.png      needs matplotlib (bench/peers/requirements.txt)
"""
import json
import pathlib
import sys

import growth  # before pyplot: it chooses what draws
from matplotlib import pyplot

DRAFTED, ALLOWED, PLAIN = "#1f6feb", "#d1242f", "#57606a"


def draw_rates(axes, record):
    rates = sorted((rate for rate in record["forced"] if rate["int4"]["acceptance"] is not None),
                   key=lambda rate: rate["int4"]["acceptance"])
    places = [rate["int4"]["acceptance"] for rate in rates]

    def line(name, **style):
        axes.plot(places, [rate[f"{name}_tokens_per_second"] for rate in rates], **style)

    line("allowed_by_passes", color=ALLOWED, linewidth=1.2, linestyle=(0, (4, 2)),
         label="allowed: these passes and guesses at the time they take alone")
    line("drafted", color=DRAFTED, marker="o", markersize=4, linewidth=1.8, label="--draft")
    line("plain", color=PLAIN, marker="o", markersize=3, linewidth=1.2, label="plain")
    line("plain_bound", color=PLAIN, linewidth=1, linestyle=(0, (1, 2)),
         label="plain decode's bound: the weights at the bandwidth")


def draw(record):
    figure, axes = pyplot.subplots(figsize=(7, 4))
    draw_rates(axes, record)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)
    growth.finish(axes, f"Drafted greedy decode, {record['model']}, {record['dtype']}, "
                  f"{record['threads']} threads, {record['kernels']} kernels",
                  "share of right guesses, of those that were judged", "tokens/s")
    figure.tight_layout()
    return figure


if __name__ == "__main__":
    draw(json.loads(pathlib.Path(sys.argv[1]).read_text())).savefig(sys.argv[2], dpi=100)
