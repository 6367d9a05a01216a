"""Every network with a golden file: its reference definition, what is recorded, and the inputs.

The table lists the networks that need something said. Any other of torchvision's classifiers is found by its name:
224x224 images, all max poolings recorded.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Callable

import torch
from torch import nn

from frameworks import SOURCES, timm, torchvision
from independent.alexnet_2012 import AlexNet2012
from independent.densenet_cifar import CifarDenseNet
from independent.inception_v1 import InceptionV1
from independent.lenet import LeNet5, ModernLeNet5, TutorialLeNet5
from independent.preactivation import preact_resnet, wide_resnet
from independent.pyramidnet import CifarPyramidNet
from independent.resnet_cifar import CifarResNet
from independent.resnext_cifar import CifarResNeXt
from independent.se_resnet_cifar import se_resnet

models = torchvision.models


@dataclass(frozen=True)
class Network:
    """One row of the table.

    `stages` names the modules whose outputs are recorded; None means all max poolings. `odd` is the height and
    width of the second case; None if the network has a fixed input size. `recorded` is the height and width of the
    first case where the network's own would take long. `norm_gain` keeps the activations of
    deep residual networks in range. `input_scale` makes local response normalization, whose constants are meant
    for pixel values, visible in the logits. `auxiliary` maps each auxiliary head to the module that feeds it.
    """

    build: Callable[[], nn.Module]
    source: str
    input: tuple
    stages: list | None
    odd: tuple | None
    recorded: tuple | None = None
    norm_gain: float = 1.0
    input_scale: float = 1.0
    auxiliary: dict = field(default_factory=dict)

    @property
    def auxiliary_prefixes(self):
        """Prefixes of the tensor names of the auxiliary heads."""
        return tuple(f"{head}." for head in self.auxiliary)

    def model(self):
        """The network in evaluation mode, with uninitialized tensors."""
        with torch.device("meta"):
            model = self.build()
        return model.eval().to_empty(device="cpu")

    def stage_names(self, model):
        if self.stages is not None:
            return self.stages
        return [name for name, module in model.named_modules() if isinstance(module, nn.MaxPool2d)]

    def shapes(self):
        """Input shapes of the golden cases: the network's own, and a batch of 3, of an odd size if possible."""
        channels, *own = self.input
        return [(1, channels, *(self.recorded or own)), (3, channels, *(self.odd or own))]


LAYERS = ["layer1", "layer2", "layer3", "layer4"]
SMALL_ODD = (97, 129)
LARGE = {"recorded": (96, 96), "odd": (65, 97)}  # for networks of many MACs
CIFAR_ODD = (33, 37)


def imagenet(build, stages, odd=SMALL_ODD, size=224, source="torchvision", **rest):
    return Network(build, SOURCES[source], (3, size, size), stages, odd, **rest)


def cifar(build, stages=("layer1", "layer2", "layer3"), **rest):
    return Network(build, SOURCES["independent"], (3, 32, 32), list(stages), CIFAR_ODD, **rest)


def mnist(build, stages, **rest):
    return Network(build, SOURCES["independent"], (1, 32, 32), stages, None, **rest)


def resnet(name, **rest):
    return imagenet(partial(getattr(models, name)), ["maxpool", *LAYERS], **rest)


def resnet_v1(name, **rest):
    """The paper's bottleneck, with the stride in the first 1x1 convolution."""

    def build():
        model = getattr(models, name)()
        for block in model.modules():
            if isinstance(block, models.resnet.Bottleneck):
                block.conv1.stride, block.conv2.stride = block.conv2.stride, block.conv1.stride
        return model

    return imagenet(build, ["maxpool", *LAYERS], **rest)


def resnext101_32x4d():
    return models.ResNet(models.resnet.Bottleneck, [3, 4, 23, 3], groups=32, width_per_group=4)


def resnet_v2(name, **rest):
    stages = [f"stages.{i}" for i in range(4)] + ["norm"]
    return imagenet(partial(timm.create_model, name), stages, source="timm", **rest)


def torchvision_net(name, stages, **rest):
    return imagenet(partial(getattr(models, name), weights=None), stages, **rest)


def timm_net(name, stages, **rest):
    return imagenet(partial(timm.create_model, name), stages, source="timm", **rest)


def features(name, numbers, **rest):
    """A torchvision network that is a list of layers."""
    return torchvision_net(name, [f"features.{i}" for i in numbers], **rest)


def mnasnet(name, **rest):
    return torchvision_net(name, [f"layers.{i}" for i in (8, 9, 10, 12)], **rest)


