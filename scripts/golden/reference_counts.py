#!/usr/bin/env python3
"""Counts every network of the table from its reference definition, and checks the published figures.

    reference_counts.py [--torchvision torchvision_models.json] [--output counts.json]

parameters: trainable values without auxiliary heads; auxiliary: trainable values of the heads; buffers: values of
buffers without batch counters; macs: multiply-accumulates of convolutions and linear layers at the network's own
input size, batch 1, in evaluation mode. Exits with 1 if a published figure differs.
"""

import argparse
import hashlib
import json
import pathlib

import torch
from torch import nn

from networks import NETWORKS, select

# Parameters and MACs from the papers, the authors' code or the original network files, for networks that
# torchvision does not publish; None if there is no figure.
PUBLISHED = {
    "lenet5": (60_000, None),
    "lenet5_modern": (61_706, 416_520),
    "alexnet_2012": (60_965_224, 724_406_816),
    "inception_v1": (6_998_552, 1_582_671_872),
    "resnet50_v1": (25_557_032, 3_857_973_248),
    "resnet101_v1": (44_549_160, 7_570_194_432),
    "resnet152_v1": (60_192_808, 11_282_415_616),
    "resnet20_cifar": (269_722, 40_551_040),
    "resnet32_cifar": (464_154, 68_862_592),
    "resnet44_cifar": (658_586, 97_174_144),
    "resnet56_cifar": (853_018, 125_485_696),
    "resnet110_cifar": (1_727_962, 252_887_680),
    "resnet1202_cifar": (19_421_274, 2_829_238_912),
    "resnetv2_50": (25_549_352, 4_089_184_256),
    "resnetv2_101": (44_541_480, 7_801_405_440),
    "resnetv2_152": (60_185_128, 11_513_626_624),
    "preact_resnet164_cifar": (1_703_258, 244_500_992),
    "preact_resnet1001_cifar": (10_327_706, 1_487_849_984),
    "wide_resnet16_4_cifar": (2_748_890, 392_612_352),
    "wide_resnet16_8_cifar": (10_961_370, 1_548_145_664),
    "wide_resnet40_4_cifar": (8_949_210, 1_298_582_016),
    "wide_resnet28_10_cifar": (36_479_194, 5_243_328_768),
    "resnext101_32x4d": (44_177_704, 7_969_996_800),
    "resnext29_8x64d_cifar": (34_426_698, 5_387_266_048),
    "resnext29_16x64d_cifar": (68_155_210, 10_688_866_304),
    "densenet264": (33_337_704, 5_751_653_376),
    "densenet40_k12_cifar": (1_019_722, 264_812_928),
    "densenet100_k12_cifar": (6_979_642, 1_769_516_448),
    "densenet100_k24_cifar": (27_249_082, 6_889_347_744),
    "densenet_bc40_k12_cifar": (176_122, 72_365_352),
    "densenet_bc100_k12_cifar": (769_162, 287_929_692),
    "densenet_bc250_k24_cifar": (15_324_406, 5_418_785_724),
    "densenet_bc190_k40_cifar": (25_624_430, 9_301_945_740),
}
PUBLISHED_AUXILIARY = {"googlenet": 6_379_984, "inception_v1": 6_379_728, "inception_v3": 3_326_696}


def state_dict_hash(model, without=()):
    """SHA-256 over the lines `name d0,d1,...` of the state dict, sorted, without batch counters."""
    lines = [
        f"{name} {','.join(map(str, tensor.shape))}\n"
        for name, tensor in model.state_dict().items()
        if not name.endswith("num_batches_tracked") and not name.startswith(tuple(without))
    ]
    return hashlib.sha256("".join(sorted(lines)).encode("utf-8")).hexdigest()


def macs(model, shape):
    """Multiply-accumulates of one forward pass; a module can count its own with `macs(output)`."""
    total = 0

    def count(module, arguments, output):
        nonlocal total
        if isinstance(module, nn.Conv2d):
            taps = module.weight[0].numel()
            total += output[0].numel() * taps
        elif isinstance(module, nn.Linear):
            total += output[0].numel() * module.in_features
        elif hasattr(module, "macs"):
            total += module.macs(output)

    for module in model.modules():
        module.register_forward_hook(count)
    with torch.no_grad():
        model(torch.zeros(1, *shape, device="meta"))
    return total


def counts(network):
    with torch.device("meta"):
        model = network.build().eval()
    trainable = {name: p.numel() for name, p in model.named_parameters()}
    heads = network.auxiliary_prefixes
    auxiliary = sum(n for name, n in trainable.items() if name.startswith(heads))
    tensors = [n for n in model.state_dict() if not n.endswith("num_batches_tracked")]
    buffers = {n: b.numel() for n, b in model.named_buffers() if n in tensors}
    return {
        "source": network.source,
        "input": list(network.input),
        "parameters": sum(trainable.values()) - auxiliary,
        "auxiliary": auxiliary,
        "buffers": sum(n for name, n in buffers.items() if not name.startswith(heads)),
        "auxiliary_buffers": sum(n for name, n in buffers.items() if name.startswith(heads)),
        "macs": macs(model, network.input),
        "tensors": sum(not name.startswith(heads) for name in tensors),
        "auxiliary_tensors": sum(name.startswith(heads) for name in tensors),
        "state_dict_sha256": state_dict_hash(model, heads),
        "state_dict_with_auxiliary_sha256": state_dict_hash(model),
    }


def torchvision_figures(path):
    """Maps the names of torchvision's published models to (parameters without heads, MACs)."""
    figures = {}
    for row in json.loads(path.read_text(encoding="utf-8"))["models"]:
        if row["name"] in NETWORKS:
            built = row.get("instantiated_without_aux") or row["instantiated"]
            figures[row["name"]] = (built["params"], row["macs_exact"])
    return figures


def timm_figures(path):
    """Maps the names of timm's published models, without a prefix for ports, to (parameters, MACs)."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    figures = {row["name"].removeprefix("tf_"): (row["num_params"], row["macs_exact"]) for row in rows}
    return {name: figure for name, figure in figures.items() if name in NETWORKS and name not in PUBLISHED}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--torchvision", type=pathlib.Path, help="figures from torchvision's weight tables")
    parser.add_argument("--timm", type=pathlib.Path, help="figures from timm's models")
    output = pathlib.Path(__file__).with_name("counts.json")
    parser.add_argument("--output", type=pathlib.Path, default=output)
    arguments = parser.parse_args()
    published = dict(PUBLISHED)
    if arguments.torchvision:
        published.update(torchvision_figures(arguments.torchvision))
    if arguments.timm:
        published.update(timm_figures(arguments.timm))
    table, wrong = {}, 0
    for name, network in select([]).items():
        row = table[name] = counts(network)
        verdicts = []
        for key, figure in zip(("parameters", "macs"), published.get(name, (None, None))):
            if figure is not None:
                verdicts.append("ok" if row[key] == figure else f"{key} published {figure:,}")
        if row["auxiliary"] != PUBLISHED_AUXILIARY.get(name, 0):
            verdicts.append(f"auxiliary published {PUBLISHED_AUXILIARY.get(name, 0):,}")
        wrong += any(v != "ok" for v in verdicts)
        figures = f"{row['parameters']:>13,} {row['auxiliary']:>10,} {row['macs']:>16,}"
        print(f"{name:26} {figures}  {' '.join(verdicts)}")
    text = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in table.items())
    arguments.output.write_text("{\n" + text + "\n}\n", encoding="utf-8")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
