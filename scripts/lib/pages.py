"""Writes the generated files of docs/; see scripts/pages."""

import html
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

RESULTS = "scripts/bench/results/amd-epyc-avx512.json"
# The network that stands for its family where that is not the first one that was measured.
FACES = {"vgg": "vgg16", "resnet": "resnet50", "lenet": "lenet5"}
# Options with which a drawing fits on its page, where that of the whole network does not.
SHORTER = {
    "dpn": ["--set", "blocks=2,2,2,2"],
    "nasnet": ["--depth", "1"],
    "pyramid_net": ["--set", "depth=20"],
}


class Zoo:
    """What the binary says about its networks."""

    def __init__(self, binary):
        self.binary = binary
        self.networks = self.lines("list", "--format", "json")
        self.families = {}
        for network in self.networks:
            self.families.setdefault(network["family"], []).append(network)
        self.about = {n["model"]: self.lines("about", n["model"], "--format", "json")[0] for n in self.networks}
        comparison = json.loads(Path(RESULTS).read_text())
        self.milliseconds = {
            row["network"]: row["contestants"]["cnnzoo"]["median_ms"]
            for row in comparison["inference"]
            if row["batch"] == 1 and row["threads"] == 2
        }

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments], check=True, capture_output=True, text=True).stdout

    def lines(self, *arguments):
        return [json.loads(line) for line in self.run(*arguments).splitlines()]

    def drawing(self, family):
        """The arguments of the command that draws a family's network."""
        model = self.face(family)["model"]
        return ["summary", model, *SHORTER.get(family, []), "--graph", "svg"]

    def face(self, family):
        """The network that stands for a family."""
        networks = self.families[family]
        if family in FACES:
            return next(n for n in networks if n["model"] == FACES[family])
        return next((n for n in networks if n["model"] in self.milliseconds), networks[0])


def grouped(number):
    return f"{number:,}"


def short(number):
    """4.09 G."""
    for factor, letter in [(1e9, "G"), (1e6, "M"), (1e3, "k")]:
        if number >= factor:
            value = number / factor
            return f"{value:.{max(0, 2 - int(math.log10(value)))}f} {letter}"
    return str(number)


def milliseconds(value):
    if value is None:
        return ""
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def year(paper):
    return re.search(r"(19|20)\d\d", paper["venue"]).group()


def citation(paper):
    text = f"{paper['authors']}, “{paper['title']}”, {paper['venue']}"
    if paper["arxiv"]:
        text += f", [arXiv:{paper['arxiv']}](https://arxiv.org/abs/{paper['arxiv']})"
    return text


