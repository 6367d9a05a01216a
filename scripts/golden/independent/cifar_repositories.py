"""Networks with the module names of the repositories that people train CIFAR networks with.

Own code: the names, the order of the operators and the order of concatenated maps are those of the
repositories, sizes are arguments so that small ones can be made.

Not among them, because their networks are others than the zoo's whatever their names: kuangliu/pytorch-cifar
(3x3 stem and four stages of ResNet, PreActResNet and ResNeXt; DenseNet puts new maps first; VGG has one linear
layer), bearpaw's ResNet (option B, bottlenecks from depth 44 on) and PreResNet (projects the input before its batch
norm), meliketoy/wide-resnet.pytorch (convolutions with bias).
"""

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, kernel=3, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


def named(**modules):
    """A module whose parts are called so."""
    module = nn.Module()
    for name, part in modules.items():
        module.add_module(name, part)
    return module


class AkamasterResNet(nn.Module):
    """akamaster/pytorch_resnet_cifar10: option A, `linear`."""

    def __init__(self, blocks=1, width=16, classes=10):
        super().__init__()
        self.conv1, self.bn1 = conv(3, width), nn.BatchNorm2d(width)
        inputs = width
        for stage in range(3):
            layer = nn.Sequential()
            for i in range(blocks):
                outputs, stride = width << stage, 2 if stage > 0 and i == 0 else 1
                block = named(
                    conv1=conv(inputs, outputs, 3, stride), bn1=nn.BatchNorm2d(outputs), conv2=conv(outputs, outputs),
                    bn2=nn.BatchNorm2d(outputs), shortcut=nn.Sequential())
                block.stride, block.extra = stride, outputs - inputs
                layer.append(block)
                inputs = outputs
            self.add_module(f"layer{stage + 1}", layer)
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for block in [*self.layer1, *self.layer2, *self.layer3]:
            y = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
            side = block.extra // 2
            x = F.relu(y + F.pad(x[:, :, :: block.stride, :: block.stride], (0, 0, 0, 0, side, side)))
        return self.linear(F.avg_pool2d(x, x.shape[3]).flatten(1))


