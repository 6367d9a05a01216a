"""One image from the command line: wall time and peak memory of whole processes, side by side."""

import os
import pathlib
import subprocess
import sys
import time
from statistics import median

import cache
from inference import export
from subjects import WHOLE_PROCESS


def measure(options, progress):
    """Yields a JSON object per network."""
    threads = max(threads for _, threads in options.configurations)
    for network in WHOLE_PROCESS:
        if network not in options.models:
            continue
        title = f"infer {network}, {threads} threads"
        progress(f"{title}: export")
        export(network, [1])
        commands = commands_for(options, network, threads)
        for command in commands.values():  # brings weights and libraries into the page cache
            timed(command)
        results = {name: [] for name in commands}
        for index in range(options.rule.rounds):
            progress(f"{title}: round {index + 1} of {options.rule.rounds}")
            for name, command in commands.items():
                results[name].append(timed(command))
        yield {
            "network": network, "batch": 1, "threads": threads,
            "contestants": {
                name: {
                    "median_ms": median(ms for ms, _ in runs),
                    "minimum_ms": min(ms for ms, _ in runs),
                    "peak_memory_bytes": round(median(peak for _, peak in runs)),
                }
                for name, runs in results.items()
            },
        }


def commands_for(options, network, threads):
    files = cache.NetworkFiles(network)
    image = str(cache.IMAGE)
    commands = {
        f"cnnzoo ({weights.suffix})": [
            options.cnnzoo, "infer", network, image, "--weights", str(weights), "--threads", str(threads)]
        for weights in (files.safetensors, files.state_dict)
    }
    script = str(pathlib.Path(__file__).with_name("oneshot.py"))
    for peer in options.peers:
        commands[peer] = [sys.executable, script, peer, network, image, str(threads)]
    return commands


def timed(command):
    """Wall time in ms and peak resident bytes of a command that must succeed.

    The peak of a child starts at the memory of its parent, so this process has to stay small.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    milliseconds = (time.perf_counter() - start) * 1e3
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit status {process.returncode}: {' '.join(command)}")
    return milliseconds, used.ru_maxrss * 1024
