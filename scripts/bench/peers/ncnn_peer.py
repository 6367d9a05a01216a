"""ncnn: Winograd and packed layout enabled, no reduced precision but bfloat16 storage where that is compared.

ncnn has no batches: images run one after another, each on all threads.
"""

import ncnn
import numpy as np


class Peer:
    tune = False
    variant = None

    def load(self, files, x, threads):
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = threads
        options.use_vulkan_compute = False
        options.use_winograd_convolution = True
        options.use_sgemm_convolution = True
        options.use_packing_layout = True
        for reduced in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(options, f"use_{reduced}", reduced == "bf16_storage" and files.precision == "bf16")
        self.net.load_param(str(files.ncnn_param))
        self.net.load_model(str(files.ncnn_bin))
        # A Mat made from an array refers to its memory.
        self.images = [np.ascontiguousarray(image) for image in x]
        self.inputs = [ncnn.Mat(image) for image in self.images]

    def run(self):
        self.outputs = []
        for image in self.inputs:
            extractor = self.net.create_extractor()
            extractor.input("in0", image)
            self.outputs.append(extractor.extract("out0")[1])

    def logits(self):
        return np.stack([np.array(output) for output in self.outputs])
