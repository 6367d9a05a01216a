"""The conditions of a measurement: machine, commit, versions."""

import datetime
import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess

import cnnzoo
from subjects import PEERS

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def description(binary):
    """The machine as a JSON object, without anything that identifies a single machine."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return cnnzoo.machine(binary) | {
        "cpu_identity": cpu_identity(),
        "memory_gib": round(memory / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "architecture": platform.machine(),
    }


def cpu_identity():
    """Vendor, family, model and stepping from /proc/cpuinfo, because CPU names are often vague."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    parts = []
    for key in ("vendor_id", "cpu family", "model", "stepping", "CPU implementer", "CPU part"):
        if match := re.search(rf"^{key}\s*: (.*)$", text, re.MULTILINE):
            parts.append(f"{key} {match[1]}")
    return ", ".join(parts)


def file_name(machine):
    """A file name for CPU and instruction set, without suffix."""
    words = f"{machine['cpu']} {machine['instruction_set']}".lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")


def origin():
    """The date and the state of the repository that a row was measured at."""
    git = ["git", "-C", str(REPOSITORY)]
    commit = subprocess.run(
        [*git, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--", "Sources", "Models", "Package.swift"],
        capture_output=True, text=True).stdout.strip()
    return {
        "commit": commit + ("+changes" if changed else ""),
        "date": datetime.date.today().isoformat(),
        "versions": {peer: importlib.metadata.version(peer) for peer in PEERS},
    }
