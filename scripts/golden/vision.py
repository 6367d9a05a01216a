"""torchvision, imported so that its models also work beside a CPU build of torch."""

import sys

import torch


def _import_torchvision():
    """Some builds of torchvision are linked to CUDA, and its operators then do not load.

    No classification network needs one, but importing the package looks `nms` up.
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