def page(zoo, index):
    """The page of one family."""
    names = list(zoo.families)
    family = names[index]
    networks = zoo.families[family]
    face = zoo.face(family)
    model = face["model"]
    about = zoo.about[model]
    title = about["title"]
    text = [f"# {title}", ""]
    links = []
    if index > 0:
        before = zoo.about[zoo.face(names[index - 1])["model"]]["title"]
        links.append(f"← [{before}]({names[index - 1]}.md)")
    links.append("[all families](README.md)")
    if index + 1 < len(names):
        after = zoo.about[zoo.face(names[index + 1])["model"]]["title"]
        links.append(f"[{after}]({names[index + 1]}.md) →")
    text += [" · ".join(links), ""]
    papers = []
    for network in networks:
        cited = citation(zoo.about[network["model"]]["paper"])
        if cited not in papers:
            papers.append(cited)
    text += [f"{cited}." if len(papers) == 1 else f"- {cited}" for cited in papers] + [""]
    text += ["## The idea", "", about["idea"], "", "## What changed", "", about["change"], ""]
    boxes = "block" if "--depth" in SHORTER.get(family, []) else "convolution with its normalization and activation"
    text += [
        f"![Drawing of {model}]({family}.svg)",
        "",
        f"*`cnnzoo {' '.join(zoo.drawing(family))}`: a box for each {boxes}; "
        "blocks that are alike are drawn once, with their number.*",
        "",
    ]
    text += ["## The networks", ""]
    measured = any(n["model"] in zoo.milliseconds for n in networks)
    accurate = any(n["top1_percent"] is not None for n in networks)
    header = ["network", "parameters", "MACs", "input"]
    if accurate:
        header.append("ImageNet top-1")
    if measured:
        header.append("one image, ms")
    text.append("| " + " | ".join(header) + " |")
    text.append("| --- | ---: | ---: | --- |" + " ---: |" * (len(header) - 4))
    for network in networks:
        cells = [
            f"`{network['model']}`",
            grouped(network["parameters"]),
            short(network["macs"]),
            "×".join(map(str, network["input_shape"])),
        ]
        if accurate:
            top = network["top1_percent"]
            cells.append("" if top is None else f"{top:.2f} %")
        if measured:
            cells.append(milliseconds(zoo.milliseconds.get(network["model"])))
        text.append("| " + " | ".join(cells) + " |")
    text.append("")
    notes = []
    if accurate:
        notes.append("Accuracy is the best that was published for this network, often by a later training recipe than the paper's.")
    if measured:
        notes.append(
            "Times are those of cnnzoo with two threads on a Zen 4 with AVX-512 "
            "([all measurements](../../scripts/bench/results/amd-epyc-avx512.md))."
        )
    if notes:
        text += [" ".join(notes), ""]
    text += ["## Block by block", "", "```console", f"$ cnnzoo summary {model} --depth 1"]
    summary = zoo.run("summary", model, "--depth", "1")
    # What the plan needs depends on the instruction set.
    summary = re.sub(r"(?m)^(memory +)\S.* to run it: .* arena, .* weights$", r"\1… to run it: … arena, … weights", summary)
    text += [summary + "```", ""]
    remarks = []
    for network in networks:
        for remark in zoo.about[network["model"]]["remarks"]:
            holders = [n["model"] for n in networks if remark in zoo.about[n["model"]]["remarks"]]
            whole = len(holders) == len(networks)
            line = f"- {remark}" if whole else f"- `{'`, `'.join(holders)}`: {remark}"
            if line not in remarks:
                remarks.append(line)
    if remarks:
        text += ["## Good to know", ""] + sorted(remarks, key=lambda line: line.startswith("- `")) + [""]
    if about["settings"]:
        text += ["## What can be changed", ""]
        text += [f"The settings of `{model}`, for `--set`:", "", "| setting | value | meaning |", "| --- | --- | --- |"]
        text += [f"| `{s['name']}` | {s['value']} | {s['meaning']} |" for s in about["settings"]] + [""]
    recipes = []
    for network in networks:
        for recipe in zoo.about[network["model"]]["recipes"]:
            expected = f"; reported: {recipe['expected']}" if recipe["expected"] else ""
            line = f"- `{recipe['name']}`: {recipe['source']}{expected}"
            if line not in recipes:
                recipes.append(line)
    if recipes:
        text += ["## Training recipes", ""] + recipes + [""]
    files = []
    for network in networks:
        for weights in zoo.about[network["model"]]["weights"]:
            files.append(f"| `{network['model']}` | `{weights['file']}` | {weights['source']} |")
    embedded = [n["model"] for n in networks if zoo.about[n["model"]]["compiled_in"]]
    if files or embedded:
        text += ["## Weights", ""]
    if embedded:
        data = zoo.about[embedded[0]]["compiled_in"]["data"]
        text += [f"Weights trained on `{data}` are embedded in the binary for `{'`, `'.join(embedded)}`.", ""]
    if files:
        text += ["| network | published file | source |", "| --- | --- | --- |"] + files + [""]
    return "\n".join(text)


def contents(zoo):
    """The generated section of docs/zoo/README.md."""
    lines = ["| year | family | what changed | best top-1 |", "| ---: | --- | --- | ---: |"]
    for family, networks in zoo.families.items():
        about = zoo.about[zoo.face(family)["model"]]
        paper = zoo.about[networks[0]["model"]]["paper"]
        best = max((n["top1_percent"] or 0 for n in networks), default=0)
        top = f"{best:.1f} %" if best else ""
        lines.append(f"| {year(paper)} | [{about['title']}]({family}.md) | {about['change']} | {top} |")
    return "\n".join(lines) + "\n"


