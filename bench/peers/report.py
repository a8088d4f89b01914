#!/usr/bin/env python3
"""Tables of what compare.py measured: medians over the rounds; shares and ratios are taken within
each round, and the median, the smallest and the largest of those printed.

  report.py build/peers/results.json
"""
import dataclasses
import json
import pathlib
import statistics
import sys

import costs
from metrics import FLOORS, METRICS, TYPES

# What a type's products can be made of; int4 is multiplied as int8.
DOTS = {"f32": "fma_f32", "bf16": "dot_bf16", "int8": "dot_int8", "int4": "dot_int8"}
TILES = {"bf16": "amx_bf16", "int8": "amx_int8", "int4": "amx_int8"}


@dataclasses.dataclass(frozen=True)
class Spread:
    """A share or a ratio, of all rounds."""
    median: float
    smallest: float
    largest: float

    def __str__(self):
        return f"{self.median:.2f} ({self.smallest:.2f} to {self.largest:.2f})"


def median(record, name, metric):
    """A contestant's figure; None if it was not measured."""
    found = [one["values"][name][metric] for one in record["rounds"]
             if metric in one["values"].get(name, {})]
    return statistics.median(found) if found else None


def found_limit(one_round, metric, dtype, key):
    """What our program found between its passes of a metric; None if it found nothing."""
    limits = one_round["limits"].get(f"gpt2run {dtype}", {})
    return limits.get(metric.name, {}).get(key)


def limit(record, one_round, metric, dtype, units=None):
    """The figure that a metric cannot pass on this machine: tok/s, or seconds. None: not known."""
    shape = record["shapes"][metric.model]
    if metric.unit == "s":
        return found_limit(one_round, metric, dtype, "file")
    if metric.prefill:
        rate = found_limit(one_round, metric, dtype, (units or DOTS).get(dtype))
        return rate and metric.prefill * rate / costs.prefill_operations(shape, metric.prefill)
    bandwidth = found_limit(one_round, metric, dtype, "read")
    return bandwidth and bandwidth / costs.decode_bytes(shape, dtype, *metric.decode)


def limit_median(record, metric, dtype, units=None):
    found = [limit(record, one, metric, dtype, units) for one in record["rounds"]]
    return None if None in found else statistics.median(found)


def highest_limit(record, metric, dtype):
    """The limit with whatever instructions the CPU has, float32's included. None: not known."""
    found = [limit_median(record, metric, dtype, units)
             for units in (DOTS, TILES, {dtype: "fma_f32"})]
    found = [value for value in found if value]
    return max(found) if found else None


def ratio(record, metric, ours, other, inverse=False):
    """The Spread of ours divided by other(round); of the inverse, for seconds as a speed."""
    found = [one["values"][ours][metric.name] / other(one) for one in record["rounds"]]
    if inverse:
        found = [1 / value for value in found]
    return Spread(statistics.median(found), min(found), max(found))


def best_peer(record, metric, dtype):
    """The peer with the best median of a type. None without peers."""
    peers = [name for name, one in record["contestants"].items() if one["peer"] != "gpt2run"
             and one["dtype"] == dtype and median(record, name, metric.name) is not None]
    if not peers:
        return None
    pick = min if metric.unit == "s" else max
    return pick(peers, key=lambda name: median(record, name, metric.name))


def measured(record, metric, dtype):
    return median(record, f"gpt2run {dtype}", metric.name) is not None


def compared(record, metric, dtype):
    """A row of the table of floors: ours, share, peer, times the peer; both Spreads, or None."""
    ours = f"gpt2run {dtype}"
    row = {"metric": metric, "dtype": dtype, "ours": median(record, ours, metric.name),
           "limit": limit_median(record, metric, dtype), "share": None, "peer": None, "times": None}
    if row["limit"] is not None:
        row["share"] = ratio(record, metric, ours,
                             lambda one: limit(record, one, metric, dtype))
    row["peer"] = best_peer(record, metric, dtype)
    if row["peer"]:
        row["times"] = ratio(record, metric, ours,
                             lambda one: one["values"][row["peer"]][metric.name],
                             inverse=metric.unit == "s")
    return row


def rows(record):
    return [compared(record, metric, dtype) for metric in METRICS.values() for dtype in TYPES
            if measured(record, metric, dtype)]


def figure(value, unit=""):
    if value is None:
        return "-"
    digits = 3 if unit == "s" else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}" + (f" {unit}" if unit else "")


def beside(spread, floor, at_most=False):
    """A Spread and whether its median reaches the floor."""
    if spread is None or floor is None:
        return str(spread or "-")
    reached = spread.median <= floor if at_most else spread.median >= floor
    return f"{spread}, {'reached' if reached else 'NOT reached'}: {floor:g}"


