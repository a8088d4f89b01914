#!/usr/bin/env python3
"""Draws what the program growth measured: a panel for each kind of growth, with the
machine's limit beside each line.

  build/release/bin/growth --threads 2 > growth.json
  bench/growth.py growth.json growth.png      needs matplotlib (bench/peers/requirements.txt)
"""
import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (after the choice of what draws)

COLORS = {"f32": "#1f6feb", "bf16": "#1a7f37", "int8": "#bc4c00", "int4": "#8250df"}
SIZES = {"124M": 124, "355M": 355, "774M": 774, "1558M": 1558}  # millions of weights


def number(text):
    return SIZES.get(text) or int(text)


def limit_seconds(point):
    """Neither reading nor multiplying can take less."""
    return max(point["seconds_of_reading"], point["seconds_of_multiplying"])


def draw_lines(axes, record, kind, figure, marker="o"):
    """figure(at, seconds) is what stands on the vertical axis; a dashed line is its limit."""
    for dtype, series in record["types"].items():
        points = series[kind]["points"]
        places = [number(point["at"]) for point in points]
        axes.plot(places, [figure(at, point["seconds"]) for at, point in zip(places, points)],
                  color=COLORS[dtype], marker=marker, markersize=3.5, linewidth=1.6, label=dtype)
        axes.plot(places, [figure(at, limit_seconds(point)) for at, point in zip(places, points)],
                  color=COLORS[dtype], linestyle=(0, (4, 2)), linewidth=1)


def finish(axes, title, horizontal, vertical):
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(horizontal, fontsize=9)
    axes.set_ylabel(vertical, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(True, color="#eaeef2", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def plain_ticks(axis, ticks, labels=None):
    axis.set_major_locator(matplotlib.ticker.FixedLocator(ticks))
    axis.set_major_formatter(matplotlib.ticker.FixedFormatter(labels or [str(t) for t in ticks]))
    axis.set_minor_locator(matplotlib.ticker.NullLocator())


def plain_rates(axes):
    """A logarithmic scale with figures as they are read."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def draw_context(axes, record):
    draw_lines(axes, record, "context", lambda at, seconds: 1000 * seconds)
    axes.set_xlim(0, 1040)
    axes.set_ylim(bottom=0)
    plain_ticks(axes.xaxis, [1, 256, 512, 768, 1024])
    finish(axes, "Decode against context, 124M", "tokens of context", "ms a token")


def draw_length(axes, record):
    draw_lines(axes, record, "length", lambda at, seconds: at / seconds)
    axes.set_xscale("log")
    plain_ticks(axes.xaxis, [1, 8, 16, 32, 64, 128, 256, 512, 1024])
    plain_rates(axes)
    finish(axes, "Prefill against length, 124M", "tokens of the prompt", "tokens/s")


def draw_batch(axes, record):
    draw_lines(axes, record, "batch", lambda at, seconds: at / seconds)
    axes.set_xscale("log")
    plain_ticks(axes.xaxis, [1, 2, 4, 8, 16])
    plain_rates(axes)
    finish(axes, f"Decode against batch, 124M,\n{record['batch_context']} tokens of context each",
           "sequences at once", "tokens/s of all")


def draw_shapes(axes, record, kind, title, n_tokens):
    draw_lines(axes, record, kind, lambda at, seconds: n_tokens / seconds)
    axes.set_xscale("log")
    plain_ticks(axes.xaxis, list(SIZES.values()), list(SIZES))
    plain_rates(axes)
    finish(axes, title, "weights", "tokens/s")


def draw_shape_decode(axes, record):
    draw_shapes(axes, record, "shape_decode",
                f"Decode after {record['shape_tokens']} tokens,\nby shape", 1)


def draw_shape_prefill(axes, record):
    n = record["shape_tokens"]
    draw_shapes(axes, record, "shape_prefill", f"Prefill of {n} tokens,\nby shape", n)


ROWS = [{"context": draw_context, "length": draw_length},
        {"batch": draw_batch, "shape_decode": draw_shape_decode,
         "shape_prefill": draw_shape_prefill}]


def measured_rows(record):
    """What draws the panels of each row; without 124M (growth --shapes) some were not measured."""
    types = record["types"].values()
    rows = [[draws for kind, draws in row.items() if all(kind in series for series in types)]
            for row in ROWS]
    return [row for row in rows if row]


def draw(record):
    rows = measured_rows(record)
    height = 3.5 * len(rows)
    figure = pyplot.figure(figsize=(10, height))
    grid = figure.add_gridspec(len(rows), 6)
    for i, row in enumerate(rows):
        width = 6 // len(row)
        for j, draws in enumerate(row):
            draws(figure.add_subplot(grid[i, j * width:(j + 1) * width]), record)
    lines, labels = figure.axes[0].get_legend_handles_labels()
    dashed = matplotlib.lines.Line2D([], [], color="#57606a", linestyle=(0, (4, 2)), linewidth=1)
    figure.legend([*lines, dashed], [*labels, "limit: reading at the bandwidth, or multiplying "
                                     "at the best rate for the type"],
                  loc="lower center", ncols=len(lines) + 1, frameon=False, fontsize=9)
    figure.suptitle(f"GPT-2, {record['threads']} threads, {record['cpu']}, "
                    f"{record['kernels']} kernels", fontsize=10.5, x=0.01, ha="left")
    figure.tight_layout(rect=(0, 0.28 / height, 1, 1))  # above the legend
    return figure


if __name__ == "__main__":
    draw(json.loads(pathlib.Path(sys.argv[1]).read_text())).savefig(sys.argv[2], dpi=100)
