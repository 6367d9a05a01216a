"""ONNX Runtime: all graph optimizations, input and output bound once."""

import numpy as np
import onnxruntime


class Peer:
    tune = False
    variant = None

    def load(self, files, x, threads):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(files.onnx(len(x))), options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.input = onnxruntime.OrtValue.ortvalue_from_numpy(x)
        self.binding.bind_ortvalue_input("input", self.input)
        shape = self.session.get_outputs()[0].shape
        self.output = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, np.float32)
        self.binding.bind_ortvalue_output("logits", self.output)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def logits(self):
        return self.output.numpy()
