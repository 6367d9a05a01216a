"""Folders of JPEGs through ResNet-18, by turns: cnnzoo, torch's DataLoader, and ONNX Runtime with Pillow in processes.

    scripts/bench/folders inference DIR     # DIR/CLASS/*.jpg: images per second
    scripts/bench/folders training DIR      # DIR/train/CLASS, DIR/val/CLASS: seconds per epoch, test included

Every contestant starts as a new process each time. Loading programs and weights does not count for the peers, and
counts for cnnzoo. Training crops at random sizes and flips; batch 16, SGD with momentum.
"""

import argparse
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def resnet18(classes=1000):
    import torchvision

    return torchvision.models.resnet18(num_classes=classes)


def loader(folder, batch, workers, training=False):
    import torch
    from torchvision import datasets, transforms

    geometry = (
        [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()]
        if training else [transforms.Resize(256), transforms.CenterCrop(224)])
    images = datasets.ImageFolder(folder, transforms.Compose(
        geometry + [transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]))
    return torch.utils.data.DataLoader(
        images, batch, shuffle=training, num_workers=workers, persistent_workers=workers > 0)


def memory_format(layout):
    import torch

    return torch.channels_last if layout == "channels-last" else torch.contiguous_format


def torch_inference(options, layout, workers):
    import torch

    torch.set_num_threads(options.threads)
    batches = loader(options.folder, 16, workers)
    network = resnet18().eval().to(memory_format=memory_format(layout))
    start = time.monotonic()
    with torch.inference_mode():
        for images, _ in batches:
            network(images.to(memory_format=memory_format(layout))).argmax(1)
    return len(batches.dataset) / (time.monotonic() - start)


def torch_training(options, layout, workers):
    import torch

    torch.set_num_threads(options.threads)
    training = loader(f"{options.folder}/train", 16, workers, training=True)
    test = loader(f"{options.folder}/val", 16, workers)
    network = resnet18(len(training.dataset.classes)).to(memory_format=memory_format(layout))
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9, weight_decay=1e-4)
    loss = torch.nn.CrossEntropyLoss()
    for _ in range(options.epochs):  # the last one counts: by then, the workers are there
        start = time.monotonic()
        network.train()
        for images, labels in training:
            optimizer.zero_grad()
            loss(network(images.to(memory_format=memory_format(layout))), labels).backward()
            optimizer.step()
        network.eval()
        with torch.inference_mode():
            for images, _ in test:
                network(images.to(memory_format=memory_format(layout))).argmax(1)
        with tempfile.NamedTemporaryFile() as file:
            torch.save([network.state_dict(), optimizer.state_dict()], file)
        seconds = time.monotonic() - start
    return seconds


def classify(model, paths):
    """One process of ONNX Runtime: when it began with its images, and when it was done."""
    import numpy as np
    import onnxruntime
    from PIL import Image

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    mean, deviation = np.float32(MEAN), np.float32(DEVIATION)
    start = time.monotonic()
    for path in paths:
        image = Image.open(path).convert("RGB")
        scale = 256 / min(image.size)
        image = image.resize([int(side * scale) for side in image.size], Image.BILINEAR)
        left, top = (round((side - 224) / 2) for side in image.size)
        pixels = np.asarray(image.crop((left, top, left + 224, top + 224)), np.float32) / 255
        tensor = np.ascontiguousarray(((pixels - mean) / deviation).transpose(2, 0, 1)[None])
        session.run(None, {"x": tensor})[0].argmax()
    return start, time.monotonic()


def onnxruntime_inference(options):
    import torch

    paths = sorted(map(str, pathlib.Path(options.folder).glob("*/*.jpg")))
    with tempfile.TemporaryDirectory() as folder:
        model = f"{folder}/resnet18.onnx"
        torch.onnx.export(
            resnet18().eval(), torch.zeros(1, 3, 224, 224), model, input_names=["x"], dynamo=False)
        shares = [(model, paths[index::options.threads]) for index in range(options.threads)]
        with multiprocessing.get_context("spawn").Pool(options.threads) as pool:
            times = pool.starmap(classify, shares, chunksize=1)
    return len(paths) / (max(end for _, end in times) - min(start for start, _ in times))


def run(*command):
    """Runs a command; returns seconds and MiB at its peak."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: {errors}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def cnnzoo_inference(options):
    seconds, peak = run(
        options.cnnzoo, "infer", "resnet18", options.folder, "--random-weights", "1",
        "--threads", str(options.threads))
    return len(list(pathlib.Path(options.folder).glob("*/*.jpg"))) / seconds, peak


def cnnzoo_training(options):
    with tempfile.TemporaryDirectory() as folder:
        seconds, peak = run(
            options.cnnzoo, "train", "resnet18", "--data", options.folder, "--output", folder,
            "--epochs", str(options.epochs), "--batch-size", "16", "--lr", "0.01", "--schedule", "constant",
            "--augment", "resized-crop=0.08,flip", "--threads", str(options.threads))
    return seconds / options.epochs, peak


PEERS = {
    "inference": {
        "torch, 2 workers": lambda options: torch_inference(options, "contiguous", 2),
        "torch, channels-last, 2 workers": lambda options: torch_inference(options, "channels-last", 2),
        "onnxruntime, a process per thread": onnxruntime_inference,
    },
    "training": {
        f"torch, {layout}, {workers} workers":
            lambda options, layout=layout, workers=workers: torch_training(options, layout, workers)
        for layout in ("contiguous", "channels-last") for workers in (0, 2)
    },
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=PEERS)
    parser.add_argument("folder")
    parser.add_argument("--cnnzoo", default=".build/release/cnnzoo")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--peer", help=argparse.SUPPRESS)  # a round of one peer, in a process of its own
    options = parser.parse_args()
    if options.peer:
        print(PEERS[options.task][options.peer](options))
        return
    figures, peaks = {}, []
    for _ in range(options.rounds):
        own, peak = (cnnzoo_inference if options.task == "inference" else cnnzoo_training)(options)
        figures.setdefault("cnnzoo", []).append(own)
        peaks.append(peak)
        for name in PEERS[options.task]:
            output = subprocess.run(
                [sys.executable, *sys.argv, "--peer", name], check=True, capture_output=True, text=True).stdout
            figures.setdefault(name, []).append(float(output.split()[-1]))
    unit = "images/s" if options.task == "inference" else "s per epoch"
    medians = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        ratio = medians["cnnzoo"] / medians[name]
        print(
            f"{name:36} {medians[name]:8.2f} {unit}  ({min(values):.2f} to {max(values):.2f})"
            f"  cnnzoo is {ratio if options.task == 'inference' else 1 / ratio:.2f} x as fast")
    print(f"cnnzoo's peak memory: {max(peaks):.0f} MiB")


if __name__ == "__main__":
    main()
