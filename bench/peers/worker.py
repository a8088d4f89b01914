"""What the peers in Python have in common: a process loads a model and does what its flags ask.

A peer is a class with
  __init__(model, dtype, threads, settings)   loads the model
  prefill(ids)            seconds of one pass over the ids, up to the next token
  decode(ids, n)          seconds of n passes over one token after these ids
  logits(ids)             float32 [n_ids, n_vocab]
  first(ids)              the next id
"""
import argparse
import json
import statistics


def some_ids(n, n_vocab):
    """The ids that throughput.cc takes too."""
    return [(i * 7919 + 13) % n_vocab for i in range(n)]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--dtype", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--prefill", type=int, help="tokens")
    parser.add_argument("--decode", help="N,PAST")
    parser.add_argument("--ids", help="comma-separated: print the next one")
    parser.add_argument("--logits", help="a .npy file for the logits of --ids")
    parser.add_argument("--n-vocab", type=int, default=50257)
    return parser.parse_args()


def measure(peer, flags):
    """{"prefill" or "decode": seconds}, after a pass that warms up."""
    found = {}
    peer.decode(some_ids(16, flags.n_vocab), 2)
    if flags.prefill:
        ids = some_ids(flags.prefill, flags.n_vocab)
        found["prefill"] = statistics.median(peer.prefill(ids) for _ in range(flags.repeats))
    if flags.decode:
        n, n_past = map(int, flags.decode.split(","))
        ids = some_ids(n_past, flags.n_vocab)
        found["decode"] = statistics.median(peer.decode(ids, n) for _ in range(flags.repeats))
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
        print(json.dumps(measure(peer, flags)))
