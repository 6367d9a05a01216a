import GraphIR
import Kernels
import TensorCore

extension RoutineMemory {
  /// The pixels of an input from `first` on.
  func input(_ index: Int, _ layout: ActivationLayout, from first: Int = 0) -> Pixels {
    Pixels(inputs[index], stride: layout.pixelStride, layout.format).from(first)
  }

  /// The pixels of the output from `first` on.
  func output(_ layout: ActivationLayout, from first: Int = 0) -> MutablePixels {
    MutablePixels(output, stride: layout.pixelStride, layout.format).from(first)
  }
}

extension TrainingMemory {
  /// The pixels of an input from `first` on.
  func input(_ index: Int, _ layout: ActivationLayout, from first: Int = 0) -> Pixels {
    Pixels(inputs[index], stride: layout.pixelStride).from(first)
  }

  /// The pixels of the output from `first` on.
  func output(_ layout: ActivationLayout, from first: Int = 0) -> MutablePixels {
    MutablePixels(output, stride: layout.pixelStride).from(first)
  }

  /// The gradient of an input, from pixel `first` on.
  func gradient(ofInput index: Int, _ request: GradientRequest, from first: Int = 0) -> MutablePixels {
    MutablePixels(inputGradients[index], stride: request.layout.pixelStride).from(first)
  }

  /// The gradient of the output, from pixel `first` on.
  func gradient(_ layout: ActivationLayout, from first: Int = 0) -> MutablePixels {
    MutablePixels(outputGradient, stride: layout.pixelStride).from(first)
  }
}
