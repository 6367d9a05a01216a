#!/usr/bin/env python3
"""Records ten steps of SGD in PyTorch for Tests/TrainingTests/ParityTests.swift.

    train_parity.py [OUTPUT]

The network has batch norm, a residual, a stride, a pooling and an auxiliary head. Weights, batches and labels
come from the formula in formula.py, so the file contains only the losses, and weighted sums of the final
parameters and statistics that notice every element and its position.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from formula import formula_tensor, noise

STEPS, BATCH, CLASSES, SIZE = 10, 8, 5, 12
RATE, MOMENTUM, DECAY = 0.05, 0.9, 5e-4
AUXILIARY_WEIGHT = 0.3


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.left = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.left_norm = nn.BatchNorm2d(16)
        self.down = nn.Conv2d(16, 24, 3, stride=2, padding=1)
        self.aux = nn.Linear(16, CLASSES)
        self.fc = nn.Linear(24 * 3 * 3, CLASSES)

    def forward(self, x):
        x = F.relu(self.norm(self.stem(x)))
        x = F.relu(x + self.left_norm(self.left(x)))
        side = self.aux(x.mean((2, 3)))
        x = F.max_pool2d(F.relu(self.down(x)), 2, 2)
        return self.fc(x.flatten(1)), side


def checksum(tensor):
    """The sum of the elements, each weighted with the noise of its index."""
    values = tensor.detach().double().numpy().ravel()
    return float(values @ noise("checksum", values.size))


def main():
    torch.set_num_threads(1)
    here = pathlib.Path(__file__).resolve().parents[2]
    default = here / "Tests/TrainingTests/Fixtures/train_parity.json"
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    model = Network()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            tensor.copy_(torch.from_numpy(formula_tensor(name, tuple(tensor.shape))))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    losses = []
    for step in range(STEPS):
        images = noise(f"batch {step}", BATCH * 3 * SIZE * SIZE).astype(np.float32)
        labels = torch.tensor([(step + 3 * i) % CLASSES for i in range(BATCH)])
        main_logits, side = model(torch.from_numpy(images.reshape(BATCH, 3, SIZE, SIZE)))
        loss = F.cross_entropy(main_logits, labels) + AUXILIARY_WEIGHT * F.cross_entropy(side, labels)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    record = {
        "torch": torch.__version__,
        "losses": losses,
        "checksums": {name: checksum(tensor) for name, tensor in model.state_dict().items()},
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
