#!/usr/bin/env python3
"""Compares the speed of cnnzoo with that of other runtimes on this machine.

Results go to a JSON file for this kind of machine, with a Markdown table beside it. Measuring some networks
or configurations replaces only their rows.
"""

import argparse
import pathlib
import sys

import cnnzoo
import inference
import machine
import report
import training
import whole_process
import workers
from rounds import Rule
from subjects import CONFIGURATIONS, NETWORKS, PEERS, PRECISIONS, TRAINING

SUITES = {
    "inference": inference.measure, "whole_process": whole_process.measure, "training": training.measure}
RESULTS = pathlib.Path(__file__).with_name("results")
FULL = Rule(rounds=7, round_seconds=0.5)
QUICK = Rule(rounds=3, round_seconds=0.1)


def parsed_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = lambda text: text.split(",")
    numbers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("--models", type=names, metavar="NAME,...", help="networks; default: all in the table")
    parser.add_argument("--batches", type=numbers, metavar="N,...", help="combined with every value of --threads")
    parser.add_argument("--threads", type=numbers, metavar="T,...", help="combined with every value of --batches")
    parser.add_argument("--peers", type=names, metavar="NAME,...", help=", ".join(PEERS))
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="f32",
        help="of everybody in the suite inference, which is the only one then, with a result file of its own")
    parser.add_argument("--suites", type=names, default=list(SUITES), metavar="NAME,...", help=", ".join(SUITES))
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default: {FULL.rounds}")
    parser.add_argument("--quick", action="store_true", help="few, short rounds; writes no files")
    parser.add_argument(
        "--cnnzoo", default=str(machine.REPOSITORY / ".build/release/cnnzoo"), metavar="FILE",
        help="the release build; default: .build/release/cnnzoo")
    parser.add_argument("--output", type=pathlib.Path, metavar="DIR", help="default: scripts/bench/results")
    options = parser.parse_args()
    able, options.tolerance = PRECISIONS[options.precision]
    options.peers = options.peers or able
    if options.precision != "f32":
        options.suites = ["inference"]
    for chosen, known in ((options.peers, able), (options.suites, SUITES)):
        for name in chosen:
            if name not in known:
                parser.error(f"{name}: not one of {', '.join(known)}")
    if not pathlib.Path(options.cnnzoo).is_file():
        parser.error(f"{options.cnnzoo} is missing: swift build -c release --static-swift-stdlib")

    options.training_models = options.models or [case.network for case in TRAINING]
    options.models = options.models or NETWORKS
    if options.batches or options.threads:
        options.configurations = [
            (batch, threads) for batch in options.batches or [1] for threads in options.threads or [2]]
    else:
        options.configurations = CONFIGURATIONS
    rule = QUICK if options.quick else FULL
    options.rule = Rule(options.rounds or rule.rounds, rule.round_seconds)
    if not options.quick:
        options.output = options.output or RESULTS
    return options


def main():
    options = parsed_options()
    here = machine.description(options.cnnzoo)
    if options.output:
        suffix = "" if options.precision == "f32" else f"-{options.precision}"
        path = options.output / (machine.file_name(here) + suffix + ".json")
        results = report.loaded(path, here, options.precision)
    else:
        results = report.empty(here, options.precision)
    origin = machine.origin()
    progress = lambda text: print(text, file=sys.stderr, flush=True)
    for suite in options.suites:
        for row in SUITES[suite](options, progress):
            report.enter(results[suite], row | origin)
            # Saved after every row, so that an interrupted comparison keeps what it has measured.
            if options.output:
                report.save(path, results)
    print(report.markdown(results), end="")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (cnnzoo.CnnzooError, workers.PeerError) as error:
        sys.exit(str(error))
