"""Runs gpt2run and its peers in turns and writes what was measured; bench/peers/run.sh calls it
once everything is set up."""
import argparse
import datetime
import json
import pathlib
import sys

import agreement
import machine
import metrics
import picture
import programs
import report
import rounds
import settings
from contestants import all_contestants


def arguments():
    parser = argparse.ArgumentParser(
        prog="bench/peers/run.sh",
        description="Compares gpt2run with llama.cpp, CTranslate2 and PyTorch, in turns.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of every program")
    parser.add_argument("--types", default=",".join(metrics.TYPES), help="f32,bf16,int8,int4")
    parser.add_argument("--metrics", default=",".join(metrics.METRICS), help="what to measure")
    parser.add_argument("--try-settings", action="store_true",
                        help="try the peers' settings again, which are kept for their versions and "
                        "this CPU")
    parser.add_argument("--output", type=pathlib.Path,
                        help="where the JSON goes, the picture beside it")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    flags = parser.parse_args()
    flags.output = flags.output or flags.folder / "results.json"
    flags.output.parent.mkdir(parents=True, exist_ok=True)
    flags.types = known_names(parser, "--types", flags.types, metrics.TYPES)
    names = known_names(parser, "--metrics", flags.metrics, metrics.METRICS)
    flags.metrics = [metrics.METRICS[name] for name in names]
    if flags.rounds < 1 or "f32" not in flags.types:
        parser.error("at least one round and f32, which all are compared with")
    return flags


def known_names(parser, flag, text, known):
    names = text.split(",")
    for name in names:
        if name not in known:
            parser.error(f"{flag}: expected {', '.join(known)}, found {name}")
    return names


def shape_of(folder):
    config = json.loads((folder / "config.json").read_text())
    return {"n_vocab": config["vocab_size"],
            **{name: config[name] for name in ("n_ctx", "n_embd", "n_head", "n_layer")}}


def checked_contestants(flags):
    """Those who can run, and what their logits are like."""
    everyone = all_contestants(flags.programs, flags.folder, flags.threads, flags.types)
    results = agreement.check(everyone)
    for name, result in results.items():
        if agreement.is_broken(result):
            sys.exit(f"{name}: logits differ by {result['largest_difference']:g} from gpt2run's, "
                     f"expected at most {result['bound']:g}")
    return [one for one in everyone if "failed" not in results[one.name]], results


def describe(flags, results, contestants):
    return {"date": datetime.date.today().isoformat(), "threads": flags.threads,
            "machine": machine.describe(),
            "versions": machine.versions(flags.programs, flags.folder),
            "shapes": {name: shape_of(flags.folder / "models" / name)
                       for name in ("124M", "shakespeare")},
            "contestants": {one.name: {"peer": one.peer, "dtype": one.dtype}
                            for one in contestants},
            "agreement": results}


def main():
    flags = arguments()
    print("Comparing logits ...", file=sys.stderr)
    contestants, results = checked_contestants(flags)
    record = describe(flags, results, contestants)
    record["settings"] = settings.best_settings(flags.folder / "settings.json", contestants,
                                                flags.metrics, record, flags.try_settings)
    record["rounds"] = []
    for index in range(flags.rounds):
        print(f"Round {index + 1} of {flags.rounds} ...", file=sys.stderr)
        record["rounds"].append(rounds.measure(
            rounds.turns(index, contestants, flags.metrics, flags.types), record["settings"]))
        flags.output.write_text(json.dumps(record, indent=1) + "\n")
    print(report.text(record))
    picture.write(record, flags.output.with_suffix(".png"))


if __name__ == "__main__":
    try:
        main()
    except programs.Failure as failure:
        sys.exit(f"bench/peers: {failure}")
