#!/usr/bin/env python3
"""Writes Tests/InputsTests/Fixtures/garment-*.png and garment.txt: images of objects on a background, and their
conversion after section 2 of the Fashion-MNIST paper, here with Pillow and NumPy.

garment.txt has one line per case: name, option (auto, invert or as-is), whether the image was inverted (yes, no, or
kept if it was not converted), and the FNV-1a 64 hash of the 784 bytes. The deviations from the paper are those of
GarmentImage.swift.
"""

import math
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFilter

from make_image_fixtures import fnv, scene

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "InputsTests" / "Fixtures"


def convert(image, option):
    rgb = numpy.asarray(image.convert("RGB")).astype(int)
    gray = numpy.asarray(image.convert("RGB").convert("L"))
    if gray.shape == (28, 28) and (rgb == rgb[..., :1]).all():
        return ("yes", 255 - gray) if option == "invert" else ("kept", gray)
    corners = [rgb[y, x] for y in (0, -1) for x in (0, -1)]
    limit = 0.05 * math.sqrt(3) * 255
    ground = numpy.any([numpy.linalg.norm(rgb - corner, axis=-1) <= limit for corner in corners], 0)
    thing = ~ground
    is_light = gray[ground].mean() > (gray[thing].mean() if thing.any() else 127.5)
    paper = 255 if is_light else 0
    gray = numpy.where(ground, paper, gray).astype(numpy.uint8)
    if thing.any():
        rows, columns = numpy.where(thing.any(1))[0], numpy.where(thing.any(0))[0]
        gray = gray[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = gray.shape
    scale = lambda n: max(1, math.floor(28 * n / max(height, width) + 0.5))
    small = Image.fromarray(gray).resize((scale(width), scale(height)), Image.Resampling.BILINEAR)
    gauss = [math.exp(-(x * x + y * y) / 2) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    kernel = [-g for g in gauss]
    kernel[4] = 2 * sum(gauss)
    padded = Image.fromarray(numpy.pad(numpy.asarray(small), 1, mode="edge"))
    sharp = padded.filter(ImageFilter.Kernel((3, 3), kernel, sum(kernel)))
    sharp = numpy.asarray(sharp)[1:-1, 1:-1]
    canvas = numpy.full((28, 28), paper, numpy.uint8)
    top, left = (28 - sharp.shape[0]) // 2, (28 - sharp.shape[1]) // 2
    canvas[top : top + sharp.shape[0], left : left + sharp.shape[1]] = sharp
    invert = is_light if option == "auto" else option == "invert"
    return ("yes", 255 - canvas) if invert else ("no", canvas)


def shape(size, ground, color, noise=0, seed=1):
    """A shape with a hole, on a background with camera noise."""
    image = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(image)
    w, h = size
    pen.polygon([(w * 0.2, h * 0.3), (w * 0.6, h * 0.15), (w * 0.85, h * 0.7), (w * 0.4, h * 0.9)], fill=color)
    pen.ellipse([w * 0.4, h * 0.4, w * 0.6, h * 0.55], fill=ground)
    pixels = numpy.asarray(image).astype(float)
    pixels += numpy.random.default_rng(seed).uniform(-noise, noise, pixels.shape)
    return Image.fromarray(numpy.clip(pixels, 0, 255).round().astype(numpy.uint8))


CASES = {
    "dark-on-white": shape((120, 110), (255, 255, 255), (40, 60, 90)),
    "light-on-black": shape((90, 100), (0, 0, 0), (230, 200, 120)),
    "noisy-ground": shape((97, 83), (236, 232, 226), (150, 40, 40), noise=6),
    "small": shape((17, 19), (250, 250, 250), (20, 20, 20)),
    "no-ground": Image.fromarray(scene(60, 50)),
    "one-color": Image.new("RGB", (40, 30), (200, 210, 220)),
    "color-28": shape((28, 28), (255, 255, 255), (200, 30, 30)),
    "gray-28": Image.fromarray(scene(28, 28, 1)[..., 0]),
}


def main():
    lines = ["# name option negated FNV-1a of the pixels"]
    for name, image in CASES.items():
        image.save(FIXTURES / f"garment-{name}.png", optimize=True)
        for option in ["auto", "invert", "as-is"]:
            negated, pixels = convert(image, option)
            lines.append(f"garment-{name}.png {option} {negated} {fnv(pixels.tobytes())}")
    (FIXTURES / "garment.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
