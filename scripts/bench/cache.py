"""The folder of exported networks, outside the repository, and the path of each file in it."""

import os
import pathlib
from dataclasses import dataclass

ROOT = pathlib.Path(os.environ["CNNZOO_BENCH_CACHE"])
IMAGE = ROOT / "image.jpg"
LOGS = ROOT / "logs"


@dataclass(frozen=True)
class NetworkFiles:
    """The exported files of one network; those with a fixed batch size have it in their name."""

    network: str
    precision: str = "f32"

    @property
    def folder(self):
        return ROOT / "networks" / self.network

    @property
    def state_dict(self):
        return self.folder / "weights.pth"

    @property
    def safetensors(self):
        return self.folder / "weights.safetensors"

    @property
    def ncnn_param(self):
        return self.folder / "network.ncnn.param"

    @property
    def ncnn_bin(self):
        return self.folder / "network.ncnn.bin"

    def onnx(self, batch):
        """In int8, with quantizing and dequantizing operators; otherwise float32."""
        return self.folder / (f"batch{batch}.int8.onnx" if self.precision == "int8" else f"batch{batch}.onnx")

    def input(self, batch):
        return self.folder / f"batch{batch}.input.npy"

    def logits(self, batch):
        return self.folder / f"batch{batch}.logits.npy"
