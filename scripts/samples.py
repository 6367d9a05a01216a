#!/usr/bin/env python3
"""Writes the sample images in Models/Samples that are not photos.

    samples.py [FASHION_MNIST_FOLDER]

fashion-mnist/CLASS.png is the first image of each class in the test set of Fashion-MNIST, with unchanged pixels.
trousers.png and t-shirt.png are drawn, dark on light like product photos. Needs Pillow.
"""

import gzip
import pathlib
import sys

from PIL import Image, ImageDraw

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "Models" / "Samples"
CLASSES = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"]


def first_of_each_class(folder):
    images = gzip.open(folder / "t10k-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(folder / "t10k-labels-idx1-ubyte.gz").read()[8:]
    for label, name in enumerate(CLASSES):
        index = labels.index(label)
        image = Image.frombytes("L", (28, 28), images[784 * index : 784 * (index + 1)])
        image.save(SAMPLES / "fashion-mnist" / f"{name}.png", optimize=True)
        print(f"{name}.png: test image {index}")


def drawn(size, ground, draw):
    """Draws at four times the size and scales down, which smooths the edges."""
    image = Image.new("RGB", (4 * size[0], 4 * size[1]), ground)
    pen = ImageDraw.Draw(image)
    draw(lambda points, color: pen.polygon([(4 * x, 4 * y) for x, y in points], fill=color))
    return image.resize(size, Image.Resampling.BOX)


def trousers(polygon):
    cloth, seam = (52, 58, 84), (34, 38, 58)
    polygon([(112, 20), (208, 20), (214, 62), (212, 284), (170, 284), (160, 92), (150, 284), (108, 284), (106, 62)], cloth)
    polygon([(112, 20), (208, 20), (209, 32), (111, 32)], seam)
    polygon([(158, 32), (162, 32), (161, 92), (159, 92)], seam)


def t_shirt(polygon):
    cloth, shade = (120, 30, 36), (92, 22, 28)
    polygon(
        [(118, 40), (140, 54), (180, 54), (202, 40), (248, 62), (286, 128), (246, 148), (228, 118), (228, 290), (92, 290),
         (92, 118), (74, 148), (34, 128), (72, 62)], cloth)
    polygon([(118, 40), (140, 54), (180, 54), (202, 40), (192, 62), (160, 72), (128, 62)], shade)
    polygon([(92, 282), (228, 282), (228, 290), (92, 290)], shade)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist")
    (SAMPLES / "fashion-mnist").mkdir(exist_ok=True)
    first_of_each_class(folder)
    drawn((320, 300), (255, 255, 255), trousers).save(SAMPLES / "trousers.png", optimize=True)
    drawn((320, 320), (238, 238, 234), t_shirt).save(SAMPLES / "t-shirt.png", optimize=True)


if __name__ == "__main__":
    main()
