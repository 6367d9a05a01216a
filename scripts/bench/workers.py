"""The worker processes of the peers, of which one at a time is running."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import cache

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class PeerError(Exception):
    """A peer failed; the text is its own message."""


class Worker:
    """A contestant that runs in a worker process.

    Between requests the process is stopped with SIGSTOP, so that no thread pool spins, no garbage is
    collected and no page is faulted in while another contestant is timed.
    """

    def __init__(self, name):
        self.name = name
        self.variant = None
        cache.LOGS.mkdir(parents=True, exist_ok=True)
        self._start("w")

    def _start(self, mode):
        script = pathlib.Path(__file__).with_name("worker.py")
        with open(cache.LOGS / f"{self.name}.log", mode) as log:
            self.process = subprocess.Popen(
                [sys.executable, str(script), self.name],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        self._answer()
        self.process.send_signal(signal.SIGSTOP)

    def load(self, network, batch, threads, precision="f32"):
        """Loads a network; returns how far its logits are from torch's in float32.

        A runtime that a network before has crashed starts anew.
        """
        if self.process.poll() is not None:
            self._start("a")
        answer = self._ask("load", network=network, batch=batch, threads=threads, precision=precision)
        self.variant = answer["variant"]
        return answer["difference"]

    def load_training(self, case, threads):
        """Prepares training steps."""
        case = [case.network, case.batch, case.size]
        self.variant = self._ask("load_training", case=case, threads=threads)["variant"]

    def time(self, warm_up, runs):
        """Milliseconds of each of `runs` iterations after the warm-up."""
        return self._ask("time", warm_up=warm_up, runs=runs)["samples_ms"]

    def difference(self, network, batch, logits):
        """How far the logits in a file are from torch's."""
        return self._ask("difference", network=network, batch=batch, logits=str(logits))["difference"]

    def processor_seconds(self):
        """Processor seconds that the process has used so far."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def close(self):
        self.process.kill()
        self.process.wait()

    def _ask(self, what, **parts):
        self.process.send_signal(signal.SIGCONT)
        try:
            print(json.dumps({"do": what, **parts}), file=self.process.stdin)
            answer = self._answer()
        except BrokenPipeError:
            raise PeerError(self._end) from None
        finally:
            self.process.send_signal(signal.SIGSTOP)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer

    @property
    def _end(self):
        # Failures are kept with the results, so they name no folder of this machine.
        return f"{self.name} has ended; logs/{self.name}.log in the cache folder says why"

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise PeerError(self._end)
        return json.loads(line)


@contextlib.contextmanager
def started(names):
    """Workers of the named peers, killed at the end of the block."""
    workers = []
    try:
        for name in names:
            workers.append(Worker(name))
        yield workers
    finally:
        for worker in workers:
            worker.close()
