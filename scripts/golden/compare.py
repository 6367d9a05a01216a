#!/usr/bin/env python3
"""Compares `cnnzoo infer` with the reference frameworks, on weight files of every kind that they write.

    compare.py --cnnzoo PATH [--keep DIR] [NAME...]

Formula weights are saved as zip .pth, legacy .pth and .safetensors. For a tensor, every logit must agree within
1e-4 of the largest; for a JPEG (networks with published preprocessing), within 2e-2 and with the same top 5
classes. Prints one line per comparison; exits with 1 if any fails.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from formula import fill, input_tensor, noise
from frameworks import SOURCES, timm, torchvision
from networks import select

TENSOR_TOLERANCE = 1e-4
JPEG_TOLERANCE = 2e-2
WRITERS = {
    "zip.pth": torch.save,
    "legacy.pth": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "safetensors": lambda state, path: save_file(state, path),
}


def photo(path):
    """Writes a 500x375 JPEG, 4:2:0, with flat areas, edges, fine texture and saturated colors."""
    height, width = 375, 500
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / width
    green = np.where((x - 260) ** 2 + (y - 170) ** 2 < 120**2, 220, 255 * y / height)
    blue = 128 + 100 * np.sin(x * y / 900)
    texture = 60 * noise("photo", height * width * 3).reshape(height, width, 3)
    pixels = np.stack([red, green, blue], 2) + texture * (y > 250)[..., None]
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path, quality=92, subsampling="4:2:0")


def preprocessing(name, network):
    """The transform of the network's first published weights, or None."""
    if network.source == SOURCES["torchvision"]:
        try:
            return torchvision.models.get_model_weights(name).IMAGENET1K_V1.transforms()
        except ValueError:
            return None
    if network.source == SOURCES["timm"]:
        configuration = timm.get_pretrained_cfg(name)
        if configuration.has_weights:
            resolved = timm.data.resolve_data_config(pretrained_cfg=configuration.to_dict())
            return timm.data.create_transform(**resolved)
    return None


class Subject(NamedTuple):
    """A network of the binary under test, with one weight file."""

    cnnzoo: pathlib.Path
    name: str
    folder: pathlib.Path
    weights: pathlib.Path

    def infer(self, *options):
        """Runs the binary and returns its logits and its standard output."""
        logits = self.folder / "logits.npy"
        logits.unlink(missing_ok=True)
        command = [self.cnnzoo, "infer", self.name, *options, "--weights", self.weights, "--logits", logits]
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if run.returncode != 0:
            raise ChildProcessError(f"exit {run.returncode}: {run.stderr.strip()}")
        return np.load(logits), run.stdout


def judge(found, expected, tolerance):
    """The error relative to the largest logit, and what is wrong, or None."""
    if found.shape != expected.shape or found.dtype != np.float32:
        return float("nan"), f"logits are {found.dtype} {found.shape}, expected float32 {expected.shape}"
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    return error, None if error <= tolerance else f"above {tolerance:g}"


def compare_tensor(subject, x, expected):
    np.save(subject.folder / "input.npy", x)
    found, _ = subject.infer("--tensor", subject.folder / "input.npy")
    return judge(found, expected, TENSOR_TOLERANCE)


def compare_jpeg(subject, expected, settings):
    found, text = subject.infer(subject.folder / "photo.jpg", "--format", "json", "--top", "5", *settings)
    error, wrong = judge(found, expected, JPEG_TOLERANCE)
    if wrong:
        return error, wrong
    best = set(np.argsort(-expected[0])[:5].tolist())
    line = json.loads(text)
    if set(np.argsort(-found[0])[:5].tolist()) != best:
        return error, "different top 5 classes"
    if {entry["class"] for entry in line["top"]} != best:
        return error, "the classes in the JSON are not those of the logits"
    return error, None


def compare(cnnzoo, name, network, folder):
    """Yields (weight file, input, error, what is wrong) for each comparison of one network."""
    model = fill(network.model(), network.norm_gain)
    inputs = [input_tensor(shape, network.input_scale) for shape in network.shapes()]
    with torch.no_grad():
        expected = [model(torch.from_numpy(x)).numpy() for x in inputs]
    for suffix, write in WRITERS.items():
        subject = Subject(cnnzoo, name, folder, folder / f"weights.{suffix}")
        write(model.state_dict(), subject.weights)
        # Every kind of file with the network's own input; the odd batch and the image with one kind.
        checks = [(inputs[0].shape, lambda: compare_tensor(subject, inputs[0], expected[0]))]
        if suffix == "zip.pth":
            checks.append((inputs[1].shape, lambda: compare_tensor(subject, inputs[1], expected[1])))
            transform = preprocessing(name, network)
            if transform:
                logits = jpeg_logits(model, transform, folder)
                # A file with the published name would imply this setting.
                settings = ("--set", "transformInput=true") if hasattr(model, "transform_input") else ()
                checks.append(("JPEG", lambda: compare_jpeg(subject, logits, settings)))
        for source, check in checks:
            try:
                error, wrong = check()
            except (ChildProcessError, OSError, ValueError, KeyError) as failure:
                error, wrong = float("nan"), f"{failure}"
            label = source if isinstance(source, str) else "x".join(map(str, source))
            yield suffix, label, error, wrong
        subject.weights.unlink()


def jpeg_logits(model, transform, folder):
    """Reference logits of the image. The published GoogLeNet and Inception V3 re-normalize their input."""
    with Image.open(folder / "photo.jpg") as image, torch.no_grad():
        x = transform(image.convert("RGB"))[None]
        if hasattr(model, "transform_input"):
            model.transform_input = True
        logits = model(x).numpy()
        if hasattr(model, "transform_input"):
            model.transform_input = False
    return logits


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cnnzoo", type=pathlib.Path, required=True)
    parser.add_argument("--keep", type=pathlib.Path, help="use this folder instead of a temporary one")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    failures, worst = 0, {"tensor": 0.0, "JPEG": 0.0}
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        photo(folder / "photo.jpg")
        for name, network in select(arguments.names).items():
            for weights, source, error, wrong in compare(arguments.cnnzoo.resolve(), name, network, folder):
                failures += wrong is not None
                kind = "JPEG" if source == "JPEG" else "tensor"
                worst[kind] = max(worst[kind], error if error == error else 0.0)
                print(f"{name:26} {weights:12} {source:14} {error:9.2e}  {wrong or 'ok'}", flush=True)
    print(f"worst error: tensor {worst['tensor']:.2e}, JPEG {worst['JPEG']:.2e}; {failures} failed")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
