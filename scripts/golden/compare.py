#!/usr/bin/env python3
"""Compares `cnnzoo infer` with the reference frameworks, on weight files of every kind that they write.

    compare.py --cnnzoo PATH [--keep DIR] [--images-only] [--image FILE]... [NAME...]

Formula weights are saved as zip .pth, legacy .pth and .safetensors; every logit must agree within 1e-4 of the largest.
Then the file is given the name of each published set of weights, and every image goes through the preprocessing that
this name stands for: the network's input must be that of the framework's own transform, bit for bit, with the same
five classes. Prints one line per comparison; exits with 1 if any fails.
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

from formula import fill, input_tensor
from networks import select
from preprocessing import published

PHOTO = pathlib.Path(__file__).parents[2] / "Models/Samples/cat.jpg"
TOLERANCE = 1e-4
WRITERS = {
    "zip.pth": torch.save,
    "legacy.pth": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "safetensors": lambda state, path: save_file(state, path),
}


class Subject(NamedTuple):
    """A network of the binary under test, with one weight file."""

    cnnzoo: pathlib.Path
    name: str
    folder: pathlib.Path
    weights: pathlib.Path

    def infer(self, *options):
        """Runs the binary and returns its logits and its standard output."""
        logits = self.folder / "logits.npy"
        command = [self.cnnzoo, "infer", self.name, *options, "--weights", self.weights, "--logits", logits]
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if run.returncode != 0:
            raise ChildProcessError(f"exit {run.returncode}: {run.stderr.strip()}")
        return np.load(logits), run.stdout


def judge(found, expected):
    """The error relative to the largest logit, and what is wrong, or None."""
    if found.shape != expected.shape or found.dtype != np.float32:
        return float("nan"), f"logits are {found.dtype} {found.shape}, expected float32 {expected.shape}"
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    return error, None if error <= TOLERANCE else f"above {TOLERANCE:g}"


def compare_tensor(subject, x, expected):
    np.save(subject.folder / "input.npy", x)
    found, _ = subject.infer("--tensor", subject.folder / "input.npy")
    return judge(found, expected)


def compare_image(subject, path, x, expected):
    inputs = subject.folder / "inputs.npy"
    found, text = subject.infer(path, "--save-input", inputs, "--format", "json", "--top", "5")
    difference = np.abs(np.load(inputs) - x)
    if difference.any():
        return float(difference.max()), f"{np.count_nonzero(difference)} values of the input differ"
    error, wrong = judge(found, expected)
    classes = [entry["class"] for entry in json.loads(text)["top"]]
    if not wrong and classes != np.argsort(-expected[0])[:5].tolist():
        wrong = f"the five classes are {classes}"
    return error, wrong


def checked(check, *arguments):
    """The result of a comparison, or what kept it from having one."""
    try:
        return check(*arguments)
    except (ChildProcessError, OSError, ValueError, KeyError) as failure:
        return float("nan"), f"{failure}"


def compare(cnnzoo, name, network, folder, images, writers):
    """Yields (weight file, input, error, what is wrong) for each comparison of one network."""
    model = fill(network.model(), network.norm_gain)
    inputs = [input_tensor(shape, network.input_scale) for shape in network.shapes()]
    with torch.inference_mode():
        expected = [model(torch.from_numpy(x)).numpy() for x in inputs]
    for suffix, write in writers.items():
        subject = Subject(cnnzoo, name, folder, folder / f"weights.{suffix}")
        write(model.state_dict(), subject.weights)
        # Every kind of file with the network's own input, the odd batch with one kind.
        for x, logits in list(zip(inputs, expected))[: 2 if suffix == "zip.pth" else 1]:
            yield suffix, "x".join(map(str, x.shape)), *checked(compare_tensor, subject, x, logits)
        subject.weights.unlink()
    # The name of a file does not have to say what kind of file it is.
    weights = folder / "weights"
    save_file(model.state_dict(), weights)
    if hasattr(model, "transform_input"):
        model.transform_input = True  # as the published GoogLeNet and Inception V3 renormalize their input
    about = subprocess.run([cnnzoo, "about", name, "--format", "json"], capture_output=True, check=True).stdout
    known = {weights["source"] for weights in json.loads(about)["weights"]}
    for published_weights in published(name, network):
        if published_weights.facts["source"] not in known:
            continue
        named = folder / published_weights.file
        named.symlink_to(weights)
        subject = Subject(cnnzoo, name, folder, named)
        for path in images:
            with Image.open(path) as image, torch.inference_mode():
                x = published_weights.transform(image.convert("RGB"))[None]
                logits = model(x).numpy()
            label = published_weights.facts["source"].split()[1]
            yield label, path.name, *checked(compare_image, subject, path, x.numpy(), logits)
        named.unlink()
    weights.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cnnzoo", type=pathlib.Path, required=True)
    parser.add_argument("--keep", type=pathlib.Path, help="use this folder instead of a temporary one")
    parser.add_argument("--images-only", action="store_true", help="leave out the tensors")
    parser.add_argument(
        "--image", type=pathlib.Path, action="append", help="a photograph; the sample as JPEG and as PNG if none is given")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    failures, worst = 0, 0.0
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        images = arguments.image
        if not images:
            images = [PHOTO, folder / "upright.png"]
            with Image.open(PHOTO) as image:
                image.transpose(Image.Transpose.ROTATE_90).save(images[1])
        writers = {} if arguments.images_only else WRITERS
        for name, network in select(arguments.names).items():
            results = compare(arguments.cnnzoo.resolve(), name, network, folder, images, writers)
            for weights, source, error, wrong in results:
                failures += wrong is not None
                worst = max(worst, error if error == error else 0.0)
                print(f"{name:26} {weights:48} {source:14} {error:9.2e}  {wrong or 'ok'}", flush=True)
    print(f"worst error: {worst:.2e}; {failures} failed")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
