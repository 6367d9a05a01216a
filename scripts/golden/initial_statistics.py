"""Records how torchvision initializes its networks, in Tests/Fixtures/initial_statistics.json.

For every tensor of a new network: its value if all are equal, else mean, standard deviation and largest magnitude. One
network stands for each initialization.
"""

import json
import pathlib

import torch

from frameworks import SOURCES, torchvision

OUTPUT = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/initial_statistics.json"
NETWORKS = [
    "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "mnasnet0_5", "shufflenet_v2_x0_5", "efficientnet_b0",
    "efficientnet_v2_s", "regnet_x_400mf", "regnet_y_400mf", "convnext_tiny"]


def statistics(tensor):
    flat = tensor.double().flatten()
    if flat.min() == flat.max():
        return [float(f"{flat[0]:.6g}")]
    return [float(f"{x:.4g}") for x in (flat.mean(), flat.std(), flat.abs().max())]


def main():
    torch.manual_seed(0)
    lines = [f'"source": "{SOURCES["torchvision"]}"']
    for name in NETWORKS:
        state = getattr(torchvision.models, name)(weights=None).state_dict()
        found = {key: statistics(tensor) for key, tensor in state.items() if "num_batches" not in key}
        lines.append(f'"{name}": {json.dumps(found)}')
    OUTPUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
