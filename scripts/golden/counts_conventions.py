#!/usr/bin/env python3
"""Measures how fvcore, ptflops and torchinfo count a network, and derives each count from a formula.

    counts_conventions.py [--output conventions.json] [NAME...]

The formulas are in `derive`; they use the tallies of one forward pass. The script exits with 1 if a tool's
total differs from its formula by as much as one.
"""

import argparse
import importlib.metadata
import io
import json
import logging
import pathlib
from collections import Counter

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

import frameworks  # noqa: F401  (before the tools: they import torchvision themselves)
import ptflops
import torchinfo
from fvcore.nn import FlopCountAnalysis

from networks import select

# Networks with activations and norms that the formulas leave out: their totals are measured only.
MEASURED = [
    "mobilenet_v2", "mobilenet_v3_small", "mnasnet0_5", "shufflenet_v2_x0_5", "squeezenet1_1", "efficientnet_b0",
    "efficientnet_v2_s", "convnext_tiny"]
DEFAULT = ["alexnet", "vgg16", "googlenet", "inception_v3", "resnet50", "resnext50_32x4d", "densenet121"]
TOOLS = ("fvcore", "ptflops", "torchinfo")

RELUS = {F.relu, F.relu_}
WINDOWED = {F.max_pool2d, F.avg_pool2d}
ADAPTIVE = {F.adaptive_avg_pool2d}


class Calls(TorchFunctionMode):
    """Tallies activations and poolings, whether they are called as modules or as functions."""

    def __init__(self, tally):
        super().__init__()
        self.tally = tally

    def __torch_function__(self, function, types, arguments=(), keywords=None):
        for kind, functions in (("relu", RELUS), ("pool", WINDOWED), ("adaptive_pool", ADAPTIVE)):
            if function in functions:
                self.tally[f"{kind}_elements"] += arguments[0].numel()
        return function(*arguments, **(keywords or {}))


def tally(model, x):
    """Elements and multiply-accumulates by kind of operator, for one forward pass at batch 1."""
    total = Counter()

    def count(module, arguments, output):
        if isinstance(module, nn.Conv2d):
            total["conv_macs"] += output.numel() * module.weight[0].numel()
            total["conv_bias_elements"] += output.numel() if module.bias is not None else 0
        elif isinstance(module, nn.Linear):
            total["linear_macs"] += module.weight.numel()
            total["linear_bias_elements"] += output.numel() if module.bias is not None else 0
        elif isinstance(module, nn.BatchNorm2d):
            total["batch_norm_elements"] += output.numel()
            total["batch_norm_parameters"] += 2 * module.num_features
        elif isinstance(module, nn.ReLU):
            total["relu_module_elements"] += output.numel()
        elif isinstance(module, (nn.MaxPool2d, nn.AvgPool2d)):
            total["pool_module_elements"] += arguments[0].numel()
        elif isinstance(module, nn.AdaptiveAvgPool2d):
            total["adaptive_pool_module_elements"] += arguments[0].numel()

    hooks = [module.register_forward_hook(count) for module in model.modules()]
    with torch.no_grad(), Calls(total):
        model(x)
    for hook in hooks:
        hook.remove()
    return total


def derive(t):
    """Each convention as a formula of the tallies. Poolings are counted by their input elements.

    fvcore: batch norm costs 2 per element, adaptive average pooling 1 per input element; biases, activations,
    other poolings and additions are free.
    ptflops: biases cost 1 per output element, batch norm 2, activations 1, poolings 1 per input element. A pooling
    or ReLU that is a module is counted twice: by the hook on the module, and again when the module calls the
    patched function. Additions and concatenations are free.
    torchinfo: parameters times output positions for convolutions, biases included; for all other modules just
    their parameters, so batch norm costs 2 per channel.
    darknet: BFLOPs are 2 per multiply-accumulate, of convolutional layers only.
    """
    macs = t["conv_macs"] + t["linear_macs"]
    biases = t["conv_bias_elements"] + t["linear_bias_elements"]
    called = t["relu_elements"] + t["pool_elements"] + t["adaptive_pool_elements"]
    again = t["relu_module_elements"] + t["pool_module_elements"] + t["adaptive_pool_module_elements"]
    return {
        "torchvision": macs,
        "fvcore": macs + 2 * t["batch_norm_elements"] + t["adaptive_pool_elements"],
        "ptflops": macs + biases + 2 * t["batch_norm_elements"] + called + again,
        "torchinfo": macs + biases + t["batch_norm_parameters"],
        "darknet": 2 * t["conv_macs"],
    }


def measure(model, shape):
    """The total of each tool, and fvcore's by operator."""
    x = torch.zeros(1, *shape)
    analysis = FlopCountAnalysis(model, x).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    by_operator = {name: int(value) for name, value in analysis.by_operator().items()}
    total, _ = ptflops.get_model_complexity_info(
        model, tuple(shape), as_strings=False, print_per_layer_stat=False, ost=io.StringIO(),
        backend="pytorch")
    aten, _ = ptflops.get_model_complexity_info(
        model, tuple(shape), as_strings=False, print_per_layer_stat=False, ost=io.StringIO(),
        backend="aten")
    summary = torchinfo.summary(model, input_size=(1, *shape), verbose=0)
    return {
        "fvcore": int(analysis.total()),
        "fvcore_by_operator": by_operator,
        "ptflops": int(total),
        "ptflops_aten": int(aten),
        "torchinfo": int(summary.total_mult_adds),
        "torchinfo_parameters": int(summary.total_params),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(DEFAULT)}")
    output = pathlib.Path(__file__).with_name("conventions.json")
    parser.add_argument("--output", type=pathlib.Path, default=output)
    arguments = parser.parse_args()
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    table, wrong = {}, 0
    for name, network in select(arguments.names or DEFAULT + MEASURED).items():
        model = network.model()
        for p in model.state_dict().values():
            p.zero_()
        if name in MEASURED:
            table[name] = {"measured": measure(model, network.input)}
            continue
        tallies = tally(model, torch.zeros(1, *network.input))
        derived, measured = derive(tallies), measure(model, network.input)
        table[name] = {"tallies": dict(sorted(tallies.items())), "derived": derived, "measured": measured}
        for tool in TOOLS:
            same = derived[tool] == measured[tool]
            wrong += not same
            verdict = "=" if same else f"formula {derived[tool]:,}"
            print(f"{name:26} {tool:10} {measured[tool]:>16,} {verdict}", flush=True)
    document = {
        "versions": {tool: importlib.metadata.version(tool) for tool in TOOLS},
        "torch": frameworks.torch.__version__.split("+")[0],
        "models": table,
    }
    arguments.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
