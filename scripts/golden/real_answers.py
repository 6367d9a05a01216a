"""What timm answers with the published weights of EfficientNet-Lite on photographs.

    scripts/real-weights FOLDER && scripts/real-weights --photographs FOLDER/photographs
    python scripts/golden/real_answers.py FOLDER

Writes Tests/CLITests/Fixtures/real_answers.json: by network and photograph, the five most likely classes with their
probabilities.
"""

import json
import pathlib
import sys

import torch
import vision  # noqa: F401  torchvision has to be importable before timm is
import timm
from PIL import Image
from timm.data import create_transform, resolve_data_config

OUTPUT = pathlib.Path(__file__).parents[2] / "Tests/CLITests/Fixtures/real_answers.json"


def network(version, file):
    """timm's network with the authors' tensors, which are in the same order under other names."""
    network = timm.create_model(f"tf_efficientnet_lite{version}").eval()
    tensors = {name: tensor for name, tensor in network.state_dict().items() if "num_batches" not in name}
    published = {
        name: tensor for name, tensor in torch.load(file, weights_only=True).items() if "num_batches" not in name}
    assert [tensor.shape for tensor in tensors.values()] == [tensor.shape for tensor in published.values()]
    network.load_state_dict(dict(zip(tensors, published.values())), strict=False)
    return network


def main():
    folder = pathlib.Path(sys.argv[1])
    answers = {}
    for version in range(3):
        (file,) = folder.glob(f"efficientnet-lite{version}-*.pth")
        model = network(version, file)
        transform = create_transform(**resolve_data_config({}, model=model))
        of_network = answers[f"efficientnet_lite{version}"] = {}
        for path in sorted((folder / "photographs").iterdir()):
            with torch.inference_mode():
                probabilities = model(transform(Image.open(path).convert("RGB"))[None]).softmax(1)[0]
            values, classes = probabilities.topk(5)
            of_network[path.name] = [
                [int(label), round(float(value), 6)] for label, value in zip(classes, values)]
    lines = [
        f'  "{name}": {{\n'
        + ",\n".join(f'    "{photograph}": {json.dumps(top)}' for photograph, top in found.items()) + "\n  }"
        for name, found in answers.items()]
    OUTPUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
