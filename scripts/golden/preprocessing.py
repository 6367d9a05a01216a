#!/usr/bin/env python3
"""Records how torchvision and timm prepare an image for their published weights.

    python scripts/golden/preprocessing.py

Writes Tests/Fixtures/published_weights.json: a line for every set of weights that torchvision has for a convolutional
classifier, and timm for a network of networks.py. It holds what the transform does that the framework builds for them,
the file's address, and the accuracies that torchvision's metadata state.
"""

import json
import math
import pathlib
from typing import Callable, NamedTuple

from frameworks import SOURCES, timm, torchvision
from networks import NETWORKS

OUTPUT = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/published_weights.json"
TRANSFORMERS = ("maxvit", "swin", "vit")


class Published(NamedTuple):
    """A set of weights: the facts that are recorded, and the framework's transform."""

    facts: dict
    transform: Callable

    @property
    def file(self):
        return self.facts["address"].rsplit("/", 1)[1]


def of_torchvision(name):
    for weights in torchvision.models.get_model_weights(name):
        transform = weights.transforms()
        (resize,), (crop,) = transform.resize_size, transform.crop_size
        accuracy = weights.meta["_metrics"]["ImageNet-1K"]
        if math.isnan(accuracy["acc@1"]):  # features for detection, without a classifier
            continue
        facts = {
            "model": name, "source": f"torchvision {weights}", "address": weights.url, "resize": resize,
            "crop": crop, "interpolation": transform.interpolation.value, "mean": transform.mean,
            "std": transform.std, "top1": accuracy["acc@1"], "top5": accuracy["acc@5"]}
        yield Published(facts, transform)


def of_timm(name, architecture):
    for tagged in timm.list_pretrained(f"{architecture}.*"):
        configuration = timm.get_pretrained_cfg(tagged)
        resolved = timm.data.resolve_data_config(pretrained_cfg=configuration.to_dict())
        transform = timm.data.create_transform(**resolved)
        steps = {type(step).__name__: step for step in transform.transforms}
        # Weights without an address of their own are in a repository that is named for them.
        address = configuration.url or f"https://huggingface.co/{configuration.hf_hub_id}/resolve/main/model.safetensors"
        crop, _ = steps["CenterCrop"].size
        facts = {
            "model": name, "source": f"timm {tagged}", "address": address, "resize": steps["Resize"].size, "crop": crop,
            "interpolation": steps["Resize"].interpolation.value, "mean": resolved["mean"], "std": resolved["std"]}
        yield Published(facts, transform)


def published(name, network):
    """The weights that torchvision publishes for a network, or timm for one that torchvision does not have."""
    if name in classifiers():
        return of_torchvision(name)
    return of_timm(name, network.build.args[0] if network.source == SOURCES["timm"] else name)


def classifiers():
    """The names of torchvision's convolutional classifiers."""
    names = torchvision.models.list_models(module=torchvision.models)
    return [name for name in names if not name.startswith(TRANSFORMERS)]


def main():
    weights = [weights for name in classifiers() for weights in of_torchvision(name)]
    for name in [name for name in NETWORKS if name not in classifiers()]:
        weights += published(name, NETWORKS[name])
    lines = ",\n".join(f"  {json.dumps(weights.facts)}" for weights in weights)
    OUTPUT.write_text(f"[\n{lines}\n]\n")
    print(f"{len(weights)} sets of weights")


if __name__ == "__main__":
    main()
