import Kernels
import Support
import TensorCore
import Testing

/// Kernels that mix the channels of a pixel, or sum over pixels, on every instruction set against plain arithmetic.
@Suite struct ChannelKernelTests {
  private static let count = 5

  /// A mean far from zero: the variance must not be the difference of two large numbers.
  @Test(arguments: ElementwiseTests.channelCounts, [Float(0), 50])
  func layerNorm(channels: Int, offset: Float) {
    var generator = Generator("layer norm \(channels) \(offset)")
    let (count, stride) = (ChannelKernelTests.count, channels + 3)
    let input = generator.floats(count * stride).map { $0 + offset }
    let (scale, shift) = (generator.floats(channels), generator.floats(channels))
    let reference = LayerNormReference(input, count: count, channels: channels, stride: stride)
    let inputs = Buffer(input)
    for kernels in KernelSet.available {
      let output = Buffer(repeating: 7, count: count * stride)
      Elementwise.normalizeLayer(
        Pixels(inputs.pointer, stride: stride), count: count, channels: channels, scale: scale, shift: shift,
        epsilon: LayerNormReference.epsilon, into: MutablePixels(output.pointer, stride: stride),
        kernels: kernels)
      for pixel in 0..<count {
        for channel in 0..<stride {
          let found = Double(output.values[pixel * stride + channel])
          guard channel < channels else {
            #expect(found == 7, "\(kernels.name): written behind the channels")
            continue
          }
          let exact = reference.normalized[pixel][channel] * Double(scale[channel]) + Double(shift[channel])
          #expect(abs(found - exact) < (offset == 0 ? 2e-6 : 5e-5), "\(kernels.name): \(found), \(exact)")
        }
      }
    }
  }

  @Test(arguments: ElementwiseTests.channelCounts, [false, true])
  func layerNormGradient(channels: Int, accumulates: Bool) {
    var generator = Generator("layer norm gradient \(channels)")
    let (count, stride) = (ChannelKernelTests.count, channels + 1)
    let (input, before) = (generator.floats(count * stride), generator.floats(count * stride))
    let (gradient, scale) = (generator.floats(count * stride), generator.floats(channels))
    let reference = LayerNormReference(input, count: count, channels: channels, stride: stride)
    let inputs = Buffer(input)
    for kernels in KernelSet.available {
      let from = Buffer(gradient)
      let target = Buffer(before)
      let sums = Buffer(repeating: .nan, count: 2 * channels)
      func run(into target: MutablePixels?) {
        Gradients.layerNorm(
          input: Pixels(inputs.pointer, stride: stride),
          gradient: MutablePixels(from.pointer, stride: stride),
          count: count, channels: channels, scale: scale, epsilon: LayerNormReference.epsilon,
          accumulates: accumulates, into: target, scaleGradient: sums.pointer,
          shiftGradient: sums.pointer + channels, kernels: kernels)
      }
      run(into: MutablePixels(target.pointer, stride: stride))
      let withTarget = sums.values
      run(into: nil)
      #expect(sums.values == withTarget, "\(kernels.name): without the input's gradient")
      for channel in 0..<channels {
        let slopes = (0..<count).map { Double(gradient[$0 * stride + channel]) }
        let products = zip(slopes, reference.normalized).reduce(0.0) { $0 + $1.0 * $1.1[channel] }
        #expect(abs(Double(withTarget[channel]) - products) < 1e-5, "\(kernels.name)")
        #expect(abs(Double(withTarget[channels + channel]) - slopes.reduce(0, +)) < 1e-5, "\(kernels.name)")
      }
      for pixel in 0..<count {
        let y = reference.normalized[pixel]
        let h = (0..<channels).map { Double(gradient[pixel * stride + $0]) * Double(scale[$0]) }
        let mean = h.reduce(0, +) / Double(channels)
        let product = zip(h, y).reduce(0.0) { $0 + $1.0 * $1.1 } / Double(channels)
        for channel in 0..<channels {
          let index = pixel * stride + channel
          let exact = reference.inverse[pixel] * (h[channel] - mean - y[channel] * product)
          let found = Double(target.values[index]) - (accumulates ? Double(before[index]) : 0)
          #expect(abs(found - exact) < 1e-5 * max(reference.inverse[pixel], 1), "\(kernels.name)")
        }
      }
    }
  }

