"""The reference frameworks and their versions."""

import torch

from vision import torchvision  # before timm, which imports torchvision itself

import timm  # noqa: E402

TORCH = f"torch {torch.__version__.split('+')[0]}"
SOURCES = {
    "torchvision": f"torchvision {torchvision.__version__.split('+')[0]} / {TORCH}",
    "timm": f"timm {timm.__version__} / {TORCH}",
    "independent": f"scripts/golden/independent / {TORCH}",
}
