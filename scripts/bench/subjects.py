"""What is measured: networks, batches and threads, training steps."""

from dataclasses import dataclass

PEERS = ["torch", "onnxruntime", "openvino", "ncnn"]

# cnnzoo's names; scripts/golden/networks.py lists the reference definition of each.
NETWORKS = [
    "lenet5_modern",
    "alexnet",
    "vgg16",
    "googlenet",
    "inception_v3",
    "resnet18",
    "resnet50",
    "wide_resnet50_2",
    "resnext50_32x4d",
    "densenet121",
    "densenet201",
    "densenet_bc100_k12_cifar",
]

CONFIGURATIONS = [(1, 2), (1, 1), (8, 2)]  # (batch, threads)

WHOLE_PROCESS = ["resnet50", "vgg16"]


@dataclass(frozen=True)
class TrainingCase:
    """A network trained on images of one size, [C, H, W]."""

    network: str
    batch: int
    size: tuple


TRAINING = [
    TrainingCase("lenet5_modern", 64, (1, 32, 32)),
    TrainingCase("resnet18", 64, (3, 32, 32)),
    TrainingCase("densenet_bc100_k12_cifar", 32, (3, 32, 32)),
    TrainingCase("resnet50", 4, (3, 224, 224)),
]
