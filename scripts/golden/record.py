#!/usr/bin/env python3
"""Records the golden files: logits and features of every network, with formula weights.

    record.py [--output DIR] [NAME...]      writes DIR/NAME.json for the named networks, or all
    record.py --probe [NAME...]             prints the range of each network's activations instead

The arithmetic is float64 on float32 weights and inputs. The recorded values are therefore exact, and every
float32 implementation, including the reference framework's, is measured against them.
"""

import argparse
import base64
import json
import math
import pathlib

import numpy as np
import torch

from formula import fill, input_tensor, noise
from networks import select

SAMPLES = 16
FEW_COLUMNS = 64  # logits kept per row of anything but the first case, of networks with more classes
ROOT = pathlib.Path(__file__).resolve().parents[2]


def sample_indices(count):
    """One flat index from each of 16 equal parts of a tensor, at an irregular position in it."""
    offsets = (noise("indices", SAMPLES) + 1) / 2
    bounds = [count * k // SAMPLES for k in range(SAMPLES + 1)]
    return [lo + int(u * (hi - lo)) for lo, hi, u in zip(bounds, bounds[1:], offsets)]


def describe(name, values):
    """Shape and samples of a stage, and a weighted sum that notices any permutation; `values` is float64 NCHW."""
    flat = values.ravel()
    energy = float(flat @ flat)
    indices = sample_indices(flat.size)
    return {
        "name": name,
        "shape": list(values.shape),
        "indices": indices,
        "values": [single(flat[i]) for i in indices],
        "weighted_sum": float(flat @ noise("probe", flat.size)) / math.sqrt(energy),
        "rms": single(math.sqrt(energy / flat.size)),
        "maximum": single(np.abs(flat).max()),
    }


def single(x):
    """The value as float32, in the shortest decimal form that reads back as the same value."""
    return float(str(np.float32(x)))


def run(model, stages, x):
    """Logits and the outputs of the named modules, copied before a later layer changes them in place."""
    outputs, hooks = {}, []
    for name in stages:
        keep = lambda module, arguments, y, name=name: outputs.update({name: y.detach().numpy().copy()})
        hooks.append(model.get_submodule(name).register_forward_hook(keep))
    with torch.no_grad():
        logits = model(x).numpy()
    for hook in hooks:
        hook.remove()
    return logits, outputs


def encode(logits):
    return base64.b64encode(np.ascontiguousarray(logits, dtype="<f4").tobytes()).decode("ascii")


def tensor_hashes(model, heads, auxiliary):
    """One FNV-1a hash of 32 bits per tensor, of the line `name d0,d1,...`, in the order of the sorted lines.

    Of the auxiliary heads or of everything else, without batch counters; little-endian, in base 64. A hash per
    tensor takes four bytes and still lets a test name the tensor that differs.
    """
    lines = sorted(
        f"{name} {','.join(map(str, tensor.shape))}".encode()
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked") and name.startswith(heads) == auxiliary)
    hashes = []
    for line in lines:
        value = 0x811C9DC5
        for byte in line:
            value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
        hashes.append(value)
    return base64.b64encode(np.array(hashes, dtype="<u4").tobytes()).decode("ascii")


def evaluate(network, norm_gain):
    """The filled network, and per case its input, float64 logits and stages, and float32 logits."""
    model = fill(network.model(), norm_gain)
    stages = network.stage_names(model)
    inputs = [torch.from_numpy(input_tensor(s, network.input_scale)) for s in network.shapes()]
    singles = [run(model, [], x)[0] for x in inputs]
    model.double()
    exact = [run(model, stages, x.double()) for x in inputs]
    return model, list(zip(inputs, exact, singles))


def relative_error(found, exact):
    return float(np.abs(found - exact).max() / np.abs(exact).max())


def logits_of(values, columns=FEW_COLUMNS):
    """JSON fields for logits: the first columns of each row, and the largest magnitude of all."""
    columns = min(columns, values.shape[1])
    return {
        "logits_columns": columns,
        "logits_maximum": single(np.abs(values).max()),
        "logits": encode(values[:, :columns]),
    }


def auxiliary_heads(model, network, x):
    """The logits of the auxiliary heads in evaluation mode, without dropout."""
    _, features = run(model, network.auxiliary.values(), x)
    for head, module in network.auxiliary.items():
        with torch.no_grad():
            values = model.get_submodule(head)(torch.from_numpy(features[module]))
        yield {"name": head, "after": module, **logits_of(values.numpy())}


def with_transformed_input(model, x):
    """Logits when the network re-normalizes its input, as the published weights require."""
    model.transform_input = True
    values, _ = run(model, [], x)
    model.transform_input = False
    return {"input": list(x.shape), **logits_of(values)}


def record(name, network):
    model, cases = evaluate(network, network.norm_gain)
    classes = cases[0][1][0].shape[1]
    golden = {
        "schema": "cnnzoo.golden/1",
        "model": name,
        "source": network.source,
        "norm_gain": network.norm_gain,
        "input_scale": network.input_scale,
        "classes": classes,
        "state_dict": tensor_hashes(model, network.auxiliary_prefixes, auxiliary=False),
        "auxiliary_state_dict": tensor_hashes(model, network.auxiliary_prefixes, auxiliary=True),
        "torch_float32_error": float(f"{max(relative_error(s, e[0]) for _, e, s in cases):.3g}"),
        "cases": [],
    }
    own = cases[0][0].double()
    if network.auxiliary:
        golden["auxiliary"] = list(auxiliary_heads(model, network, own))
    if hasattr(model, "transform_input"):
        golden["transform_input"] = with_transformed_input(model, own)
    for x, (logits, stages), _ in cases:
        golden["cases"].append(
            {
                "input": list(x.shape),
                **logits_of(logits, classes if len(logits) == 1 else FEW_COLUMNS),
                "stages": [describe(stage, values) for stage, values in stages.items()],
            }
        )
    return golden


def write(golden, path):
    """Writes one line per stage, so that a diff of two recordings is readable."""
    head = {key: value for key, value in golden.items() if key != "cases"}
    text = json.dumps(head, indent=1)[:-2] + ',\n "cases": [\n'
    cases = []
    for case in golden["cases"]:
        fields = [f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in case.items() if k != "stages"]
        stages = ",\n".join("    " + json.dumps(s, separators=(",", ":")) for s in case["stages"])
        cases.append("  {\n" + ",\n".join(fields) + ',\n   "stages": [\n' + stages + "\n   ]\n  }")
    path.write_text(text + ",\n".join(cases) + "\n ]\n}\n", encoding="utf-8")


def probe(name, network, gains):
    """Prints what is needed to choose a gain: activation ranges, how far rows are apart, float32 error."""
    for gain in gains:
        _, cases = evaluate(network, gain)
        logits, stages = cases[1][1]
        ranges = " ".join(f"{np.abs(v).max():.2g}" for v in stages.values())
        apart = np.abs(logits[0] - logits[1]).max() / np.abs(logits).max()
        error = max(relative_error(s, e[0]) for _, e, s in cases)
        print(
            f"{name:26} gain {gain:<5} stages {ranges} | logits {np.abs(logits).max():.3g} "
            f"rows apart {apart:.1e} float32 {error:.1e}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Tests/Fixtures/golden")
    parser.add_argument("--probe", action="store_true")
    parser.add_argument("--gain", type=float, action="append", help="gain to probe instead of the one in the table")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, network in select(arguments.names).items():
        if arguments.probe:
            probe(name, network, arguments.gain or [network.norm_gain])
            continue
        path = arguments.output / f"{name}.json"
        write(record(name, network), path)
        print(f"{path.name}: {path.stat().st_size} bytes", flush=True)


if __name__ == "__main__":
    main()