def chart(zoo):
    """Published accuracy against measured time, as SVG."""
    points = [
        (zoo.milliseconds[n["model"]], n["top1_percent"], n["model"], int(year(zoo.about[n["model"]]["paper"])))
        for n in zoo.networks
        if n["model"] in zoo.milliseconds and n["top1_percent"]
    ]
    width, height, left, right, top, bottom = 860, 520, 62, 24, 22, 52
    low, high = 2.0, 150.0
    floor, ceiling = 54, 86

    def x(ms):
        return left + (width - left - right) * math.log(ms / low) / math.log(high / low)

    def y(percent):
        return height - bottom - (height - top - bottom) * (percent - floor) / (ceiling - floor)

    def color(published):
        share = (published - 2012) / (2022 - 2012)
        start, end = (0x8A, 0x94, 0xA6), (0xC2, 0x41, 0x0C)
        return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(start, end))

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="11">',
        "<title>Published ImageNet top-1 accuracy against the measured time of one image</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for percent in range(55, 86, 5):
        out.append(f'<path d="M{left} {y(percent):.1f}H{width - right}" stroke="#e5e7eb"/>')
        out.append(f'<text x="{left - 8}" y="{y(percent) + 4:.1f}" text-anchor="end" fill="#4b5563">{percent} %</text>')
    for ms in [2, 5, 10, 20, 50, 100]:
        out.append(f'<path d="M{x(ms):.1f} {top}V{height - bottom}" stroke="#e5e7eb"/>')
        out.append(f'<text x="{x(ms):.1f}" y="{height - bottom + 18}" text-anchor="middle" fill="#4b5563">{ms} ms</text>')
    out.append(
        f'<text x="{(left + width - right) / 2:.1f}" y="{height - 12}" text-anchor="middle" fill="#111827">'
        "one image, two threads, Zen 4 with AVX-512 (logarithmic)</text>"
    )
    # Each label stands beside its point, where it covers the fewest others.
    taken = [(x(ms) - 6, y(p) - 6, x(ms) + 6, y(p) + 6) for ms, p, _, _ in points]
    for ms, percent, name, published in sorted(points, key=lambda p: p[1]):
        size = 6.7 * len(name)
        places = [
            (x(ms) + 8, y(percent) + 4, "start"), (x(ms) - 8, y(percent) + 4, "end"),
            (x(ms), y(percent) - 10, "middle"), (x(ms), y(percent) + 19, "middle"),
            (x(ms) + 6, y(percent) - 7, "start"), (x(ms) + 6, y(percent) + 15, "start"),
        ]
        best = None
        for px, py, anchor in places:
            start = {"start": px, "end": px - size, "middle": px - size / 2}[anchor]
            box = (start, py - 10, start + size, py + 2)
            hits = sum(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)
            hits += 3 * (box[0] < left or box[2] > width - right)
            if best is None or hits < best[0]:
                best = (hits, px, py, anchor, box)
        _, px, py, anchor, box = best
        taken.append(box)
        out.append(f'<circle cx="{x(ms):.1f}" cy="{y(percent):.1f}" r="4.5" fill="{color(published)}"><title>{name}, {published}: {percent:.2f} %, {milliseconds(ms)} ms</title></circle>')
        out.append(f'<text x="{px:.1f}" y="{py:.1f}" text-anchor="{anchor}" fill="#111827">{name}</text>')
    for index, published in enumerate([2012, 2017, 2022]):
        cx = width - right - 250 + 84 * index
        out.append(f'<circle cx="{cx}" cy="{height - bottom - 16}" r="4.5" fill="{color(published)}"/>')
        out.append(f'<text x="{cx + 9}" y="{height - bottom - 12}" fill="#4b5563">{published}</text>')
    return "\n".join(out + ["</svg>", ""])


