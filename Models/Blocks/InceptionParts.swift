import GraphIR
import Ops
import TensorCore

extension Scope {
  /// Convolution, batch norm with the ε = 0.001 of the Inceptions, ReLU: torchvision's `BasicConv2d`.
  func basicConv(
    _ name: String, _ input: Value, to channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0
  ) throws(GraphError) -> Value {
    try basicConv(
      name, input, to: channels, window: Window(kernel: kernel, stride: stride, padding: padding))
  }

  /// The same with any window.
  func basicConv(
    _ name: String, _ input: Value, to channels: Int, window: Window
  ) throws(GraphError) -> Value {
    let net = self[name]
    return try net.batchNormReLU("bn", net.conv("conv", input, to: channels, window: window), epsilon: 0.001)
  }

  /// Images normalized with ImageNet's mean and deviation, renormalized to mean 0.5 and deviation 0.5, which weights
  /// ported from TensorFlow expect.
  func transformedInput(_ image: Value) throws(GraphError) -> Value {
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    return try channelAffine(
      "transform_input", image, scale: deviation.map { $0 / 0.5 }, shift: mean.map { ($0 - 0.5) / 0.5 })
  }
}
