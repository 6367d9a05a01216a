"""Short alternating rounds, each of which times every contestant once, and their summary."""

import os
import pathlib
import time
from dataclasses import dataclass
from statistics import fmean, median

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Rule:
    """The number of rounds, and how long the fastest contestant is timed in each."""

    rounds: int
    round_seconds: float
    fewest_runs: int = 3
    most_runs: int = 2000

    def runs(self, fastest_ms):
        """Iterations per round, the same for all contestants."""
        return max(self.fewest_runs, min(self.most_runs, round(self.round_seconds * 1e3 / fastest_ms)))

    @staticmethod
    def warm_up(runs):
        """Iterations that do not count: caches are cold, and a new process has not touched its memory."""
        return max(2, runs // 4)


@dataclass(frozen=True)
class Timing:
    """One contestant in one round."""

    median_ms: float
    minimum_ms: float
    other_load: float
    """How many processors other programs kept busy meanwhile, on average."""


def alternate(contestants, rule, progress):
    """Times the contestants in alternation; returns one dictionary per round, from name to `Timing`."""
    estimate = min(min(contestant.time(2, 3)) for contestant in contestants)
    runs = rule.runs(estimate)
    rounds = []
    for index in range(rule.rounds):
        progress(f"round {index + 1} of {rule.rounds}, {runs} iterations each")
        # Each round begins with another contestant, so that none always follows the same one.
        first = index % len(contestants)
        timings = {}
        for contestant in contestants[first:] + contestants[:first]:
            timings[contestant.name] = timed(contestant, rule.warm_up(runs), runs)
        rounds.append(timings)
    return runs, rounds


def timed(contestant, warm_up, runs):
    start, busy, own = time.monotonic(), busy_seconds(), contestant.processor_seconds()
    samples = contestant.time(warm_up, runs)
    own = contestant.processor_seconds() - own
    others = (busy_seconds() - busy - own) / (time.monotonic() - start)
    return Timing(median(samples), min(samples), max(0.0, others))


def busy_seconds():
    """Processor seconds that the whole machine has spent on anything but idling, or lost to its host."""
    user, nice, system, _, _, interrupts, soft_interrupts, steal = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + interrupts + soft_interrupts + steal) / TICKS_PER_SECOND


def summarized(rounds):
    """The rounds as a JSON object: figures of each contestant, and ratios to the fastest peer."""
    names = list(rounds[0])
    contestants = {
        name: {
            "median_ms": median(timings[name].median_ms for timings in rounds),
            "minimum_ms": min(timings[name].minimum_ms for timings in rounds),
            "round_medians_ms": [timings[name].median_ms for timings in rounds],
        }
        for name in names
    }
    summary = {
        "contestants": contestants,
        "other_load": fmean(timings[name].other_load for timings in rounds for name in names),
    }
    peers = [name for name in names if name != "cnnzoo"]
    if "cnnzoo" in names and peers:
        fastest = min(peers, key=lambda name: contestants[name]["median_ms"])
        ratios = [timings[fastest].median_ms / timings["cnnzoo"].median_ms for timings in rounds]
        least = min(contestants[name]["minimum_ms"] for name in peers)
        summary |= {
            "fastest_peer": fastest,
            "ratio": median(ratios),
            "ratio_lowest": min(ratios),
            "ratio_highest": max(ratios),
            "ratio_of_minima": least / contestants["cnnzoo"]["minimum_ms"],
        }
    return summary
