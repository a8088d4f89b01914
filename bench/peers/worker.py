"""What the peers in Python have in common: a process loads a model and does what its flags ask.

A peer is a class with
  __init__(model, dtype, threads, settings)   loads the model
  n_vocab                 how many ids there are
  prefill(ids)            seconds of one pass over the ids, up to the next token
  decode(ids, n)          seconds of n passes over one token after these ids
  logits(ids)             float32 [n_ids, n_vocab]
  first(ids)              the next id
"""
import argparse
import json
import statistics


def some_ids(n, n_vocab):
    """The ids that support/passes.h gives too."""
    return [(i * 7919 + 13) % n_vocab for i in range(n)]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--dtype", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--prefill", type=int, action="append", default=[], help="tokens")
    parser.add_argument("--decode", action="append", default=[], help="N,PAST")
    parser.add_argument("--ids", help="comma-separated: print the next one")
    parser.add_argument("--logits", help="a .npy file for the logits of --ids")
    return parser.parse_args()


def median_seconds(flags, measure):
    return {"seconds": statistics.median(measure() for _ in range(flags.repeats))}


def measure_all(peer, flags):
    """What throughput.cc prints, after a pass that warms up."""
    found = {"prefill": [], "decode": []}
    peer.decode(some_ids(16, peer.n_vocab), 2)
    for n in flags.prefill:
        ids = some_ids(n, peer.n_vocab)
        found["prefill"].append(median_seconds(flags, lambda: peer.prefill(ids)))
    for text in flags.decode:
        n, n_past = map(int, text.split(","))
        ids = some_ids(n_past, peer.n_vocab)
        found["decode"].append(median_seconds(flags, lambda: peer.decode(ids, n)))
    return found


def run(peer_class):
    flags = arguments()
    peer = peer_class(flags.model, flags.dtype, flags.threads, flags.settings)
    ids = [int(text) for text in flags.ids.split(",")] if flags.ids else []
    if flags.logits:
        import numpy
        numpy.save(flags.logits, peer.logits(ids))
    elif ids:
        print(peer.first(ids), flush=True)
    else:
        print(json.dumps(measure_all(peer, flags)))