  @Test(arguments: ElementwiseTests.channelCounts) func sumProducts(channels: Int) {
    var generator = Generator("sum products \(channels)")
    let (count, stride) = (11, channels + 2)
    let (left, right) = (generator.floats(count * channels), generator.floats(count * stride))
    let expected = (0..<channels).map { channel in
      Float(
        (0..<count).reduce(0.0) {
          $0 + Double(left[$1 * channels + channel]) * Double(right[$1 * stride + channel])
        })
    }
    let lefts = Buffer(left)
    for kernels in KernelSet.available {
      let from = Buffer(right)
      let output = Buffer(repeating: .nan, count: channels)
      Gradients.sumProducts(
        Pixels(lefts.pointer, stride: channels), MutablePixels(from.pointer, stride: stride), count: count,
        channels: channels, into: output.pointer, kernels: kernels)
      let comparison = Comparison(output.values, expected)
      #expect(comparison.error < 8 * Float.ulpOfOne, "\(kernels.name): \(comparison)")
    }
  }

  /// Parts with different gaps between their pixels become one tensor, and that becomes the parts again.
  @Test(arguments: ElementwiseTests.channelCounts, 1...5) func interleave(channels: Int, parts: Int) {
    var generator = Generator("interleave \(channels) \(parts)")
    let count = ChannelKernelTests.count
    func stride(_ part: Int) -> Int { channels + part }
    let inputs = (0..<parts).map { generator.floats(count * stride($0)) }
    let firsts = (0..<parts).map { inputs[..<$0].reduce(0) { $0 + $1.count } }
    let all = inputs.flatMap(\.self)
    let (width, gap) = (channels * parts, channels * parts + 2)
    for kernels in KernelSet.available {
      let buffer = Buffer(all)
      let pointer = buffer.pointer
      let output = Buffer(repeating: 7, count: count * gap)
      Elementwise.interleave(
        parts, count: count, channels: channels, into: MutablePixels(output.pointer, stride: gap),
        kernels: kernels
      ) { Pixels(pointer + firsts[$0], stride: stride($0)) }
      for index in 0..<count * gap {
        let (pixel, channel) = index.quotientAndRemainder(dividingBy: gap)
        let part = channel % parts
        let exact = channel < width ? inputs[part][pixel * stride(part) + channel / parts] : 7
        #expect(output.pointer[index] == exact, "\(kernels.name)")
      }
      for accumulates in [true, false] {
        Gradients.deinterleave(
          MutablePixels(output.pointer, stride: gap), parts: parts, count: count, channels: channels,
          accumulates: accumulates, kernels: kernels
        ) { MutablePixels(pointer + firsts[$0], stride: stride($0)) }
        for (part, input) in inputs.enumerated() {
          for index in input.indices {
            let isInside = index % stride(part) < channels
            let exact = accumulates && isInside ? 2 * input[index] : input[index]
            #expect(buffer.pointer[firsts[part] + index] == exact, "\(kernels.name)")
          }
        }
      }
    }
  }
}

/// The statistics of pixels in double.
private struct LayerNormReference {
  static let epsilon: Float = 1e-3

  let inverse: [Double]
  let normalized: [[Double]]

  init(_ input: [Float], count: Int, channels: Int, stride: Int) {
    let pixels = (0..<count).map { pixel in (0..<channels).map { Double(input[pixel * stride + $0]) } }
    let means = pixels.map { $0.reduce(0, +) / Double(channels) }
    let inverse = zip(pixels, means).map { pixel, mean in
      let variance = pixel.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
      return 1 / (variance + Double(Self.epsilon)).squareRoot()
    }
    self.inverse = inverse
    normalized = pixels.indices.map { index in pixels[index].map { ($0 - means[index]) * inverse[index] } }
  }
}
