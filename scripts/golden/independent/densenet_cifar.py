"""CIFAR DenseNets: Huang, Liu, van der Maaten, Weinberger, "Densely connected convolutional networks", 2017.

Names follow torchvision's ImageNet DenseNet.
"""

import torch
from torch import nn
from torch.nn import functional as F


class DenseLayer(nn.Module):
    """BN-ReLU-3x3; with a bottleneck, BN-ReLU-1x1 to 4k channels comes first. New channels follow the old ones."""

    def __init__(self, inputs, growth, bottleneck):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.norm2 = None
        if bottleneck:
            self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(4 * growth)
            self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)
        else:
            self.conv1 = nn.Conv2d(inputs, growth, 3, padding=1, bias=False)

    def forward(self, x):
        y = self.conv1(F.relu(self.norm1(x)))
        if self.norm2 is not None:
            y = self.conv2(F.relu(self.norm2(y)))
        return torch.cat([x, y], 1)


class Transition(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.norm(x))), 2)


class CifarDenseNet(nn.Module):
    """Three blocks of (depth - 4) / 3 convolutions each.

    Plain: 16 channels in the stem. BC: 2k channels in the stem, bottlenecks, transitions that halve the channels,
    rounding down.
    """

    def __init__(self, depth, growth, bc, classes=10):
        super().__init__()
        count, rest = divmod(depth - 4, 6 if bc else 3)
        assert rest == 0
        maps = 2 * growth if bc else 16
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, maps, 3, padding=1, bias=False))
        for block in range(1, 4):
            layers = nn.Sequential()
            for layer in range(1, count + 1):
                layers.add_module(f"denselayer{layer}", DenseLayer(maps, growth, bc))
                maps += growth
            self.features.add_module(f"denseblock{block}", layers)
            if block < 3:
                outputs = maps // 2 if bc else maps
                self.features.add_module(f"transition{block}", Transition(maps, outputs))
                maps = outputs
        self.features.add_module("norm5", nn.BatchNorm2d(maps))
        self.classifier = nn.Linear(maps, classes)

    def forward(self, x):
        return self.classifier(F.relu(self.features(x)).mean((2, 3)))
