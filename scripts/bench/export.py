#!/usr/bin/env python3
"""Exports one network for every peer, with an input and torch's logits for it.

    export.py PRECISION NETWORK BATCH...

The weights come from the formula in scripts/golden, which keeps activations in range. Existing files are
kept; a new file gets its name only once it is complete.
"""

import pathlib
import subprocess
import sys
import tempfile
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))

import numpy as np
import pnnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image
from safetensors.torch import save_file

import cache
from formula import fill, input_tensor, noise
from networks import NETWORKS


def export(precision, network, batches):
    export_float32(network, batches)
    files = cache.NetworkFiles(network, precision)
    for batch in batches:
        if not files.onnx(batch).exists():
            write(files.onnx(batch), lambda path: write_int8(cache.NetworkFiles(network), batch, path))


def export_float32(network, batches):
    files = cache.NetworkFiles(network)
    files.folder.mkdir(parents=True, exist_ok=True)
    description = NETWORKS[network]
    missing = [batch for batch in batches if not files.logits(batch).exists()]
    if not missing and files.ncnn_bin.exists():
        return
    model = description.model()
    with torch.no_grad():
        fill(model, description.norm_gain)
    if not files.ncnn_bin.exists():
        write(files.state_dict, lambda path: torch.save(model.state_dict(), path))
        write(files.safetensors, lambda path: save_file(model.state_dict(), path))
        write_ncnn(model, input_of(description, 1), files)
    for batch in missing:
        x = input_of(description, batch)
        write(files.onnx(batch), lambda path: write_onnx(model, x, path))
        write(files.input(batch), lambda path: np.save(path, x.numpy()))
        with torch.inference_mode():
            logits = model(x).numpy()
        write(files.logits(batch), lambda path: np.save(path, logits))


def input_of(description, batch):
    return torch.from_numpy(input_tensor((batch, *description.input)))


def write_onnx(model, x, path):
    with warnings.catch_warnings():
        # The tracing exporter writes the same graph and needs no additional package.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(model, x, path, input_names=["input"], output_names=["logits"], dynamo=False)


class OneInput(CalibrationDataReader):
    def __init__(self, x):
        self.inputs = iter([{"input": x}])

    def get_next(self):
        return next(self.inputs, None)


def write_int8(files, batch, path):
    """Quantized by ONNX Runtime: weights for each channel, activations as unsigned bytes, QDQ format."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared.onnx"
        quant_pre_process(str(files.onnx(batch)), str(prepared))
        quantize_static(
            str(prepared), str(path), OneInput(np.load(files.input(batch))), quant_format=QuantFormat.QDQ,
            per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


def write_ncnn(model, x, files):
    """Converts with pnnx, which leaves a dozen files beside its input; weights stay float32."""
    with tempfile.TemporaryDirectory(dir=files.folder) as folder:
        traced = pathlib.Path(folder) / "network.pt"
        with torch.inference_mode():
            torch.jit.trace(model, x).save(traced)
        shape = ",".join(map(str, x.shape))
        subprocess.run(
            [pnnx.EXEC_PATH, traced, f"inputshape=[{shape}]", "fp16=0"],
            cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # The weights come last: their presence means that the export is complete.
        for target in (files.ncnn_param, files.ncnn_bin):
            traced.with_name(target.name).replace(target)


def write(path, produce):
    partial = path.with_name("partial-" + path.name)  # keeps the suffix, which np.save looks at
    produce(partial)
    partial.replace(path)


def export_image():
    """An image as large and as smooth as a typical photo; its content does not affect the time."""
    if not cache.IMAGE.exists():
        coarse = Image.fromarray((noise("image", 36) * 127 + 128).astype(np.uint8).reshape(3, 4, 3))
        image = coarse.resize((500, 375), Image.Resampling.BICUBIC)
        write(cache.IMAGE, lambda path: image.save(path, quality=90))


if __name__ == "__main__":
    export(sys.argv[1], sys.argv[2], [int(batch) for batch in sys.argv[3:]])
    export_image()
