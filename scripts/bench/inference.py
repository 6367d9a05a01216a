"""Time of one inference of every network, cnnzoo and the peers side by side."""

import pathlib
import subprocess
import sys
import tempfile

import cnnzoo
import workers
from cache import NetworkFiles
from rounds import alternate, summarized

TOLERANCE = 1e-3  # of the largest logit; no float32 arithmetic of the same network comes near it


def measure(options, progress):
    """Yields a JSON object for each network and configuration."""
    # The torch worker also holds everyone's logits against its own, so it is always there.
    with workers.started(dict.fromkeys(["torch", *options.peers])) as started:
        for network in options.models:
            for batch, threads in options.configurations:
                title = f"{network}, batch {batch}, {threads} threads"
                progress(f"{title}: export")
                export(network, [batch])
                yield measured(
                    options, started, network, batch, threads, lambda text: progress(f"{title}: {text}"))


def export(network, batches):
    """Writes what is missing, in a process of its own: the frameworks would stay in this one."""
    script = pathlib.Path(__file__).with_name("export.py")
    subprocess.run([sys.executable, str(script), network, *map(str, batches)], check=True)


def measured(options, started, network, batch, threads, progress):
    result = {"network": network, "batch": batch, "threads": threads}
    progress("check")
    contestants, checks, failures = [], {}, {}

    def enter(contestant, difference):
        checks[contestant.name] = difference
        if difference < TOLERANCE:
            contestants.append(contestant)
        else:
            failures[contestant.name] = f"wrong logits: off by {difference:.1g} of the largest"

    try:
        difference = own_difference(options.cnnzoo, started[0], network, batch, threads)
        enter(cnnzoo.Cnnzoo(options.cnnzoo, network, batch, threads), difference)
    except cnnzoo.CnnzooError as error:
        failures["cnnzoo"] = str(error)
    for worker in started:
        if worker.name in options.peers:
            try:
                enter(worker, worker.load(network, batch, threads))
            except workers.PeerError as error:
                failures[worker.name] = str(error)
    for name, failure in failures.items():
        progress(f"without {name}: {failure}")
    result |= {"differences": checks, "failures": failures}
    result["variants"] = {c.name: c.variant for c in contestants if getattr(c, "variant", None)}
    if contestants:
        result["runs_per_round"], rounds = alternate(contestants, options.rule, progress)
        result |= summarized(rounds)
    return result


def own_difference(binary, torch_worker, network, batch, threads):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "logits.npy"
        cnnzoo.write_logits(binary, NetworkFiles(network), batch, threads, output)
        return torch_worker.difference(network, batch, output)
