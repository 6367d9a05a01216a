"""The result file of a machine: rows as JSON, and as a readable table."""

import json
import math
from statistics import geometric_mean

from subjects import CLASSIC, MODERN, NETWORKS, PRECISIONS

SCHEMA = "cnnzoo.comparison/1"
KEYS = ("network", "batch", "threads")
WORDS = {
    "f32": "float32", "bf16": "bfloat16 wherever they choose to", "int8": "int8, the peers from the same ONNX file"}
DISTURBED = 0.1  # a row is marked if other programs kept at least this many processors busy


def empty(machine, precision):
    return {
        "schema": SCHEMA, "machine": machine, "precision": precision, "inference": [], "whole_process": [],
        "training": []}


def loaded(path, machine, precision):
    """The earlier report of this kind of machine, if there is one."""
    report = json.loads(path.read_text()) if path.exists() else {}
    return empty(machine, precision) | report | {"schema": SCHEMA, "machine": machine}


def enter(rows, row):
    """Inserts a row in order; it replaces an older row of the same subject."""
    rows[:] = [other for other in rows if any(other[key] != row[key] for key in KEYS)] + [row]
    rows.sort(key=lambda row: (row["batch"], -row["threads"], position(row["network"])))


def position(network):
    return NETWORKS.index(network) if network in NETWORKS else len(NETWORKS)


def save(path, report):
    """Writes the JSON file and the table beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(report))


def markdown(report):
    machine = report["machine"]
    parts = [
        f"# cnnzoo and its peers on {machine['cpu']}, {machine['instruction_set']}",
        f"Written by `scripts/bench/run`. {machine['cores']} cores ({machine['cpu_identity']}), "
        f"{machine['memory_gib']} GiB, {machine['system']}; OpenBLAS {machine['openblas_version']}, "
        f"{machine['openblas_core']} kernels.",
        f"All programs compute in {WORDS[report['precision']]} with the same batch and threads. They are timed in short alternating "
        "rounds; while one runs, the others are stopped. Times are medians over the rounds' medians. *Speedup* "
        "is the fastest peer's time divided by cnnzoo's time in the same round: the median over the rounds, then "
        "the lowest and the highest. *By minima* compares the fastest single iterations, which other load on the "
        "machine affects least.",
    ]
    groups = {}
    for row in report["inference"]:
        groups.setdefault((row["batch"], row["threads"]), []).append(row)
    for (batch, threads), rows in groups.items():
        parts += [f"## Inference, batch {batch}, {counted(threads, 'thread')}", speed_table(rows, PRECISIONS[report["precision"]][0])]
        parts += notes(rows)
    if report["whole_process"]:
        parts += [
            "## One image from the command line",
            "Whole processes: `cnnzoo infer` on one JPEG, with the weight file in the page cache, and short "
            "Python scripts that decode the image with Pillow and run a peer.",
            process_table(report["whole_process"]),
        ]
        parts += notes(report["whole_process"])
    if report["training"]:
        parts += ["## Training, one step of SGD", speed_table(report["training"], ["torch"], rate=True)]
        parts += notes(report["training"])
    return "\n\n".join(parts) + "\n"


def speed_table(rows, peers, rate=False):
    """One row per network; `rate` shows images per second instead of milliseconds."""
    unit = "images/s" if rate else "ms"
    names = ["cnnzoo", *peers]
    head = ["network", *(f"{name}, {unit}" for name in names), "fastest peer", "speedup",
            "lowest–highest", "by minima"]
    body = []
    for row in rows:
        times = [row.get("contestants", {}).get(name) for name in names]
        figures = [
            "–" if not time else
            number(row["batch"] / time["median_ms"] * 1e3 if rate else time["median_ms"]) for time in times]
        label = row["network"] + (f", batch {row['batch']}" if rate else "")
        body.append([label, *figures, *(
            [row["fastest_peer"], f"{row['ratio']:.2f}",
             f"{row['ratio_lowest']:.2f}–{row['ratio_highest']:.2f}", f"{row['ratio_of_minima']:.2f}"]
            if "ratio" in row else ["–"] * 4)])
    for kind, networks in (("classic", CLASSIC), ("modern", MODERN)):
        group = [row for row in rows if row["network"] in networks]
        compared = [row for row in group if "ratio" in row]
        if len(compared) > 1:
            body.append(
                [f"**geometric mean, {kind}**", ""] + [mean_against(group, peer) for peer in peers]
                + ["**fastest**", f"**{geometric_mean(row['ratio'] for row in compared):.2f}**", "",
                   f"{geometric_mean(row['ratio_of_minima'] for row in compared):.2f}"])
    return table(head, body)


def mean_against(rows, peer):
    """The geometric mean of the speedups over one peer, on the networks that both ran."""
    pairs = [row["contestants"] for row in rows if {"cnnzoo", peer} <= row.get("contestants", {}).keys()]
    ratios = [pair[peer]["median_ms"] / pair["cnnzoo"]["median_ms"] for pair in pairs]
    return f"{geometric_mean(ratios):.2f}×" if ratios else "–"


def process_table(rows):
    body = [
        [row["network"], name, number(figures["median_ms"]), number(figures["minimum_ms"]),
         number(figures["peak_memory_bytes"] / 1e6)]
        for row in rows for name, figures in row["contestants"].items()
    ]
    return table(["network", "program", "median ms", "minimum ms", "peak memory, MB"], body)


def notes(rows):
    """What a reader needs to know about single rows."""
    lines = [
        f"- {row['network']}: {name} is missing: {text}"
        for row in rows for name, text in row.get("failures", {}).items()]
    disturbed = [row for row in rows if row.get("other_load", 0) > DISTURBED]
    if disturbed:
        worst = max(row["other_load"] for row in disturbed)
        lines.append(
            f"- Disturbed: other programs kept up to {worst:.1f} processors busy while these were timed: "
            + ", ".join(row["network"] for row in disturbed) + ".")
    origins = {
        f"- Measured on {row['date']} at commit {row['commit']} against "
        + ", ".join(f"{name} {version}" for name, version in row["versions"].items()) + "."
        for row in rows}
    lines += sorted(origins)
    return ["\n".join(lines)]


def table(head, rows):
    """A Markdown table: the first column left-aligned, all others right-aligned."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]

    def line(cells):
        padded = (c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths)))
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def number(value):
    """Three significant digits; from 100 on, whole numbers."""
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:,.{digits}f}"


def counted(count, noun):
    return f"{count} {noun}" + ("" if count == 1 else "s")
