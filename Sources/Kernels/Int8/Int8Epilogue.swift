import CKernels
import TensorCore

/// What is done with the sums of a layer on bytes.
///
/// Identity, ReLU and clamps are limits of the rounding. The results of other activations are computed in float32 in the
/// scratch of the thread.
package struct Int8Epilogue: Sendable {
  private let activation: Activation
  private let input: Quantization
  private let output: ActivationLayout
  private let residual: ActivationLayout?

  /// The epilogue of a layer; input and residual are bytes.
  package init(
    _ activation: Activation, input: Quantization, output: ActivationLayout, residual: ActivationLayout?
  ) {
    self.activation = activation
    self.input = input
    self.output = output
    self.residual = residual
  }

  /// Whether results go through the scratch of the thread.
  var isSeparate: Bool { activation.limits == nil }
  /// What the limits and factors are multiples of.
  private var step: Float { isSeparate ? 1 : output.quantization?.scale ?? 1 }

  /// Packs the sums' start and factor of each channel into places of `padded` channels each.
  func pack(
    _ parameters: Int8Parameters, channels: Int, depth: Int, start: UnsafeMutablePointer<Int32>,
    factor: UnsafeMutablePointer<Float>, place: (Int) -> Int
  ) {
    for channel in 0..<channels {
      let unit = Double(input.scale) * Double(parameters.scale[channel])
      let bias = Double(parameters.bias?[channel] ?? 0) / unit
      let weights = UnsafeBufferPointer(start: parameters.weight + channel * depth, count: depth)
      let zeros = weights.reduce(0) { $0 + Double($1) } * Double(input.zeroPoint)
      // Sums of products are below 2³⁰, see Int8GEMM.suits.
      let limit = Double(1 << 30)
      let sum = bias.isNaN ? 0 : min(max(bias.rounded(.toNearestOrEven), -limit), limit) - zeros
      start[place(channel)] = Int32(min(max(sum, -limit), limit))
      factor[place(channel)] = Float(unit / Double(step))
    }
  }

  /// Floats of scratch for the results of `pixels` pixels with `channels` channels.
  func scratchCount(pixels: Int, channels: Int) -> Int { isSeparate ? pixels * channels : 0 }

  /// What a kernel does with the sums of the pixels from `pixel` on and the channels from `channel` on.
  ///
  /// `start` and `factor` are those of that channel and the ones after it. Results that go through scratch are put at
  /// `scratch`, `channels` for each pixel.
  func result(
    of pixel: Int, channel: Int, _ operands: Int8Operands, start: UnsafePointer<Int32>,
    factor: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>, channels: Int
  ) -> ck_int8_result {
    var result = ck_int8_result()
    result.start = start
    result.factor = factor
    if let residual, let quantization = residual.quantization, let bytes = operands.residual {
      result.residual = bytes + pixel * residual.pixelStride + channel
      result.residual_stride = residual.pixelStride
      result.residual_zero = Float(quantization.zeroPoint)
      result.residual_factor = quantization.scale / step
    }
    (result.low, result.high) = activation.limits ?? (-.infinity, .infinity)
    let place = pixel * output.pixelStride + channel
    if isSeparate {
      result.floats = scratch
      result.output_stride = channels
    } else if let quantization = output.quantization {
      let rounding = ck_rounding(quantization, activation)
      (result.low, result.high, result.zero) = (rounding.low, rounding.high, rounding.zero)
      result.bytes = operands.output.assumingMemoryBound(to: UInt8.self) + place
      result.output_stride = output.pixelStride
    } else {
      result.floats = operands.output.assumingMemoryBound(to: Float.self) + place
      result.output_stride = output.pixelStride
    }
    return result
  }

  /// Applies the activation to results in scratch and stores them, if they have gone there.
  func finish(
    of pixel: Int, count: Int, channel: Int, _ operands: Int8Operands,
    scratch: UnsafeMutablePointer<Float>, channels: Int, kernels: KernelSet
  ) {
    guard isSeparate else { return }
    let results = MutablePixels(scratch, stride: channels)
    let place = pixel * output.pixelStride + channel
    guard let quantization = output.quantization else {
      let target = operands.output.assumingMemoryBound(to: Float.self) + place
      return Elementwise.activate(
        Pixels(results), count: count, channels: channels, activation,
        into: MutablePixels(target, stride: output.pixelStride), kernels: kernels)
    }
    Elementwise.activate(
      Pixels(results), count: count, channels: channels, activation, into: results, kernels: kernels)
    let bytes = operands.output.assumingMemoryBound(to: UInt8.self) + place
    Int8Elementwise.quantize(
      Pixels(results), count: count, channels: channels,
      into: MutableBytePixels(bytes, stride: output.pixelStride, quantization), kernels: kernels)
  }
}

extension Activation {
  /// The limits between which a number is left as it is, if that is what it does.
  var limits: (low: Float, high: Float)? {
    switch self {
    case .identity: (-.infinity, .infinity)
    case .relu: (0, .infinity)
    case .relu6: (0, 6)
    case .leakyReLU, .tanh, .sigmoid, .hardSigmoid, .hardSwish, .silu, .gelu, .geluTanh: nil
    }
  }
}

extension ck_rounding {
  /// Rounding to bytes after an activation that ``Activation/limits`` describe.
  init(_ quantization: Quantization, _ activation: Activation = .identity) {
    let limits = activation.limits ?? (-.infinity, .infinity)
    let zero = Float(quantization.zeroPoint)
    self.init(
      inverse_step: 1 / quantization.scale, low: max(limits.low / quantization.scale, -zero),
      high: min(limits.high / quantization.scale, 255 - zero), zero: Int32(quantization.zeroPoint))
  }
}
