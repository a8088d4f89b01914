"""Each contestant's best settings: all choices are tried quickly, once for a version of it and a
CPU, and what was fastest is kept in a file."""
import dataclasses
import json
import statistics
import sys

import programs

N_ROUNDS = 5
N_DECODED = 32  # tokens; enough to tell


def shortened(metric):
    if not metric.decode:
        return dataclasses.replace(metric, repeats=1)
    n, n_past = metric.decode
    return dataclasses.replace(metric, repeats=1, decode=(min(N_DECODED, n), n_past))


def seconds_with(contestant, metric, choice):
    """None if it cannot run so."""
    try:
        return contestant.measure(shortened(metric), choice).seconds
    except programs.Failure as failure:
        print(f"  {contestant.name} {choice}: {failure}", file=sys.stderr)
        return None


def best(contestant, metric, choices):
    """In turns, for machines drift: one choice after the other, they would meet other minutes."""
    tries = {i: [] for i in range(len(choices))}
    for _ in range(N_ROUNDS):
        for i in list(tries):
            seconds = seconds_with(contestant, metric, choices[i])
            if seconds is None:
                del tries[i]
            else:
                tries[i].append(seconds)
    if not tries:
        raise programs.Failure(f"{contestant.name}: no setting works for {metric.title}")
    return choices[min(tries, key=lambda i: statistics.median(tries[i]))]


def key_of(contestant, metric, record):
    """What another version or another machine does not share."""
    versions = ", ".join(f"{name} {record['versions'][name]}" for name in contestant.made_of)
    return (f"{contestant.name} ({versions}), {metric.name}, {record['threads']} threads, "
            f"{record['machine']['cpu']}")


def best_settings(path, contestants, metrics, record, again):
    """{contestant: {metric: settings}}, from the file where it has them. record: threads, machine
    and versions, as compare.py describes them."""
    kept = json.loads(path.read_text()) if path.exists() and not again else {}
    found = {}
    for contestant in contestants:
        found[contestant.name] = {}
        for metric in filter(contestant.measures, metrics):
            choices = contestant.choices(metric)
            if len(choices) == 1:
                found[contestant.name][metric.name] = choices[0]
                continue
            key = key_of(contestant, metric, record)
            if key not in kept:
                print(f"Trying settings: {key} ...", file=sys.stderr)
                kept[key] = best(contestant, metric, choices)
                path.write_text(json.dumps(kept, indent=1) + "\n")
            found[contestant.name][metric.name] = kept[key]
    return found
