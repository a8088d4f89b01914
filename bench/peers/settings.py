"""Each contestant's best settings: all choices are tried quickly, once, and what was fastest is
kept in a file."""
import dataclasses
import json
import sys

import programs

N_TRIES = 2
N_DECODED = 32  # tokens; enough to tell


def shortened(metric):
    if not metric.decode:
        return dataclasses.replace(metric, repeats=1)
    n, n_past = metric.decode
    return dataclasses.replace(metric, repeats=1, decode=(min(N_DECODED, n), n_past))


def seconds_with(contestant, metric, choice):
    """The best of a few tries; None if it cannot run so."""
    try:
        tries = [contestant.measure(shortened(metric), choice) for _ in range(N_TRIES)]
        return min(sample.seconds for sample in tries)
    except programs.Failure as failure:
        print(f"  {contestant.name} {choice}: {failure}", file=sys.stderr)
        return None


def best(contestant, metric, choices):
    tried = [(seconds_with(contestant, metric, choice), i) for i, choice in enumerate(choices)]
    tried = [pair for pair in tried if pair[0] is not None]
    if not tried:
        raise programs.Failure(f"{contestant.name}: no setting works for {metric.title}")
    return choices[min(tried)[1]]


def best_settings(path, contestants, metrics, threads, again):
    """{contestant: {metric: settings}}, from the file where it has them."""
    kept = json.loads(path.read_text()) if path.exists() and not again else {}
    found = {}
    for contestant in contestants:
        found[contestant.name] = {}
        for metric in filter(contestant.measures, metrics):
            key = f"{contestant.name}, {metric.name}, {threads} threads"
            choices = contestant.choices(metric)
            if len(choices) == 1:
                found[contestant.name][metric.name] = choices[0]
                continue
            if key not in kept:
                print(f"Trying settings: {key} ...", file=sys.stderr)
                kept[key] = best(contestant, metric, choices)
                path.write_text(json.dumps(kept, indent=1) + "\n")
            found[contestant.name][metric.name] = kept[key]
    return found
