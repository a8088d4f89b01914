"""A round: every contestant measures each of its metrics once."""
import itertools


def turns(index, contestants, metrics, types):
    """[(metric, contestant)] of a round. Those that are compared, of a metric and a weight type,
    follow one another, for machines drift; another one begins each round."""
    found = []
    for metric, dtype in itertools.product(metrics, types):
        these = [one for one in contestants if one.dtype == dtype and one.measures(metric)]
        start = index % len(these) if these else 0
        found += [(metric, one) for one in these[start:] + these[:start]]
    return found


def measure(order, settings):
    """Each one's figures, and what its program found the machine's limits to be, by metric.
    settings: {contestant: {metric: settings}}"""
    found = {"values": {one.name: {} for _, one in order},
             "limits": {one.name: {} for _, one in order}}
    for metric, one in order:
        sample = one.measure(metric, settings[one.name][metric.name])
        found["values"][one.name][metric.name] = metric.figure(sample.seconds)
        found["limits"][one.name][metric.name] = sample.limits
    return found