def terminal(zoo, commands):
    """Commands and what they print, drawn as a terminal."""
    rows = []
    for command, lines in commands:
        if rows:
            rows.append(None)
        rows.append(("$ " + command, True))
        output = zoo.run(*command.removeprefix("cnnzoo ").split()).splitlines()
        rows += [(line, False) for line in (output[:lines] if lines else output)]
    columns = max(len(row[0]) for row in rows if row)
    cell, line = 8.43, 20
    width, height = round(columns * cell) + 48, len(rows) * line + 64
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">',
        "<title>cnnzoo in a terminal</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#1f2430"/>',
    ]
    for index, color in enumerate(["#ff6159", "#ffbd2e", "#28c941"]):
        out.append(f'<circle cx="{20 + 20 * index}" cy="19" r="6" fill="{color}"/>')
    for index, row in enumerate(rows):
        if not row or not row[0].strip():
            continue
        text, is_command = row
        color = "#ffcc66" if is_command else "#e6e8ee"
        stripped = text.lstrip()
        left = 24 + cell * (len(text) - len(stripped))
        out.append(
            f'<text x="{left:.1f}" y="{56 + index * line}" fill="{color}" xml:space="preserve" '
            f'textLength="{cell * len(stripped):.1f}" lengthAdjust="spacingAndGlyphs">{html.escape(stripped)}</text>'
        )
    return "\n".join(out + ["</svg>", ""])


def ratios():
    """The comparison with other runtimes in README.md: the geometric means of the measurements."""
    lines = [
        "| | PyTorch | ONNX Runtime | OpenVINO | ncnn | the fastest of them, for each network |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, machine in [("avx512", "Zen 4, AVX-512"), ("avx2", "Zen 3, AVX2")]:
        path = f"scripts/bench/results/amd-epyc-{name}.md"
        table = Path(path).read_text().split("## Inference, batch 1, 2 threads\n")[1].split("\n## ")[0]
        networks = len(re.findall(r"(?m)^\| [a-z]\w+ +\|.*[0-9]", table))
        for row in re.findall(r"(?m)^\| \*\*geometric mean.*$", table):
            cells = [cell.strip(" *") for cell in row.strip("|").split("|")]
            group = cells[0].removeprefix("geometric mean").strip(", ") or "classic"
            count = {"classic": 12, "modern": networks - 12}[group]
            times = [cell.replace("×", " ×") for cell in cells[2:6]]
            lines.append(
                f"| [{machine}]({path}): {count} {group} networks | {' | '.join(times)} | **{cells[7]} ×** |"
            )
    return "\n".join(lines) + "\n"


def between_markers(path, section):
    """The page with the section between its markers replaced."""
    begin, end = "<!-- Written by scripts/pages from here -->\n", "<!-- to here -->\n"
    text = Path(path).read_text()
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"{path}: the lines '{begin.strip()}' and '{end.strip()}' have to stand in it once each")
    before, rest = text.split(begin)
    return before + begin + "\n" + section + "\n" + end + rest.split(end)[1]


def main():
    arguments = sys.argv[1:]
    check = arguments[:1] == ["--check"]
    zoo = Zoo(os.path.abspath(arguments[-1]))
    files = {
        "docs/terminal.svg": terminal(
            zoo,
            [
                ("cnnzoo infer lenet5 Models/Samples/t-shirt.png --top 3", None),
                ("cnnzoo params resnet50 vgg16 mobilenet_v3_large", None),
                ("cnnzoo summary lenet5_modern", 18),
            ],
        ),
        "docs/zoo/chart.svg": chart(zoo),
        "README.md": between_markers("README.md", ratios()),
        "docs/zoo/README.md": between_markers("docs/zoo/README.md", contents(zoo)),
    }
    for index, family in enumerate(zoo.families):
        files[f"docs/zoo/{family}.svg"] = zoo.run(*zoo.drawing(family))
        files[f"docs/zoo/{family}.md"] = page(zoo, index)
    old = {str(path) for path in Path("docs/zoo").glob("*") if path.is_file()} - set(files)
    stale = [name for name, text in files.items() if not Path(name).is_file() or Path(name).read_text() != text]
    if check:
        for name in sorted(stale) + sorted(old):
            print(f"{name} is out of date: run scripts/pages", file=sys.stderr)
        sys.exit(1 if stale or old else 0)
    for name in stale:
        Path(name).write_text(files[name])
    for name in old:
        Path(name).unlink()


main()