def floors_table(record):
    lines = ["| | gpt2run | limit | share of the limit | best peer | times the peer |",
             "|---|---|---|---|---|---|"]
    for row in rows(record):
        metric, unit = row["metric"], row["metric"].unit
        share, times = FLOORS.get((metric.name, row["dtype"]), (None, None))
        lines.append(f"| {metric.title}, {row['dtype']} | {figure(row['ours'], unit)} "
                     f"| {figure(row['limit'], unit)} | {beside(row['share'], share, unit == 's')} "
                     f"| {row['peer'] or '-'} | {beside(row['times'], times)} |")
    return lines


def tiles_lines(record):
    """Prefill beside the tiles' rate, where the CPU has them."""
    metric = METRICS["prefill_512"]
    lines = []
    for dtype in TILES:
        top = limit_median(record, metric, dtype, TILES)
        if top and measured(record, metric, dtype):
            share = ratio(record, metric, f"gpt2run {dtype}",
                          lambda one, dtype=dtype: limit(record, one, metric, dtype, TILES))
            lines.append(f"- {metric.title}, {dtype}: AMX alone would allow {top:.0f} tok/s; "
                         f"{share} of it.")
    return lines


def drafted_lines(record):
    metric, name = METRICS["decode_128"], "gpt2run f32 drafted"
    if median(record, name, metric.name) is None:
        return []
    bound = ratio(record, metric, name, lambda one: limit(record, one, metric, "f32"))
    plain = ratio(record, metric, name, lambda one: one["values"]["gpt2run f32"][metric.name])
    return [f"- Drafted f32: {median(record, name, metric.name):.1f} tok/s, {plain} x plain "
            f"decode, {bound} x plain decode's bound, of a text that repeats itself: the "
            "random model's own."]


def medians_table(record):
    names = [name for name in METRICS if any(median(record, one, name) is not None
                                             for one in record["contestants"])]
    lines = ["| | " + " | ".join(f"{METRICS[name].title}, {METRICS[name].unit}" for name in names)
             + " |", "|---" * (len(names) + 1) + "|"]
    for one in record["contestants"]:
        cells = [figure(median(record, one, name), METRICS[name].unit).removesuffix(" s")
                 .removesuffix(" tok/s") for name in names]
        lines.append(f"| {one} | " + " | ".join(cells) + " |")
    return lines


def median_limit(record, metric, dtype, key):
    found = [found_limit(one, metric, dtype, key) for one in record["rounds"]]
    return None if None in found else statistics.median(found)


def limits_lines(record):
    """Rates beside our prefill of the type that uses them, and the bandwidth of our weights."""
    lines = []
    prefill = METRICS["prefill_512"]
    for rates in (DOTS, TILES):
        for dtype, key in rates.items():
            found = median_limit(record, prefill, dtype, key)
            if found is not None:
                lines.append(f"- {prefill.title}, {dtype}: {key} {found / 1e9:.0f} G operations/s")
    for metric in METRICS.values():
        for dtype in TYPES:
            found = median_limit(record, metric, dtype, "read")
            if found is not None:
                rate = f"{found / 1e9:.1f} GB/s"
                lines.append(f"- {metric.title}, {dtype}: reading the weights {rate}")
    return lines


def agreement_lines(record):
    lines = []
    for name, found in record["agreement"].items():
        if "failed" in found:
            lines.append(f"- {name}: not run ({found['failed']})")
            continue
        lines.append(f"- {name}: {found['largest_difference']:.2g} (at most {found['bound']:g}); "
                     f"the same likeliest id at {found['same_likeliest']:.2f} of positions")
    return lines


def settings_lines(record):
    lines = []
    for name, found in record["settings"].items():
        texts = {}
        for metric, settings in found.items():
            text = ", ".join(f"{key} {value}" for key, value in settings.items())
            if text:
                texts.setdefault(text, []).append(METRICS[metric].title)
        lines += [f"- {name}: {text} ({'; '.join(titles)})" for text, titles in texts.items()]
    return lines


def text(record):
    machine = record["machine"]
    parts = [
        [f"{machine['cpu']}, {record['threads']} of {machine['cpus']} CPUs, "
         f"{machine['last_cache']} of last cache, {record['date']}; medians of "
         f"{len(record['rounds'])} rounds. Shares and ratios are taken within each round; the "
         "median of those is given, with the smallest and the largest, so they are not the "
         "quotients of the medians beside them."],
        ["## Against the limit and the best peer", "", *floors_table(record), "",
         *tiles_lines(record), *drafted_lines(record)],
        ["## All figures", "", *medians_table(record)],
        ["## Limits of the machine", "", *limits_lines(record)],
        ["## Logits: the largest difference from gpt2run's float32", "", *agreement_lines(record)],
        ["## Settings that were fastest", "", *settings_lines(record)],
        ["## Versions", "", *(f"- {name}: {text}" for name, text in record["versions"].items())]]
    return "\n\n".join("\n".join(part) for part in parts)


if __name__ == "__main__":
    print(text(json.loads(pathlib.Path(sys.argv[1]).read_text())))
