import Glibc
import Kernels
import Support
import TensorCore
import Testing

/// Elementwise kernels and products on every instruction set against plain arithmetic.
@Suite struct ElementwiseTests {
  static let channelCounts = [1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 100]

  @Test(arguments: channelCounts) func scaleShift(channels: Int) {
    var generator = Generator("scale shift \(channels)")
    let input = generator.floats(5 * (channels + 3))
    let scale = generator.floats(channels)
    let shift = generator.floats(channels)
    let residual = generator.floats(5 * (channels + 1))
    let inputs = Buffer(input)
    let residuals = Buffer(residual)
    for adds in [false, true] {
      let expected = (0..<5 * channels).map { index in
        let (pixel, channel) = (index / channels, index % channels)
        let value =
          Double(input[pixel * (channels + 3) + channel]) * Double(scale[channel]) + Double(shift[channel])
        return Float(max(value + (adds ? Double(residual[pixel * (channels + 1) + channel]) : 0), 0))
      }
      for kernels in KernelSet.available {
        let output = Buffer(repeating: .nan, count: 5 * channels)
        Elementwise.scaleShift(
          Pixels(inputs.pointer, stride: channels + 3), scale: scale, shift: shift,
          residual: adds ? Pixels(residuals.pointer, stride: channels + 1) : nil, count: 5,
          channels: channels,
          .relu, into: MutablePixels(output.pointer, stride: channels), kernels: kernels)
        let comparison = Comparison(output.values, expected)
        #expect(comparison.error < 4 * Float.ulpOfOne, "\(kernels.name): \(comparison)")
      }
    }
  }

  @Test(arguments: channelCounts) func add(channels: Int) {
    var generator = Generator("add \(channels)")
    let left = generator.floats(4 * channels)
    let right = generator.floats(4 * (channels + 2))
    let expected = (0..<4 * channels).map { left[$0] + right[$0 / channels * (channels + 2) + $0 % channels] }
    let lefts = Buffer(left)
    let rights = Buffer(right)
    for kernels in KernelSet.available {
      let output = Buffer(repeating: .nan, count: 4 * channels)
      Elementwise.add(
        Pixels(lefts.pointer, stride: channels), Pixels(rights.pointer, stride: channels + 2), count: 4,
        channels: channels, into: MutablePixels(output.pointer, stride: channels), kernels: kernels)
      #expect(output.values == expected, "\(kernels.name)")
    }
  }

  @Test(arguments: [1, 3, 5, 8], [Float(0.75), 0.5]) func responseNorm(size: Int, beta: Float) {
    var generator = Generator("response norm \(size) \(beta)")
    let channels = 21
    let input = generator.floats(3 * channels)
    let expected = input.indices.map { index in
      let (pixel, channel) = (index / channels, index % channels)
      // The window of the reference frameworks: size / 2 channels before, the rest behind.
      let first = max(channel - size / 2, 0)
      let last = min(channel - size / 2 + size, channels)
      let squares = (first..<last).reduce(0.0) { sum, c in
        let value = Double(input[pixel * channels + c])
        return sum + value * value
      }
      return Float(Double(input[index]) / pow(2 + 0.3 / Double(size) * squares, Double(beta)))
    }
    let inputs = Buffer(input)
    for kernels in KernelSet.available {
      let output = Buffer(repeating: .nan, count: input.count)
      Elementwise.normalizeResponse(
        Pixels(inputs.pointer, stride: channels), count: 3, channels: channels,
        ResponseNorm(size: size, alpha: 0.3, beta: beta, bias: 2),
        into: MutablePixels(output.pointer, stride: channels), kernels: kernels)
      let comparison = Comparison(output.values, expected)
      #expect(comparison.error < 8 * Float.ulpOfOne, "\(kernels.name): \(comparison)")
    }
  }

  @Test(arguments: [1, 5, 16, 63, 64, 65, 1000], [1, 3, 4, 5, 10]) func matrixVector(depth: Int, outputs: Int)
  {
    var generator = Generator("matrix vector \(depth) \(outputs)")
    let weights = generator.floats(depth * outputs)
    let input = generator.floats(depth)
    let bias = generator.floats(outputs)
    let expected = (0..<outputs).map { o in
      Float((0..<depth).reduce(Double(bias[o])) { $0 + Double(weights[o * depth + $1]) * Double(input[$1]) })
    }
    for kernels in KernelSet.available {
      let output = Buffer(repeating: .nan, count: outputs)
      Product.matrixVector(
        weights, input, bias: bias, outputs: outputs, depth: depth, .identity,
        into: output.pointer, kernels: kernels)
      let comparison = Comparison(output.values, expected)
      #expect(
        comparison.error < 4 * Float.ulpOfOne * Float(depth).squareRoot(), "\(kernels.name): \(comparison)")
    }
  }

  @Test(arguments: [1, 16, 65, 400], [1, 4, 7]) func matrixVectors(depth: Int, outputs: Int) {
    var generator = Generator("matrix vectors \(depth) \(outputs)")
    let (vectors, inputStride, outputStride) = (7, depth + 3, outputs + 2)
    let weights = generator.floats(depth * outputs)
    let input = generator.floats(vectors * inputStride)
    let bias = generator.floats(outputs)
    let inputs = Buffer(input)
    for kernels in KernelSet.available {
      let output = Buffer(repeating: .nan, count: vectors * outputStride)
      Product.matrixVectors(
        weights, Pixels(inputs.pointer, stride: inputStride), vectors: vectors, bias: bias, outputs: outputs,
        depth: depth, .relu, into: MutablePixels(output.pointer, stride: outputStride), kernels: kernels)
      for vector in 0..<vectors {
        let expected = (0..<outputs).map { o in
          let sum = (0..<depth).reduce(Double(bias[o])) {
            $0 + Double(weights[o * depth + $1]) * Double(input[vector * inputStride + $1])
          }
          return Float(max(sum, 0))
        }
        let row = output.values[vector * outputStride..<(vector + 1) * outputStride]
        let isUntouched = row.dropFirst(outputs).allSatisfy { $0.isNaN }
        #expect(isUntouched, "\(kernels.name): written behind the outputs")
        for (found, exact) in zip(row, expected) {
          #expect(abs(found - exact) < 8 * Float.ulpOfOne * Float(depth).squareRoot(), "\(kernels.name)")
        }
      }
    }
  }
}
