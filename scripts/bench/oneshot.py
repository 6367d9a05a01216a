#!/usr/bin/env python3
"""Classifies one image with one peer, as a short script would, from import to answer.

    oneshot.py PEER NETWORK IMAGE THREADS

All peers preprocess with Pillow and NumPy, which load faster than a framework's own transforms.
"""

import sys

import numpy as np
from PIL import Image

from cache import NetworkFiles
from peers import load_peer

MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], dtype=np.float32)


def preprocessed(path, resized=256, size=224):
    image = Image.open(path).convert("RGB")
    scale = resized / min(image.size)
    image = image.resize([round(side * scale) for side in image.size], Image.Resampling.BILINEAR)
    left, top = ((side - size) // 2 for side in image.size)
    image = image.crop((left, top, left + size, top + size))
    pixels = (np.asarray(image, dtype=np.float32) / 255 - MEAN) / DEVIATION
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def main():
    name, network, path, threads = sys.argv[1:]
    peer = load_peer(name)
    peer.tune = False
    peer.load(NetworkFiles(network), preprocessed(path), int(threads))
    peer.run()
    logits = peer.logits()[0]
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    for index in np.argsort(-probabilities)[:5]:
        print(index, probabilities[index])


if __name__ == "__main__":
    main()
