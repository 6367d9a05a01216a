"""Pre-activation networks for CIFAR, in which branch and projection share one BN-ReLU.

He, Zhang, Ren, Sun, "Identity mappings in deep residual networks", 2016 (bottlenecks; the first 1x1
has the stride, as in the authors' code), and Zagoruyko, Komodakis, "Wide residual
networks", 2016 (basic blocks).
"""

from torch import nn
from torch.nn import functional as F


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        width = outputs // 4
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, width, 1, stride, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.downsample = None
        if inputs != outputs:
            self.downsample = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        y = F.relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(y)
        y = F.relu(self.bn2(self.conv1(y)))
        y = F.relu(self.bn3(self.conv2(y)))
        return self.conv3(y) + shortcut


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.downsample = None
        if inputs != outputs:
            self.downsample = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        y = F.relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(y)
        y = F.relu(self.bn2(self.conv1(y)))
        return self.conv2(y) + shortcut


class _PreActivationNet(nn.Module):
    def __init__(self, block, count, widths, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        inputs = 16
        for stage, width in enumerate(widths):
            blocks = []
            for index in range(count):
                blocks.append(block(inputs, width, 2 if stage > 0 and index == 0 else 1))
                inputs = width
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))


def preact_resnet(depth, classes=10):
    """Depth 9n + 2, stages of 64, 128 and 256 channels."""
    count, rest = divmod(depth - 2, 9)
    assert rest == 0
    return _PreActivationNet(Bottleneck, count, [64, 128, 256], classes)


def wide_resnet(depth, widen, classes=10):
    """Depth 6n + 4, stages of 16k, 32k and 64k channels; dropout does nothing at inference."""
    count, rest = divmod(depth - 4, 6)
    assert rest == 0
    return _PreActivationNet(BasicBlock, count, [16 * widen, 32 * widen, 64 * widen], classes)
