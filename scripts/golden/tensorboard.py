#!/usr/bin/env python3
"""Reads the event files of `cnnzoo train --tensorboard` with TensorBoard's own reader.

    tensorboard.py RUN...

Needs `pip install tensorboard`. Each RUN is an output folder. Every epoch of its metrics.jsonl must be in the curves at its
last step, with the same numbers in float32 and nothing else; steps are each there once, in order. Prints a line per run; exits
with 1 if one differs.
"""

import json
import pathlib
import sys

# This file is called like the package.
sys.path = [path for path in sys.path if pathlib.Path(path or ".").resolve() != pathlib.Path(__file__).parent]

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def curves(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    tags = events.Tags()["scalars"]
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in tags}


def check(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    epochs = [line for line in lines if line["kind"] == "epoch"]
    found = {part: curves(run / "tensorboard" / part) for part in ("train", "test")}
    assert set(found["train"]) == {"loss", "top1", "learning_rate", "step/loss", "step/top1"}, found["train"].keys()
    assert set(found["test"]) == {"loss", "top1", "top5"}, found["test"].keys()
    for part, names in {
        "train": {"loss": "train_loss", "top1": "train_accuracy"},
        "test": {"loss": "test_loss", "top1": "test_accuracy", "top5": "test_top5"},
    }.items():
        for tag, member in names.items():
            expected = [(line["step"], np.float32(line[member])) for line in epochs]
            assert found[part][tag] == expected, f"{part} {tag}: {found[part][tag]}, expected {expected}"
    steps = [step for step, _ in found["train"]["step/loss"]]
    interval = steps[0]
    assert steps == list(range(interval, epochs[-1]["step"] + 1, interval)), steps
    for line in lines:
        if line["kind"] == "step" and line["step"] % interval == 0:
            rate = dict(found["train"]["learning_rate"])[line["step"]]
            assert rate == np.float32(line["learning_rate"]), f"step {line['step']}: {rate}"
    return f"{len(epochs)} epochs, {len(steps)} steps"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    failures = 0
    for run in map(pathlib.Path, sys.argv[1:]):
        try:
            print(f"{run}: {check(run)}: as in metrics.jsonl")
        except (AssertionError, KeyError, IndexError) as failure:
            failures += 1
            print(f"{run}: {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
