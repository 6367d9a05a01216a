"""PyramidNet for CIFAR: Han, Kim, Kim, "Deep pyramidal residual networks", 2017, basic blocks, additive widening."""

from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """BN, 3x3, BN, ReLU, 3x3, BN; the shortcut is averaged where the block strides, and gets zero channels behind."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.stride, self.extra = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv1(self.bn1(x)))
        y = self.bn3(self.conv2(F.relu(y)))
        if self.stride == 2:
            x = F.avg_pool2d(x, 2, 2, ceil_mode=True)
        return y + F.pad(x, (0, 0, 0, 0, 0, self.extra))


class CifarPyramidNet(nn.Module):
    """Depth 6n + 2; block k of all 3n has 16 + alpha k / 3n channels, rounded."""

    def __init__(self, depth, alpha, classes=10):
        super().__init__()
        count, rest = divmod(depth - 2, 6)
        assert rest == 0
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage in range(3):
            blocks = []
            for block in range(count):
                outputs = round(16 + alpha * (stage * count + block + 1) / (3 * count))
                blocks.append(BasicBlock(inputs, outputs, 2 if stage > 0 and block == 0 else 1))
                inputs = outputs
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.bn_final = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)))))
        return self.fc(F.relu(self.bn_final(x)).mean((2, 3)))
