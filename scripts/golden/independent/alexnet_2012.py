"""AlexNet: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural
networks", 2012.
"""

from torch import nn
from torch.nn import functional as F


class AlexNet2012(nn.Module):
    """The two-group form at 227x227; layer names are those of Caffe's replica."""

    def __init__(self, classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        # Section 3.3: k=2, n=5, alpha=1e-4, beta=0.75, alpha on the plain sum of squares;
        # torch takes the mean of squares.
        self.norm1 = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)
        self.norm2 = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)
        self.pool1 = nn.MaxPool2d(3, 2)
        self.pool2 = nn.MaxPool2d(3, 2)
        self.pool5 = nn.MaxPool2d(3, 2)
        self.fc6 = nn.Linear(256 * 6 * 6, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, classes)

    def forward(self, x):
        x = self.pool1(self.norm1(F.relu(self.conv1(x))))
        x = self.pool2(self.norm2(F.relu(self.conv2(x))))
        x = F.relu(self.conv3(x))
        x = F.relu(self.conv4(x))
        x = self.pool5(F.relu(self.conv5(x)))
        x = F.relu(self.fc6(x.flatten(1)))
        x = F.relu(self.fc7(x))
        return self.fc8(x)
