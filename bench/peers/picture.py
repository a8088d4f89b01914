#!/usr/bin/env python3
"""The picture of what compare.py measured: bars for each contestant, and the limit as a line. Each
weight type has a scale of its own.

  picture.py build/peers/results.json results.png
"""
import json
import pathlib
import sys

import report
from metrics import METRICS, TYPES

COLORS = {"gpt2run": "#1f6feb", "llama.cpp": "#9aa4b1", "CTranslate2": "#bcc4ce",
          "PyTorch": "#dce1e7"}
LINE = "#d1242f"
ROWS = ["decode_128", "prefill_512"]
ABOVE = 2  # a limit that is further above the highest bar is written, not drawn


def bars_of(record, metric, dtype):
    """[(peer, tok/s)] of those with that weight type."""
    bars = [(one["peer"], report.median(record, name, metric.name))
            for name, one in record["contestants"].items()
            if one["dtype"] == dtype and not name.endswith("drafted")]
    return [bar for bar in bars if bar[1] is not None]


def draw_bars(axes, bars, top):
    for i, (peer, value) in enumerate(bars):
        axes.bar(i, value, width=0.88, color=COLORS[peer], label=peer)
        is_inside = value > 0.12 * top
        color = "white" if is_inside and peer == "gpt2run" else "#1f2328"
        axes.annotate(report.figure(value), (i, value), (0, -3 if is_inside else 2), color=color,
                      textcoords="offset points", ha="center", va="top" if is_inside else "bottom",
                      fontsize=8.5, fontweight="bold" if peer == "gpt2run" else "normal")


def draw_limit(axes, limit, highest, top):
    text = f"limit {report.figure(limit)}"
    if limit > ABOVE * highest:
        axes.annotate(text + " \u2191", (0.99, 0.98), xycoords="axes fraction", ha="right",
                      va="top", fontsize=8.5, color=LINE)
        return
    axes.axhline(limit, color=LINE, linewidth=1.6)
    axes.annotate(text, (0.99, limit / top), (0, 2), xycoords="axes fraction",
                  textcoords="offset points", ha="right", va="bottom", fontsize=8.5, color=LINE)


def draw_panel(axes, record, metric, dtype):
    bars = bars_of(record, metric, dtype)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    if not bars:
        return
    limit = report.highest_limit(record, metric, dtype)
    highest = max(value for _, value in bars)
    top = 1.12 * max(highest, limit if limit and limit <= ABOVE * highest else 0)
    axes.set_xlim(-0.6, max(3, len(bars)) - 0.4)
    axes.set_ylim(0, top)
    draw_bars(axes, bars, top)
    if limit:
        draw_limit(axes, limit, highest, top)


def draw(figure, grid, record):
    for row, name in enumerate(ROWS):
        for column, dtype in enumerate(TYPES):
            axes = grid[row][column]
            draw_panel(axes, record, METRICS[name], dtype)
            if row == 0:
                axes.set_title(dtype, fontsize=10)
        grid[row][0].set_ylabel(f"{METRICS[name].title}\ntokens/s", fontsize=9.5)
    handles = {label: handle for line in grid for axes in line
               for handle, label in zip(*axes.get_legend_handles_labels())}
    order = [label for label in COLORS if label in handles]
    figure.legend([handles[label] for label in order], order, loc="lower center", ncols=len(order),
                  frameon=False, fontsize=9)
    figure.suptitle(f"GPT-2 124M, {record['threads']} threads, {record['machine']['cpu']}, "
                    f"{record['date']}", fontsize=10.5, x=0.01, ha="left")
    figure.tight_layout(rect=(0, 0.06, 1, 1))


def write(record, path):
    """Errors: ImportError without matplotlib."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(len(ROWS), len(TYPES), figsize=(9, 4.8))
    draw(figure, grid, record)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


if __name__ == "__main__":
    write(json.loads(pathlib.Path(sys.argv[1]).read_text()), sys.argv[2])
