"""LeNet-5: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
1998.
"""

import torch
from torch import nn
from torch.nn import functional as F

# Table I: the feature maps of S2 that each of the 16 feature maps of C3 reads.
C3_TABLE = (
    [sorted((i + j) % 6 for j in range(3)) for i in range(6)]
    + [sorted((i + j) % 6 for j in range(4)) for i in range(6)]
    + [[0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5]]
)


def squash(x):
    """Section II.B and appendix A: f(a) = 1.7159 tanh(2a/3)."""
    return 1.7159 * torch.tanh(2 / 3 * x)


class SquashedConv(nn.Conv2d):
    def forward(self, x):
        return squash(super().forward(x))


class SquashedLinear(nn.Linear):
    def forward(self, x):
        return squash(super().forward(x))


class Subsampling(nn.Module):
    """Sum of each 2x2 window, times one coefficient per channel, plus one bias per channel."""

    def __init__(self, maps):
        super().__init__()
        self.coefficient = nn.Parameter(torch.ones(maps))
        self.bias = nn.Parameter(torch.zeros(maps))

    def forward(self, x):
        total = F.avg_pool2d(x, 2) * 4
        return squash(total * self.coefficient[:, None, None] + self.bias[:, None, None])


class SparseConv(nn.Module):
    """A convolution with a table of connections; the weight has one kernel per connection."""

    def __init__(self, table, kernel):
        super().__init__()
        self.table = table
        self.weight = nn.Parameter(torch.zeros(sum(map(len, table)), kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(len(table)))

    def forward(self, x):
        maps, first = [], 0
        for output, inputs in enumerate(self.table):
            weight = self.weight[first : first + len(inputs)][None]
            maps.append(F.conv2d(x[:, inputs], weight, self.bias[output : output + 1]))
            first += len(inputs)
        return squash(torch.cat(maps, 1))

    def macs(self, output):
        return self.weight.numel() * output.shape[2] * output.shape[3]


class RadialBasisOutput(nn.Module):
    """Minus the squared Euclidean distance to a fixed code per class."""

    def __init__(self, features, classes):
        super().__init__()
        self.register_buffer("codes", torch.zeros(classes, features))

    def forward(self, x):
        return -((x[:, None, :] - self.codes[None]) ** 2).sum(2)


class LeNet5(nn.Module):
    """The paper's form; the squashing function follows every layer up to F6."""

    def __init__(self):
        super().__init__()
        self.c1 = SquashedConv(1, 6, 5)
        self.s2 = Subsampling(6)
        self.c3 = SparseConv(C3_TABLE, 5)
        self.s4 = Subsampling(16)
        self.c5 = SquashedConv(16, 120, 5)
        self.f6 = SquashedLinear(120, 84)
        self.output = RadialBasisOutput(84, 10)

    def forward(self, x):
        x = self.c5(self.s4(self.c3(self.s2(self.c1(x)))))
        return self.output(self.f6(x.flatten(1)))


class ModernLeNet5(nn.Module):
    """The textbook form: dense C3, average pooling without parameters, linear output."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.pool1 = nn.AvgPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool2 = nn.AvgPool2d(2)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool1(torch.tanh(self.conv1(x)))
        x = self.pool2(torch.tanh(self.conv2(x)))
        x = torch.tanh(self.fc1(x.flatten(1)))
        x = torch.tanh(self.fc2(x))
        return self.fc3(x)


class TutorialLeNet5(nn.Module):
    """The network of PyTorch's tutorial "Training a Classifier": color images, max pooling, ReLU."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool2 = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool1(torch.relu(self.conv1(x)))
        x = self.pool2(torch.relu(self.conv2(x)))
        x = torch.relu(self.fc1(x.flatten(1)))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)
