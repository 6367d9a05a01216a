"""Inference time of every network, cnnzoo and its peers side by side."""

import pathlib
import subprocess
import sys
import tempfile

import cnnzoo
import workers
from cache import NetworkFiles
from rounds import alternate, summarized


def measure(options, progress):
    """Yields a JSON object per network and configuration."""
    # The torch worker also checks everyone's logits, so it is always started.
    with workers.started(dict.fromkeys(["torch", *options.peers])) as started:
        for network in options.models:
            for batch, threads in options.configurations:
                title = f"{network}, batch {batch}, {threads} threads"
                progress(f"{title}: export")
                export(network, [batch], options.precision)
                yield measured(
                    options, started, network, batch, threads, lambda text: progress(f"{title}: {text}"))


def export(network, batches, precision="f32"):
    """Writes missing files in a separate process, because the frameworks would stay loaded in this one."""
    script = pathlib.Path(__file__).with_name("export.py")
    subprocess.run([sys.executable, str(script), precision, network, *map(str, batches)], check=True)


def measured(options, started, network, batch, threads, progress):
    result = {"network": network, "batch": batch, "threads": threads}
    progress("check")
    contestants, checks, failures = [], {}, {}

    def enter(contestant, difference):
        checks[contestant.name] = difference
        if options.tolerance is None or difference < options.tolerance:
            contestants.append(contestant)
        else:
            failures[contestant.name] = f"wrong logits: they differ by {difference:.1g} of the largest"

    try:
        chosen = ["--precision", options.precision]
        difference = 0.0
        if options.tolerance is not None:
            difference = own_difference(options.cnnzoo, started[0], network, batch, threads, *chosen)
        enter(cnnzoo.Cnnzoo(options.cnnzoo, network, batch, threads, *chosen), difference)
    except cnnzoo.CnnzooError as error:
        failures["cnnzoo"] = str(error)
    for worker in started:
        if worker.name in options.peers:
            try:
                enter(worker, worker.load(network, batch, threads, options.precision))
            except workers.PeerError as error:
                failures[worker.name] = str(error)
    for name, failure in failures.items():
        progress(f"skipping {name}: {failure}")
    result |= {"differences": checks, "failures": failures}
    result["variants"] = {c.name: c.variant for c in contestants if getattr(c, "variant", None)}
    if contestants:
        result["runs_per_round"], rounds = alternate(contestants, options.rule, progress)
        result |= summarized(rounds)
    return result


def own_difference(binary, torch_worker, network, batch, threads, *more):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "logits.npy"
        cnnzoo.write_logits(binary, NetworkFiles(network), batch, threads, output, *more)
        return torch_worker.difference(network, batch, output)
