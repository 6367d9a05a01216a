"""Inception V1: Szegedy et al., "Going deeper with convolutions", 2015, as in Caffe's bvlc_googlenet.

Biases and no batch norm, 5x5 kernels, local response normalization, pooling that rounds up.
Names are the prototxt's with '.' for '/'.
"""

import torch
from torch import nn
from torch.nn import functional as F


class ReluConv(nn.Conv2d):
    def forward(self, x):
        return F.relu(super().forward(x))


class Group(nn.Module):
    """Layers whose names are not Python identifiers."""

    def __init__(self, **layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)

    def __getitem__(self, name):
        return self._modules[name]


class Inception(Group):
    def __init__(self, inputs, c1, r3, c3, r5, c5, projection):
        super().__init__(
            **{
                "1x1": ReluConv(inputs, c1, 1),
                "3x3_reduce": ReluConv(inputs, r3, 1),
                "3x3": ReluConv(r3, c3, 3, padding=1),
                "5x5_reduce": ReluConv(inputs, r5, 1),
                "5x5": ReluConv(r5, c5, 5, padding=2),
                "pool_proj": ReluConv(inputs, projection, 1),
            }
        )

    def forward(self, x):
        pooled = F.max_pool2d(x, 3, 1, 1)
        return torch.cat(
            [
                self["1x1"](x),
                self["3x3"](self["3x3_reduce"](x)),
                self["5x5"](self["5x5_reduce"](x)),
                self["pool_proj"](pooled),
            ],
            1,
        )


class AuxiliaryHead(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = ReluConv(inputs, 128, 1)
        self.fc = nn.Linear(2048, 1024)
        self.classifier = nn.Linear(1024, classes)

    def forward(self, x):
        x = self.conv(F.avg_pool2d(x, 5, 3, ceil_mode=True))
        return self.classifier(F.relu(self.fc(x.flatten(1))))


def pool():
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def norm():
    return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1)  # Caffe divides alpha by 5, as torch does


class InceptionV1(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.conv1 = Group(**{"7x7_s2": ReluConv(3, 64, 7, stride=2, padding=3)})
        self.pool1, self.norm1 = pool(), norm()
        self.conv2 = Group(**{"3x3_reduce": ReluConv(64, 64, 1), "3x3": ReluConv(64, 192, 3, padding=1)})
        self.norm2, self.pool2 = norm(), pool()
        self.inception_3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception_3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.pool3 = pool()
        self.inception_4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception_4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception_4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception_4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception_4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.pool4 = pool()
        self.inception_5a = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception_5b = Inception(832, 384, 192, 384, 48, 128, 128)
        self.loss1 = AuxiliaryHead(512, classes)
        self.loss2 = AuxiliaryHead(528, classes)
        self.loss3 = Group(classifier=nn.Linear(1024, classes))

    def forward(self, x):
        x = self.norm1(self.pool1(self.conv1["7x7_s2"](x)))
        x = self.pool2(self.norm2(self.conv2["3x3"](self.conv2["3x3_reduce"](x))))
        x = self.pool3(self.inception_3b(self.inception_3a(x)))
        x = self.inception_4c(self.inception_4b(self.inception_4a(x)))
        x = self.pool4(self.inception_4e(self.inception_4d(x)))
        x = self.inception_5b(self.inception_5a(x))
        # Caffe's 7x7 window covers the whole feature map at 224x224; other sizes average the whole map too.
        return self.loss3["classifier"](x.mean((2, 3)))
