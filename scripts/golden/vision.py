"""torchvision, imported such that its models also work with a CPU build of torch."""

import sys

import torch


def _import_torchvision():
    """Builds of torchvision that are linked to CUDA cannot load their operators without it.

    No classification network needs these operators, but importing the package looks up `nms`.
    """
    try:
        import torchvision
    except RuntimeError:
        for name in [n for n in sys.modules if n.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        arguments = "Tensor dets, Tensor scores, float iou_threshold"
        for name in ("nms", "qnms"):
            _library.define(f"{name}({arguments}) -> Tensor")
        import torchvision
    return torchvision


_library = torch.library.Library("torchvision", "FRAGMENT")
torchvision = _import_torchvision()
