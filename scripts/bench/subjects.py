"""What is measured: networks, batches and threads, training steps."""

from dataclasses import dataclass

PEERS = ["torch", "onnxruntime", "openvino", "ncnn"]

# cnnzoo's names; scripts/golden/networks.py lists the reference definition of each.
CLASSIC = [
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
MODERN = [
    "squeezenet1_1",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "shufflenet_v2_x1_0",
    "mnasnet1_0",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "regnet_y_400mf",
    "convnext_tiny",
]
NETWORKS = CLASSIC + MODERN

# What each precision is compared with: the runtimes that have it. Logits are checked to a share of the largest; those of
# int8 are not, since each runtime calibrates in its own way, and time does not depend on values.
PRECISIONS = {
    "f32": (PEERS, 1e-3),
    "bf16": (["torch", "openvino", "ncnn"], 0.1),
    "int8": (["onnxruntime", "openvino"], None),
}

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
    TrainingCase("mobilenet_v2", 8, (3, 224, 224)),
    TrainingCase("efficientnet_b0", 4, (3, 224, 224)),
]
