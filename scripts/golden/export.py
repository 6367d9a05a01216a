#!/usr/bin/env python3
"""Checks `cnnzoo export`: every network as ONNX, in ONNX's checker and in ONNX Runtime.

    export.py --cnnzoo PATH [--keep DIR] [--small] [--int8 [--weights FILE] | --bf16] [NAME...]

Each network of `cnnzoo list`, or each NAME, is written with weights of a formula, once as it is and once with --fold. The
checker must accept the file, and ONNX Runtime must give the logits of `cnnzoo infer` within 1e-4 of the largest, for a
batch of one image and of three. --small leaves out networks of more than 100 million parameters. Prints one line per
network with the largest error, and the largest of all at the end; exits with 1 if any fails.

--int8 checks networks in bytes instead, by default one of each of some families: `cnnzoo quantize` makes int8 weights, of --weights or of
a formula, on images of noise, and the file with QuantizeLinear and DequantizeLinear must give the logits of `cnnzoo infer` on
other such images: the same class wherever the two first ones are further apart than twice the error. The line says how many get the same
class, and the largest error in steps: one step is what the logit changes if each byte that the last layer reads is off by one in a
random direction (their scale times the norm of the logit's weights). --bf16 checks weights in bfloat16, which must stay so and give the logits within 1e-4.
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
from onnx import numpy_helper
from PIL import Image
from safetensors.numpy import load_file, save_file

from networks import select

TOLERANCE = 1e-4
# Of networks in bytes, errors relative to the largest logit, and how many of the images get the same class: the two round at the
# same places, but not all sums to the same side.
BYTE_TOLERANCE = 0.05
BYTE_NETWORKS = [
    "resnet20_cifar", "resnet18", "vgg11_bn", "alexnet", "squeezenet1_1", "densenet121", "googlenet", "mobilenet_v2",
    "efficientnet_lite0", "regnet_x_400mf", "shufflenet_v2_x1_0", "resnext50_32x4d",
]


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


def images_of_noise(folder, shape, count, seed):
    """A folder of blurred noise, in two classes."""
    generator = np.random.default_rng(seed)
    for index in range(count):
        coarse = generator.uniform(0, 255, (8, 8, 3)).astype(np.uint8)
        image = Image.fromarray(coarse).resize((max(shape[2], 32), max(shape[1], 32)), Image.Resampling.BICUBIC)
        path = folder / "ab"[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)


def steps(model, errors):
    """Errors of the logits in steps of the bytes that the last layer reads."""
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    producers = {output: node for node in model.graph.node for output in node.output}
    last = [node for node in model.graph.node if node.op_type in ("Gemm", "Conv")][-1]
    inputs = [producers.get(name) for name in last.input[:2]]
    if any(node is None or node.op_type != "DequantizeLinear" for node in inputs):
        return float("nan")
    scale = values[inputs[0].input[1]]
    weight = values[inputs[1].input[0]].astype(np.float32)
    norms = np.linalg.norm(weight.reshape(len(weight), -1), axis=1) * values[inputs[1].input[1]]
    return float((errors / (scale * norms)).max())


def check_bytes(cnnzoo, name, shape, folder, weights):
    """The largest error of the logits relative to the largest logit; raises where classes differ."""
    gain = select([name])[name].norm_gain if not weights else 1
    source = ["--weights", weights] if weights else ["--random-weights", "0"]
    if gain != 1:
        path = folder / "weights.safetensors"
        run(cnnzoo, "export", name, "--output", path, "--random-weights", "0")
        tensors = load_file(path)
        for key, tensor in tensors.items():
            if tensor.ndim == 1 and not key.endswith(("running_var", "running_mean", "bias")):
                tensors[key] = tensor * np.float32(gain)
        save_file(tensors, path)
        source = ["--weights", path]
    images_of_noise(folder / "images", shape, 16, seed=1)
    int8, logits, inputs, path = (folder / file for file in ("int8.safetensors", "logits.npy", "inputs.npy", "model.onnx"))
    run(cnnzoo, "quantize", name, "--data", folder / "images", "--output", int8, "--samples", "16", *source)
    images_of_noise(folder / "others", shape, 16, seed=2)
    run(cnnzoo, "infer", name, folder / "others", "--weights", int8, "--logits", logits, "--save-input", inputs)
    run(cnnzoo, "export", name, "--output", path, "--weights", int8)
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    kinds = [node.op_type for node in model.graph.node]
    stored = [tensor.data_type for tensor in model.graph.initializer]
    layers = sum(tensor.dtype == np.int8 for tensor in load_file(int8).values())
    assert kinds.count("QuantizeLinear") and stored.count(onnx.TensorProto.INT8) == layers, "layers are missing"
    expected, x = np.load(logits), np.load(inputs)
    [found] = session(path).run(None, {"input": x})
    scale = np.abs(expected).max()
    differences = np.abs(found - expected)
    errors = differences.max(axis=1)
    ordered = np.sort(expected, axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    same = found.argmax(1) == expected.argmax(1)
    assert (same | (margins <= 2 * errors)).all(), f"another class, margins {margins[~same]}, errors {errors[~same]}"
    return float(errors.max() / scale), (
        f"{steps(model, differences):.2f} steps, {int(same.sum())} of {len(same)} alike, {layers} layers in bytes")


def check_halves(cnnzoo, name, shape, folder):
    """The largest error with weights in bfloat16."""
    full, half, logits, path = (folder / file for file in ("f32.safetensors", "bf16.safetensors", "logits.npy", "model.onnx"))
    run(cnnzoo, "export", name, "--output", full, "--random-weights", "0")
    run(cnnzoo, "convert", full, "--output", half, "--type", "bf16")
    x = noise((2, *shape), 5)
    np.save(folder / "x.npy", x)
    run(cnnzoo, "infer", name, "--tensor", folder / "x.npy", "--weights", half, "--logits", logits)
    run(cnnzoo, "export", name, "--output", path, "--weights", half)
    onnx.checker.check_model(str(path), full_check=True)
    assert path.stat().st_size < 1.1 * half.stat().st_size + 200_000, "not in bfloat16"
    [found] = session(path).run(None, {"input": x})
    expected = np.load(logits)
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cnnzoo", type=pathlib.Path, required=True)
    parser.add_argument("--keep", type=pathlib.Path, help="use this folder instead of a temporary one")
    parser.add_argument("--small", action="store_true", help="leave out networks of more than 100 million parameters")
    parser.add_argument("--int8", action="store_true", help="check networks in bytes")
    parser.add_argument("--weights", type=pathlib.Path, help="with --int8, the float32 weights of the network NAME")
    parser.add_argument("--bf16", action="store_true", help="check weights in bfloat16")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    cnnzoo = arguments.cnnzoo.resolve()
    networks = [json.loads(line) for line in run(cnnzoo, "list", "--format", "json").splitlines()]
    shapes = {network["model"]: network["input_shape"] for network in networks}
    names = arguments.names or (BYTE_NETWORKS if arguments.int8 or arguments.bf16 else [
        network["model"] for network in networks if not arguments.small or network["parameters"] <= 100e6])
    tolerance = BYTE_TOLERANCE if arguments.int8 else TOLERANCE
    failures, worst = 0, ("", 0.0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            note = ""
            try:
                if arguments.int8:
                    inner = folder / name
                    inner.mkdir()
                    error, note = check_bytes(cnnzoo, name, shapes[name], inner, arguments.weights)
                elif arguments.bf16:
                    error = check_halves(cnnzoo, name, shapes[name], folder)
                else:
                    error = check(cnnzoo, name, shapes[name], folder)
                wrong = "" if error <= tolerance else f"above {tolerance:g}"
            except Exception as failure:  # the checker and the runtime have errors of their own
                error, wrong = float("nan"), str(failure).replace("\n", " ")[:300]
            failures += bool(wrong)
            if error > worst[1]:
                worst = (name, error)
            print(f"{name:32} {error:9.2e}  {wrong or 'ok'}  {note}".rstrip(), flush=True)
    print(f"{len(names)} networks, {failures} failed, largest error {worst[1]:.2e} ({worst[0]})")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