def regnet(name, **rest):
    """Its definition computes the widths with torch, which the meta device cannot."""

    def build():
        with torch.device("cpu"):
            return getattr(models, name)(weights=None).to("meta")

    return imagenet(build, ["stem", *(f"trunk_output.block{i}" for i in range(1, 5))], **rest)


def efficientnet_lite(number, size, **rest):
    stages = [f"blocks.{i}" for i in range(7)]
    return timm_net(f"tf_efficientnet_lite{number}", stages, size=size, norm_gain=0.8, **rest)


def dense_stages(stem, blocks):
    stages = [stem]
    for block in range(1, blocks):
        stages += [f"features.denseblock{block}", f"features.transition{block}"]
    return stages + [f"features.denseblock{blocks}"]


def densenet(build, **rest):
    return imagenet(build, dense_stages("features.pool0", 4), **rest)


def densenet_cifar(depth, growth, bc, **rest):
    return cifar(partial(CifarDenseNet, depth, growth, bc), dense_stages("features.conv0", 3), **rest)


def inception_v3():
    return models.inception_v3(transform_input=False, init_weights=False)


def googlenet():
    return models.googlenet(transform_input=False, init_weights=False)


NETWORKS = {
    "lenet5": mnist(LeNet5, ["c1", "s2", "c3", "s4", "c5", "f6"], norm_gain=0.25),
    "lenet5_modern": mnist(ModernLeNet5, ["pool1", "pool2"]),
    "lenet5_tutorial": Network(
        TutorialLeNet5, SOURCES["independent"], (3, 32, 32), ["pool1", "pool2"], None),
    "alexnet": imagenet(models.alexnet, None, odd=(225, 193)),
    "alexnet_2012": imagenet(
        AlexNet2012, ["norm1", "pool1", "norm2", "pool2", "pool5"],
        odd=None, size=227, source="independent", input_scale=32),
    "vgg11": imagenet(models.vgg11, None, odd=(225, 193)),
    "vgg11_bn": imagenet(models.vgg11_bn, None),
    "vgg13": imagenet(models.vgg13, None),
    "vgg13_bn": imagenet(models.vgg13_bn, None),
    "vgg16": imagenet(models.vgg16, None),
    "vgg16_bn": imagenet(models.vgg16_bn, None),
    "vgg19": imagenet(models.vgg19, None),
    "vgg19_bn": imagenet(models.vgg19_bn, None),
    "googlenet": imagenet(
        googlenet,
        ["maxpool1", "maxpool2", "inception3a", "maxpool3", "inception4a", "inception4e", "inception5b"],
        odd=(225, 193), auxiliary={"aux1": "inception4a", "aux2": "inception4d"}),
    "inception_v1": imagenet(
        InceptionV1,
        ["norm1", "pool2", "inception_3a", "pool3", "inception_4a", "inception_4e", "inception_5b"],
        odd=(225, 193), source="independent", input_scale=32,
        auxiliary={"loss1": "inception_4a", "loss2": "inception_4d"}),
    "inception_v3": imagenet(
        inception_v3,
        ["maxpool1", "maxpool2"] + [f"Mixed_{name}" for name in ("5b", "5d", "6a", "6e", "7a", "7c")],
        size=299, auxiliary={"AuxLogits": "Mixed_6e"}),
    "resnet18": resnet("resnet18", odd=(225, 193)),
    "resnet34": resnet("resnet34", norm_gain=0.85),
    "resnet50": resnet("resnet50", odd=(225, 193), norm_gain=0.85),
    "resnet101": resnet("resnet101", norm_gain=0.75),
    "resnet152": resnet("resnet152", norm_gain=0.7),
    "resnet50_v1": resnet_v1("resnet50", norm_gain=0.85),
    "resnet101_v1": resnet_v1("resnet101", norm_gain=0.75),
    "resnet152_v1": resnet_v1("resnet152", norm_gain=0.7),
    "resnet20_cifar": cifar(partial(CifarResNet, 20)),
    "resnet32_cifar": cifar(partial(CifarResNet, 32), norm_gain=0.85),
    "resnet44_cifar": cifar(partial(CifarResNet, 44), norm_gain=0.75),
    "resnet56_cifar": cifar(partial(CifarResNet, 56), norm_gain=0.75),
    "resnet110_cifar": cifar(partial(CifarResNet, 110), norm_gain=0.6),
    "resnet1202_cifar": cifar(partial(CifarResNet, 1202), norm_gain=0.3),
    "resnetv2_50": resnet_v2("resnetv2_50", norm_gain=0.85),
    "resnetv2_101": resnet_v2("resnetv2_101", norm_gain=0.8),
    "resnetv2_152": resnet_v2("resnetv2_152", norm_gain=0.75),
    "preact_resnet164_cifar": cifar(partial(preact_resnet, 164), norm_gain=0.75),
    "preact_resnet1001_cifar": cifar(partial(preact_resnet, 1001), norm_gain=0.5),
    "wide_resnet50_2": resnet("wide_resnet50_2", norm_gain=0.85),
    "wide_resnet101_2": resnet("wide_resnet101_2", norm_gain=0.75),
    "wide_resnet16_4_cifar": cifar(partial(wide_resnet, 16, 4)),
    "wide_resnet16_8_cifar": cifar(partial(wide_resnet, 16, 8)),
    "wide_resnet40_4_cifar": cifar(partial(wide_resnet, 40, 4), norm_gain=0.8),
    "wide_resnet28_10_cifar": cifar(partial(wide_resnet, 28, 10)),
    "resnext50_32x4d": resnet("resnext50_32x4d", norm_gain=0.85),
    "resnext101_32x4d": imagenet(resnext101_32x4d, ["maxpool", *LAYERS], norm_gain=0.75),
    "resnext101_32x8d": resnet("resnext101_32x8d", norm_gain=0.75),
    "resnext101_64x4d": resnet("resnext101_64x4d", norm_gain=0.75),
    "resnext29_8x64d_cifar": cifar(partial(CifarResNeXt, 8, 64)),
    "resnext29_16x64d_cifar": cifar(partial(CifarResNeXt, 16, 64)),
    "densenet121": densenet(models.densenet121, odd=(225, 193)),
    "densenet161": densenet(models.densenet161),
    "densenet169": densenet(models.densenet169),
    "densenet201": densenet(models.densenet201),
    "densenet264": densenet(partial(models.DenseNet, 32, (6, 12, 64, 48), 64)),
    "densenet40_k12_cifar": densenet_cifar(40, 12, False),
    "densenet100_k12_cifar": densenet_cifar(100, 12, False),
    "densenet100_k24_cifar": densenet_cifar(100, 24, False),
    "densenet_bc40_k12_cifar": densenet_cifar(40, 12, True),
    "densenet_bc100_k12_cifar": densenet_cifar(100, 12, True),
    "densenet_bc250_k24_cifar": densenet_cifar(250, 24, True),
    "densenet_bc190_k40_cifar": densenet_cifar(190, 40, True),
    "inception_v4": timm_net(
        "inception_v4", [f"features.{i}" for i in (3, 4, 5, 9, 10, 17, 18, 21)], size=299, recorded=(155, 155)),
    "inception_resnet_v2": timm_net(
        "inception_resnet_v2", ["mixed_5b", "repeat", "mixed_6a", "repeat_1", "mixed_7a", "block8", "conv2d_7b"],
        size=299, recorded=(155, 155)),
    "legacy_xception": timm_net(
        "legacy_xception", ["block1", "block2", "block3", "block11", "block12"], size=299,
        recorded=(155, 155), norm_gain=0.75),
    "mobilenetv1_100": timm_net("mobilenetv1_100", [f"blocks.{i}" for i in range(5)]),
    "dpn68": timm_net("dpn68", [f"features.{n}" for n in ("conv1_pool", "conv2_3", "conv3_4", "conv4_12", "conv5_3")]),
    "dpn92": timm_net(
        "dpn92", [f"features.{n}" for n in ("conv1_pool", "conv2_3", "conv3_4", "conv4_20", "conv5_3")], **LARGE),
    "nasnetalarge": timm_net(
        "nasnetalarge",
        ["conv0", "cell_stem_0", "cell_stem_1", "cell_0", "cell_5", "reduction_cell_0", "cell_6", "cell_17"],
        size=331, **LARGE),
    "legacy_senet154": timm_net("legacy_senet154", ["pool0", *LAYERS], norm_gain=0.7, **LARGE),
    "legacy_seresnet18": timm_net("legacy_seresnet18", ["pool0", *LAYERS]),
    "legacy_seresnet50": timm_net("legacy_seresnet50", ["pool0", *LAYERS], norm_gain=0.8),
    "legacy_seresnext50_32x4d": timm_net("legacy_seresnext50_32x4d", ["pool0", *LAYERS], norm_gain=0.8),
    "seresnet50": timm_net("seresnet50", ["maxpool", *LAYERS], norm_gain=0.8),
    "seresnext50_32x4d": timm_net("seresnext50_32x4d", ["maxpool", *LAYERS], norm_gain=0.8),
    "seresnet164_cifar": cifar(partial(se_resnet, 164), norm_gain=0.75),
    "pyramidnet110_a84_cifar": cifar(partial(CifarPyramidNet, 110, 84), norm_gain=0.6),
    "pyramidnet110_a270_cifar": cifar(partial(CifarPyramidNet, 110, 270), norm_gain=0.6),
    "squeezenet1_0": features("squeezenet1_0", (2, 6, 11)),
    "squeezenet1_1": features("squeezenet1_1", (2, 5, 8)),
    "mobilenet_v2": features("mobilenet_v2", (1, 3, 6, 10, 13, 16, 18), norm_gain=0.8),
    "darknet53": timm_net(
        "darknet53", ["stem", *(f"stages.{i}" for i in range(5))], size=256, norm_gain=0.75, **LARGE),
    **{
        f"shufflenet_v2_{size}": torchvision_net(
            f"shufflenet_v2_{size}", ["maxpool", "stage2", "stage3", "stage4", "conv5"])
        for size in ("x0_5", "x1_0", "x1_5", "x2_0")
    },
    "mnasnet0_5": mnasnet("mnasnet0_5"),
    "mnasnet0_75": mnasnet("mnasnet0_75"),
    "mnasnet1_0": mnasnet("mnasnet1_0"),
    "mnasnet1_3": mnasnet("mnasnet1_3"),
    "resnet50d": timm_net("resnet50d", ["maxpool", *LAYERS], norm_gain=0.85),
    "res2net50_26w_4s": timm_net("res2net50_26w_4s", ["maxpool", *LAYERS], norm_gain=0.85),
    "mobilenet_v3_large": features("mobilenet_v3_large", (1, 3, 6, 10, 12, 15, 16), norm_gain=0.9),
    "mobilenet_v3_small": features("mobilenet_v3_small", (1, 3, 6, 8, 11, 12)),
    "efficientnet_b0": features("efficientnet_b0", range(9)),
    "efficientnet_b1": features("efficientnet_b1", range(9), size=240),
    "efficientnet_b2": features("efficientnet_b2", range(9), size=288),
    "efficientnet_b3": features("efficientnet_b3", range(9), size=300, recorded=(160, 160)),
    **{
        f"efficientnet_b{number}": features(f"efficientnet_b{number}", range(9), size=size, **LARGE)
        for number, size in ((4, 380), (5, 456))
    },
    "efficientnet_b6": features("efficientnet_b6", range(9), size=528, norm_gain=0.92, **LARGE),
    "efficientnet_b7": features("efficientnet_b7", range(9), size=600, norm_gain=0.9, **LARGE),
    "efficientnet_lite0": efficientnet_lite(0, 224),
    "efficientnet_lite1": efficientnet_lite(1, 240),
    "efficientnet_lite2": efficientnet_lite(2, 260),
    "efficientnet_lite3": efficientnet_lite(3, 300, recorded=(160, 160)),
    "efficientnet_lite4": efficientnet_lite(4, 380, **LARGE),
    "ghostnet_100": timm_net("ghostnet_100", [f"blocks.{i}" for i in (0, 2, 4, 6, 8, 9)], norm_gain=0.7),
    **{f"regnet_x_{size}": regnet(f"regnet_x_{size}", norm_gain=0.85) for size in ("400mf", "800mf", "1_6gf", "3_2gf")},
    **{f"regnet_x_{size}": regnet(f"regnet_x_{size}", norm_gain=0.85, **LARGE) for size in ("8gf", "16gf", "32gf")},
    **{f"regnet_y_{size}": regnet(f"regnet_y_{size}", norm_gain=0.85) for size in ("400mf", "800mf", "1_6gf", "3_2gf")},
    **{f"regnet_y_{size}": regnet(f"regnet_y_{size}", norm_gain=0.85, **LARGE) for size in ("8gf", "16gf", "32gf", "128gf")},
    "efficientnet_v2_s": features("efficientnet_v2_s", range(8), size=384, norm_gain=0.78, **LARGE),
    "efficientnet_v2_m": features("efficientnet_v2_m", range(9), size=480, norm_gain=0.75, **LARGE),
    "efficientnet_v2_l": features("efficientnet_v2_l", range(9), size=480, norm_gain=0.72, **LARGE),
    "convnext_tiny": features("convnext_tiny", (0, 1, 2, 3, 5, 7)),
    **{
        f"convnext_{size}": features(f"convnext_{size}", (0, 1, 2, 3, 5, 7), **LARGE)
        for size in ("small", "base", "large")
    },
}


def find(name):
    """The table's row, else torchvision's classifier of that name, else None."""
    if name not in NETWORKS and name in models.list_models(module=models):
        return imagenet(partial(getattr(models, name), weights=None), None)
    return NETWORKS.get(name)


def select(names):
    """The named networks, or the whole table; exits on an unknown name."""
    found = {name: find(name) for name in names or NETWORKS}
    unknown = [name for name, network in found.items() if network is None]
    if unknown:
        raise SystemExit(f"no such network: {', '.join(unknown)}")
    return found
