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

  /// The branch that averages over 3×3, padding not counted, then projects: timm's layout.
  func averagedBranch(_ name: String, _ input: Value, to channels: Int) throws(GraphError) -> Value {
    let net = self[name]
    let pooled = try net["0"].averagePool(input, kernel: 3, stride: 1, padding: 1, countsPadding: false)
    return try net.basicConv("1", pooled, to: channels, kernel: 1)
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

extension Window {
  /// 1×n, padded so that the size stays.
  static func row(_ n: Int) -> Window {
    Window(height: WindowAxis(kernel: 1), width: WindowAxis(kernel: n, padding: n / 2))
  }

  /// n×1, padded so that the size stays.
  static func column(_ n: Int) -> Window {
    Window(height: WindowAxis(kernel: n, padding: n / 2), width: WindowAxis(kernel: 1))
  }
}
