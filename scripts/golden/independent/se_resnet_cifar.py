"""SE-ResNet-164 for CIFAR: Hu et al., "Squeeze-and-excitation networks", 2018, in pre-activation bottlenecks."""

from torch import nn
from torch.nn import functional as F

from independent.preactivation import Bottleneck, _PreActivationNet


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x):
        means = x.mean((2, 3), keepdim=True)
        return x * self.fc2(self.fc1(means).relu()).sigmoid()


class SEBottleneck(Bottleneck):
    def __init__(self, inputs, outputs, stride):
        super().__init__(inputs, outputs, stride)
        self.se = SqueezeExcitation(outputs, 16)

    def forward(self, x):
        y = F.relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(y)
        y = F.relu(self.bn2(self.conv1(y)))
        y = F.relu(self.bn3(self.conv2(y)))
        return self.se(self.conv3(y)) + shortcut


def se_resnet(depth, classes=10):
    """Depth 9n + 2, reduction 16."""
    count, rest = divmod(depth - 2, 9)
    assert rest == 0
    return _PreActivationNet(SEBottleneck, count, [64, 128, 256], classes)
