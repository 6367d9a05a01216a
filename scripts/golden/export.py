#!/usr/bin/env python3
"""Checks `cnnzoo export`: every network as ONNX, in ONNX's checker and in ONNX Runtime.

    export.py --cnnzoo PATH [--keep DIR] [--small] [NAME...]

Each network of `cnnzoo list`, or each NAME, is written with weights of a formula, once as it is and once with --fold. The
checker must accept the file, and ONNX Runtime must give the logits of `cnnzoo infer` within 1e-4 of the largest, for a
batch of one image and of three. --small leaves out networks of more than 100 million parameters. Prints one line per
network with the largest error, and the largest of all at the end; exits with 1 if any fails.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

from networks import select

TOLERANCE = 1e-4


def noise(shape, seed):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def run(cnnzoo, *words):
    command = [str(word) for word in (cnnzoo, *words)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise ChildProcessError(f"{' '.join(command)}: exit {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check(cnnzoo, name, shape, folder):
    """The largest error over both files and both batches, relative to the largest logit."""
    gain = select([name])[name].norm_gain
    if gain == 1:
        return compare(cnnzoo, name, shape, folder, ["--random-weights", "0"])
    # Where activations would grow from block to block, rounding would grow with them: the norms' scales are multiplied as for
    # the golden file.
    weights = folder / "weights.safetensors"
    run(cnnzoo, "export", name, "--output", weights, "--random-weights", "0")
    tensors = load_file(weights)
    for key, tensor in tensors.items():
        if tensor.ndim == 1 and not key.endswith(("running_var", "running_mean", "bias")):
            tensors[key] = tensor * np.float32(gain)
    save_file(tensors, weights)
    return compare(cnnzoo, name, shape, folder, ["--weights", weights])


def compare(cnnzoo, name, shape, folder, weights):
    inputs, expected = [], []
    for batch in (1, 3):
        path = folder / "input.npy"
        inputs.append(noise((batch, *shape), batch))
        np.save(path, inputs[-1])
        logits = folder / "logits.npy"
        run(cnnzoo, "infer", name, "--tensor", path, *weights, "--logits", logits)
        expected.append(np.load(logits))
    worst = 0.0
    for options in ([], ["--fold"]):
        path = folder / "model.onnx"
        run(cnnzoo, "export", name, "--output", path, *weights, *options)
        onnx.checker.check_model(str(path), full_check=True)
        runtime = session(path)
        [feed], [output] = runtime.get_inputs(), runtime.get_outputs()
        assert feed.shape[0] == "batch" and output.shape[0] == "batch", "the batch is not open"
        for x, logits in zip(inputs, expected):
            [found] = runtime.run([output.name], {feed.name: x})
            if found.shape != logits.shape or not np.isfinite(found).all():
                raise ValueError(f"{options}: logits {found.shape}, expected {logits.shape}, or not finite")
            worst = max(worst, float(np.abs(found - logits).max() / np.abs(logits).max()))
        del runtime
        for file in folder.glob("model.onnx*"):
            file.unlink()
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cnnzoo", type=pathlib.Path, required=True)
    parser.add_argument("--keep", type=pathlib.Path, help="use this folder instead of a temporary one")
    parser.add_argument("--small", action="store_true", help="leave out networks of more than 100 million parameters")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    cnnzoo = arguments.cnnzoo.resolve()
    networks = [json.loads(line) for line in run(cnnzoo, "list", "--format", "json").splitlines()]
    shapes = {network["model"]: network["input_shape"] for network in networks}
    names = arguments.names or [
        network["model"] for network in networks if not arguments.small or network["parameters"] <= 100e6]
    failures, worst = 0, ("", 0.0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            try:
                error = check(cnnzoo, name, shapes[name], folder)
                wrong = "" if error <= TOLERANCE else f"above {TOLERANCE:g}"
            except Exception as failure:  # the checker and the runtime have errors of their own
                error, wrong = float("nan"), str(failure).replace("\n", " ")[:300]
            failures += bool(wrong)
            if error > worst[1]:
                worst = (name, error)
            print(f"{name:32} {error:9.2e}  {wrong or 'ok'}", flush=True)
    print(f"{len(names)} networks, {failures} failed, largest error {worst[1]:.2e} ({worst[0]})")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
