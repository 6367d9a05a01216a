"""The program under test, run as a user runs it: one process per measurement."""

import json
import os
import subprocess


class CnnzooError(Exception):
    """cnnzoo failed; the text is its own message."""


def run(arguments):
    """Runs a command that must succeed and returns its standard output."""
    process = subprocess.run(arguments, capture_output=True, text=True)
    if process.returncode:
        raise CnnzooError(process.stderr.strip() or f"cnnzoo exited with status {process.returncode}")
    return process.stdout


class Cnnzoo:
    """The contestant: `cnnzoo bench` with as many iterations as the round asks for."""

    name = "cnnzoo"

    def __init__(self, binary, network, batch, threads, *more):
        self.command = [
            binary, "bench", network, "--format", "json", "--seconds", "0",
            "--batch-size", str(batch), "--threads", str(threads), *more]

    def time(self, warm_up, runs):
        report = json.loads(run([*self.command, "--warm-up", str(warm_up), "--runs", str(runs)]))
        return report["samples_ms"]

    def processor_seconds(self):
        used = os.times()
        return used.children_user + used.children_system


def machine(binary):
    """What `cnnzoo bench` reports about the machine: CPU, cores, instruction set, OpenBLAS."""
    command = [binary, "bench", "lenet5_modern", "--format", "json", "--seconds", "0", "--runs", "1"]
    return json.loads(run(command))["machine"]


# cnnzoo takes it that weights of unknown origin want an input that these networks renormalize; the exported ones do not.
SETTINGS = {name: ["--set", "transformInput=false"] for name in ("googlenet", "inception_v3")}


def write_logits(binary, files, batch, threads, output, *more):
    """Runs the exported weights on the exported input and writes the logits to the file `output`."""
    run([
        binary, "infer", files.network, "--weights", str(files.safetensors),
        "--tensor", str(files.input(batch)), "--batch-size", str(batch), "--threads", str(threads),
        "--logits", str(output), *SETTINGS.get(files.network, []), *more])
