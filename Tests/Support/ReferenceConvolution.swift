import Kernels
import TensorCore

/// A convolution in plain loops and double, channels-last: the reference for every algorithm.
package struct ConvolutionProblem: CustomStringConvertible {
  /// Layouts, window, groups.
  package var geometry: ConvolutionGeometry
  /// Bias and activation.
  package var epilogue: Epilogue
  /// Whether a residual is added, and how its pixels follow each other.
  package var residualStride: Int?
  /// Seed of the values.
  package var seed: String
  /// Whether input and weights are rounded to bfloat16.
  package var operandsAreBFloat16 = false
  /// What all weights are multiplied by.
  package var weightScale: Float = 1

  /// A problem from its parts.
  package init(
    geometry: ConvolutionGeometry, epilogue: Epilogue, residualStride: Int?, seed: String
  ) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.residualStride = residualStride
    self.seed = seed
  }

  /// The whole problem, so that it can be reproduced.
  package var description: String {
    "\(geometry), \(epilogue), residual stride \(residualStride.map(String.init) ?? "none"), seed \(seed)"
  }

  /// A random problem: small, with every oddity that occurs.
  package static func random(_ generator: inout Generator, seed: String) -> ConvolutionProblem {
    while true {
      let groups = generator.pick([1, 1, 1, 2, 3, 8])
      let inputs = groups * generator.pick([1, 2, 3, 4, 5, 8, 16, 17])
      let outputs = groups * generator.pick([1, 2, 4, 7, 8, 16, 31, 33, 48])
      func axis(_ generator: inout Generator) -> WindowAxis {
        WindowAxis(
          kernel: generator.pick([1, 1, 2, 3, 3, 5, 7]), stride: generator.pick([1, 1, 2, 3]),
          leadingPadding: generator.pick([0, 1, 1, 2, 3]), trailingPadding: generator.pick([0, 1, 1, 2, 3]),
          dilation: generator.pick([1, 1, 1, 2]))
      }
      var window = Window(height: axis(&generator), width: axis(&generator))
      if Bool.random(using: &generator) {
        window = generator.pick([Window(kernel: 1), Window(kernel: 3, padding: 1), Window(kernel: 3)])
      }
      let batch = generator.pick([1, 1, 2, 3])
      let height = generator.pick([1, 2, 5, 7, 9, 13, 14])
      let width = generator.pick([1, 3, 6, 7, 11, 14])
      guard let outputHeight = window.height.outputs(of: height),
        let outputWidth = window.width.outputs(of: width)
      else { continue }
      let input = ActivationLayout(
        [batch, inputs, height, width], pixelStride: inputs + generator.pick([0, 0, 3, 16]))
      let output = ActivationLayout(
        [batch, outputs, outputHeight, outputWidth], pixelStride: outputs + generator.pick([0, 0, 5, 32]))
      return ConvolutionProblem(
        geometry: ConvolutionGeometry(input: input, output: output, window: window, groups: groups),
        epilogue: Epilogue(
          hasBias: Bool.random(using: &generator),
          activation: Bool.random(using: &generator) ? .relu : .identity),
        residualStride: Bool.random(using: &generator) ? outputs + generator.pick([0, 4]) : nil,
        seed: seed)
    }
  }

  /// Input, weights, bias and residual.
  package var values: (input: [Float], weight: [Float], bias: [Float], residual: [Float]) {
    var generator = Generator(seed)
    func stored(_ values: [Float], isBFloat16: Bool) -> [Float] {
      isBFloat16 ? values.map(\.roundedToBFloat16) : values
    }
    return (
      stored(
        generator.floats(geometry.input.valueSpan),
        isBFloat16: operandsAreBFloat16 || geometry.input.format == .bfloat16),
      stored(
        generator.floats(geometry.output.channels * geometry.depth), isBFloat16: operandsAreBFloat16
      ).map { $0 * weightScale },
      generator.floats(geometry.output.channels),
      stored(
        generator.floats(geometry.output.pixels * (residualStride ?? 0)),
        isBFloat16: geometry.output.format == .bfloat16)
    )
  }

  /// The output in memory, gaps between pixels as zeros.
  package func reference() -> [Float] {
    let (input, weight, bias, residual) = values
    let target = geometry.output
    var sums = (0..<target.pixels).flatMap { _ in
      (0..<target.channels).map { epilogue.hasBias ? Double(bias[$0]) : 0 }
    }
    eachProduct { pixel, tap, from in
      for channel in 0..<target.channels {
        let group = channel / geometry.groupOutputs * geometry.groupInputs
        for c in 0..<geometry.groupInputs {
          let w = (channel * geometry.groupInputs + c) * geometry.window.taps + tap
          sums[pixel * target.channels + channel] += Double(input[from + group + c]) * Double(weight[w])
        }
      }
    }
    var output = [Float](repeating: 0, count: target.valueSpan)
    for pixel in 0..<target.pixels {
      for channel in 0..<target.channels {
        var sum = sums[pixel * target.channels + channel]
        if let residualStride { sum += Double(residual[pixel * residualStride + channel]) }
        output[pixel * target.pixelStride + channel] = Float(epilogue.activation.reference(sum))
      }
    }
    return output
  }

  /// The gradient of the output in memory, for ``weightGradientReference()``.
  package var outputGradient: [Float] {
    var generator = Generator(seed + " gradient")
    return generator.floats(geometry.output.extent)
  }

  /// The gradient of the weights, `[O, I / groups, kH, kW]`.
  package func weightGradientReference() -> [Float] {
    let (input, gradient) = (values.input, outputGradient)
    var sums = [Double](repeating: 0, count: geometry.output.channels * geometry.depth)
    eachProduct { pixel, tap, from in
      for output in 0..<geometry.output.channels {
        let g = Double(gradient[pixel * geometry.output.pixelStride + output])
        let group = output / geometry.groupOutputs * geometry.groupInputs
        for c in 0..<geometry.groupInputs {
          sums[(output * geometry.groupInputs + c) * geometry.window.taps + tap] +=
            g * Double(input[from + group + c])
        }
      }
    }
    return sums.map(Float.init)
  }

  /// Calls `body` for every output pixel and every element of the kernel that reads a pixel of the input, with the
  /// offset of that pixel.
  private func eachProduct(_ body: (_ pixel: Int, _ tap: Int, _ from: Int) -> Void) {
    let (source, target, window) = (geometry.input, geometry.output, geometry.window)
    for pixel in 0..<target.pixels {
      let image = pixel / target.pixelsPerImage
      let y = pixel % target.pixelsPerImage / target.width
      let x = pixel % target.width
      for ky in 0..<window.height.kernel {
        for kx in 0..<window.width.kernel {
          let iy = y * window.height.stride - window.height.leadingPadding + ky * window.height.dilation
          let ix = x * window.width.stride - window.width.leadingPadding + kx * window.width.dilation
          guard iy >= 0, iy < source.height, ix >= 0, ix < source.width else { continue }
          body(
            pixel, ky * window.width.kernel + kx,
            ((image * source.height + iy) * source.width + ix) * source.pixelStride)
        }
      }
    }
  }
}

extension Float {
  /// The nearest bfloat16, ties to even.
  package var roundedToBFloat16: Float {
    guard isFinite else { return self }
    return Float(bitPattern: (bitPattern + 0x7fff + (bitPattern >> 16 & 1)) & 0xffff_0000)
  }
}

extension ActivationLayout {
  /// Values from the first to the last, both included, with those in gaps.
  package var valueSpan: Int { pixels == 0 ? 0 : (pixels - 1) * pixelStride + channels }
}
