#!/usr/bin/env python3
"""One peer in its own process, driven by lines of JSON on standard input.

    worker.py PEER

The first line of output says that the worker is ready. After that, requests and answers alternate, one line
each; an answer with "error" means that the request failed:

    {"do": "load", "network": N, "batch": B, "threads": T, "precision": P}  {"variant": V, "difference": D}
    {"do": "load_training", "case": [N, B, SIZE], "threads": T}     {"variant": V}
    {"do": "time", "warm_up": W, "runs": R}                         {"samples_ms": [...]}
    {"do": "difference", "network": N, "batch": B, "logits": FILE}  {"difference": D}

`difference` is the largest deviation from torch's logits, relative to the largest of them.
"""

import ctypes
import gc
import json
import os
import signal
import sys
import time

import numpy as np

from cache import NetworkFiles
from peers import load_peer
from subjects import TrainingCase


class Worker:
    def __init__(self, peer):
        self.peer_name = peer
        self.peer = load_peer(peer)

    def load(self, network, batch, threads, precision):
        self._replace()
        files = NetworkFiles(network, precision)
        self.peer.load(files, np.load(files.input(batch)), threads)
        self.peer.run()
        return {"variant": self.peer.variant, "difference": difference(files, batch, self.peer.logits())}

    def load_training(self, case, threads):
        self._replace()
        network, batch, size = case
        self.peer.load_training(TrainingCase(network, batch, tuple(size)), threads)
        return {"variant": self.peer.variant}

    def time(self, warm_up, runs):
        run = self.peer.run
        for _ in range(warm_up):
            run()
        samples = []
        for _ in range(runs):
            start = time.perf_counter_ns()
            run()
            samples.append((time.perf_counter_ns() - start) / 1e6)
        return {"samples_ms": samples}

    def difference(self, network, batch, logits):
        return {"difference": difference(NetworkFiles(network), batch, np.load(logits))}

    def _replace(self):
        """Frees the last network before the next one is loaded."""
        self.peer = None
        gc.collect()
        self.peer = load_peer(self.peer_name)


def difference(files, batch, logits):
    expected = np.load(files.logits(batch))
    if logits.shape != expected.shape:
        raise ValueError(f"logits are {logits.shape}, torch's {expected.shape}")
    return float(np.abs(logits - expected).max() / np.abs(expected).max())


PR_SET_PDEATHSIG = 1


def main():
    # A stopped process would otherwise outlive a driver that is killed.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # Output of the libraries must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(sys.argv[1])
    gc.disable()
    print(json.dumps({"ready": sys.argv[1]}), file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # any exception is a result: the runtime cannot run this network
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
