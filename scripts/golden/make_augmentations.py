"""Records what torchvision's augmentation policies do, in Tests/TrainingTests/Fixtures/augmentations.json.

For every operation and some of its magnitudes, the SHA-256 of the sample photograph after it: RGB of 451x300, its
grayscale, and a square part; the policies' magnitudes and learned pairs; boxes of CutMix with the numbers they were
computed from.
"""

import hashlib
import json
import pathlib

import torch
from PIL import Image
from vision import torchvision  # noqa: F401

from torchvision.transforms import v2
from torchvision.transforms.autoaugment import AutoAugment, RandAugment, TrivialAugmentWide, _apply_op
from torchvision.transforms.functional import InterpolationMode

ROOT = pathlib.Path(__file__).parents[2]
OUTPUT = ROOT / "Tests/TrainingTests/Fixtures/augmentations.json"
MAGNITUDES = {
    "Identity": [0], "ShearX": [0.09, -0.3, 0.99], "ShearY": [0.09, -0.3, 0.99], "TranslateX": [12.7, -101.5],
    "TranslateY": [12.7, -101.5], "Rotate": [4.5, -9, 27, 90, -135], "Brightness": [0.27, -0.27, 0.9, -0.99],
    "Color": [0.27, -0.27, 0.9, -0.99], "Contrast": [0.27, -0.27, 0.9, -0.99],
    "Sharpness": [0.27, -0.27, 0.9, -0.99], "Posterize": [8, 7, 4, 2], "Solarize": [255, 178.5, 85, 0],
    "AutoContrast": [0], "Equalize": [0], "Invert": [0]}


def operations(image):
    for name, magnitudes in MAGNITUDES.items():
        for magnitude in magnitudes:
            result = _apply_op(image, name, magnitude, InterpolationMode.NEAREST, None)
            assert (result.size, result.mode) == (image.size, image.mode)
            yield {
                "operation": name, "magnitude": magnitude, "sha256": hashlib.sha256(result.tobytes()).hexdigest()}


def magnitudes(space):
    return {name: values.double().flatten().tolist() for name, (values, _) in space.items()}


def boxes(height, width):
    """Boxes of torchvision's CutMix; its draws are repeated from the same seed."""
    cutmix = v2.CutMix(alpha=1.0, num_classes=2)
    for seed in range(12):
        torch.manual_seed(seed)
        parameters = cutmix.make_params([torch.zeros(1, 3, height, width)])
        torch.manual_seed(seed)
        share = float(cutmix._dist.sample(()))
        x, y = (int(torch.randint(side, size=(1,))) for side in (width, height))
        left, top, right, bottom = parameters["box"]
        yield {
            "height": height, "width": width, "share": share, "x": x, "y": y, "rows": [top, bottom],
            "columns": [left, right], "adjusted": parameters["lam_adjusted"]}


def main():
    with Image.open(ROOT / "Models/Samples/cat.jpg") as file:
        photo = file.convert("RGB")
    # The top and the left edge of the photograph are bright; a dark image shows what autocontrast does.
    square = photo.crop((100, 50, 324, 274)).point(lambda value: 40 + value // 2)
    images = {"photo": photo, "gray": photo.convert("L"), "square": square}
    pairs = [
        [[name, chance, 0 if bin is None else bin] for name, chance, bin in pair] for pair in AutoAugment().policies]
    golden = {
        "source": f"torchvision {torchvision.__version__.split('+')[0]}",
        "operations": {name: list(operations(image)) for name, image in images.items()},
        "magnitudes": {
            "auto-augment": magnitudes(AutoAugment()._augmentation_space(10, (224, 176))),
            "rand-augment=9": magnitudes(RandAugment()._augmentation_space(31, (224, 176))),
            "trivial-augment": magnitudes(TrivialAugmentWide()._augmentation_space(31))},
        "pairs": pairs,
        "boxes": [*boxes(32, 32), *boxes(224, 176)]}
    text = json.dumps(golden)
    for opening in ('{"operation"', '{"height"', '[["', '"auto-augment"', '"rand-augment=9"', '"trivial-augment"'):
        text = text.replace(opening, "\n" + opening).replace(" \n", "\n")
    OUTPUT.write_text(text + "\n")


if __name__ == "__main__":
    main()