class XternalzWideResNet(nn.Module):
    """xternalz/WideResNet-pytorch, and bearpaw's wrn: `block1.layer.0.convShortcut`."""

    def __init__(self, depth=10, width=1, classes=10):
        super().__init__()
        self.conv1, inputs = conv(3, 16), 16
        for stage in range(3):
            layer = nn.Sequential()
            for i in range((depth - 4) // 6):
                outputs, stride = 16 * width << stage, 2 if stage > 0 and i == 0 else 1
                block = named(
                    bn1=nn.BatchNorm2d(inputs), conv1=conv(inputs, outputs, 3, stride), bn2=nn.BatchNorm2d(outputs),
                    conv2=conv(outputs, outputs))
                if inputs != outputs:
                    block.convShortcut = conv(inputs, outputs, 1, stride)
                layer.append(block)
                inputs = outputs
            self.add_module(f"block{stage + 1}", named(layer=layer))
        self.bn1, self.fc = nn.BatchNorm2d(inputs), nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.conv1(x)
        for block in [*self.block1.layer, *self.block2.layer, *self.block3.layer]:
            y = F.relu(block.bn1(x))
            x = block.convShortcut(y) if hasattr(block, "convShortcut") else x
            x = x + block.conv2(F.relu(block.bn2(block.conv1(y))))
        return self.fc(F.avg_pool2d(F.relu(self.bn1(x)), 8).flatten(1))

    def functional_names(self):
        """The same tensors as szagoruyko/wide-residual-networks names them: `group0.block0.convdim`."""
        names = {}
        for name, tensor in self.state_dict().items():
            parts = name.split(".")
            if name.endswith("num_batches_tracked"):
                continue
            if parts[0].startswith("block"):
                group, block, part = int(parts[0][5:]) - 1, parts[2], parts[3]
                part = {"bn1": "bn0", "conv1": "conv0", "bn2": "bn1", "conv2": "conv1", "convShortcut": "convdim"}[part]
                tail = f".{parts[4]}" if part.startswith("bn") else ""
                names[f"group{group}.block{block}.{part}{tail}"] = tensor
            else:
                names[{"conv1.weight": "conv0"}.get(name, name.replace("bn1.", "bn."))] = tensor
        return names


class DenseLayers(nn.Sequential):
    """Layers whose new maps follow the old ones."""

    def __init__(self, inputs, growth, count, bottleneck):
        super().__init__()
        for i in range(count):
            maps = inputs + i * growth
            layer = named(bn1=nn.BatchNorm2d(maps), conv1=conv(maps, *((4 * growth, 1) if bottleneck else (growth, 3))))
            if bottleneck:
                layer.bn2, layer.conv2 = nn.BatchNorm2d(4 * growth), conv(4 * growth, growth)
            self.append(layer)

    def forward(self, x):
        for layer in self:
            y = layer.conv1(F.relu(layer.bn1(x)))
            if hasattr(layer, "conv2"):
                y = layer.conv2(F.relu(layer.bn2(y)))
            x = torch.cat([x, y], 1)
        return x


class VeitDenseNet(nn.Module):
    """andreasveit/densenet-pytorch: `block1.layer.0`, `trans1`; or bearpaw's: `dense1.0`, a last `bn`."""

    def __init__(self, bearpaw, depth=10, growth=2, bottleneck=True, reduction=0.5, classes=10):
        super().__init__()
        count, inputs = (depth - 4) // (6 if bottleneck else 3), 2 * growth
        self.conv1, self.blocks, self.transitions = conv(3, inputs), [], []
        for stage in range(3):
            layers = DenseLayers(inputs, growth, count, bottleneck)
            self.blocks.append([layers])
            self.add_module(
                f"dense{stage + 1}" if bearpaw else f"block{stage + 1}", layers if bearpaw else named(layer=layers))
            inputs += count * growth
            if stage < 2:
                outputs = int(inputs * reduction)
                transition = named(bn1=nn.BatchNorm2d(inputs), conv1=conv(inputs, outputs, 1))
                self.transitions.append([transition])
                self.add_module(f"trans{stage + 1}", transition)
                inputs = outputs
        self.last = "bn" if bearpaw else "bn1"
        self.add_module(self.last, nn.BatchNorm2d(inputs))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.conv1(x)
        for stage, [block] in enumerate(self.blocks):
            x = block(x)
            if stage < 2:
                [transition] = self.transitions[stage]
                x = F.avg_pool2d(transition.conv1(F.relu(transition.bn1(x))), 2)
        return self.fc(F.avg_pool2d(F.relu(getattr(self, self.last)(x)), 8).flatten(1))


class PleissDenseNet(nn.Module):
    """gpleiss/efficient_densenet_pytorch: torchvision's names but for the last batch norm, `norm_final`."""

    def __init__(self, growth=2, blocks=(1, 1, 1), compression=0.5, old_names=False, classes=10):
        super().__init__()
        dot, inputs = "." if old_names else "", 2 * growth
        self.features = named(conv0=conv(3, inputs))
        self.layers = []
        for b, count in enumerate(blocks):
            block = nn.Module()
            for i in range(count):
                parts = [nn.BatchNorm2d(inputs), conv(inputs, 4 * growth, 1), nn.BatchNorm2d(4 * growth),
                         conv(4 * growth, growth)]
                layer = nn.Module()
                names = [f"norm{dot}1", f"conv{dot}1", f"norm{dot}2", f"conv{dot}2"]
                for name, part in zip(names, parts):
                    layer._modules[name] = part  # add_module takes no dots any more
                block.add_module(f"denselayer{i + 1}", layer)
                self.layers.append(("layer", parts))
                inputs += growth
            self.features.add_module(f"denseblock{b + 1}", block)
            if b + 1 < len(blocks):
                parts = [nn.BatchNorm2d(inputs), conv(inputs, int(inputs * compression), 1)]
                self.features.add_module(f"transition{b + 1}", named(norm=parts[0], conv=parts[1]))
                self.layers.append(("transition", parts))
                inputs = int(inputs * compression)
        self.features.add_module("norm_final", nn.BatchNorm2d(inputs))
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.features.conv0(x)
        for kind, parts in self.layers:
            if kind == "layer":
                y = parts[1](F.relu(parts[0](x)))
                x = torch.cat([x, parts[3](F.relu(parts[2](y)))], 1)
            else:
                x = F.avg_pool2d(parts[1](F.relu(parts[0](x))), 2)
        return self.classifier(F.avg_pool2d(F.relu(self.features.norm_final(x)), 8).flatten(1))


class PrlzResNeXt(nn.Module):
    """prlz77/ResNeXt.pytorch, and bearpaw's copy: `stage_1.stage_1_bottleneck_0.conv_reduce`."""

    def __init__(self, blocks=1, cardinality=2, width=2, classes=10):
        super().__init__()
        self.conv_1_3x3, self.bn_1, inputs = conv(3, 64), nn.BatchNorm2d(64), 64
        for stage in range(1, 4):
            layer = nn.Sequential()
            for i in range(blocks):
                outputs, inner = 128 << stage, cardinality * width << (stage - 1)
                stride = 2 if stage > 1 and i == 0 else 1
                block = named(
                    conv_reduce=conv(inputs, inner, 1), bn_reduce=nn.BatchNorm2d(inner),
                    conv_conv=conv(inner, inner, 3, stride, cardinality), bn=nn.BatchNorm2d(inner),
                    conv_expand=conv(inner, outputs, 1), bn_expand=nn.BatchNorm2d(outputs), shortcut=nn.Sequential())
                if inputs != outputs:
                    block.shortcut.add_module("shortcut_conv", conv(inputs, outputs, 1, stride))
                    block.shortcut.add_module("shortcut_bn", nn.BatchNorm2d(outputs))
                layer.add_module(f"stage_{stage}_bottleneck_{i}", block)
                inputs = outputs
            self.add_module(f"stage_{stage}", layer)
        self.classifier = nn.Linear(1024, classes)

    def forward(self, x):
        x = F.relu(self.bn_1(self.conv_1_3x3(x)))
        for block in [*self.stage_1, *self.stage_2, *self.stage_3]:
            y = F.relu(block.bn_reduce(block.conv_reduce(x)))
            y = F.relu(block.bn(block.conv_conv(y)))
            x = F.relu(block.shortcut(x) + block.bn_expand(block.conv_expand(y)))
        return self.classifier(F.avg_pool2d(x, 8, 1).flatten(1))
