import Glibc
import Kernels
import Support
import TensorCore
import Testing

/// Kernels on bytes give the same bytes as plain integers and floats do, on every instruction set.
@Suite struct Int8Tests {
  /// Every way to multiply bytes that this CPU has.
  private static let kernelSets = KernelSet.available + KernelSet.available.map(\.widening)

  @Test(arguments: 0..<300) func matrixProductsEqualReference(seed: Int) {
    var generator = Generator("int8 \(seed)")
    let window = Window(
      kernel: generator.pick([1, 1, 2, 3, 5]), stride: generator.pick([1, 1, 2]),
      padding: generator.pick([0, 1, 2]), dilation: generator.pick([1, 1, 2]))
    let problem = Int8Problem(
      &generator, inputs: generator.pick([1, 3, 4, 16, 18, 64]), outputs: generator.pick([1, 7, 16, 33, 70]),
      groups: 1, window: window)
    check(problem)
  }

  @Test(arguments: 0..<200) func depthwiseEqualsReference(seed: Int) {
    var generator = Generator("int8 depthwise \(seed)")
    let channels = generator.pick([2, 8, 16, 24, 64, 70, 130])
    let window = Window(
      kernel: generator.pick([3, 3, 5, 7]), stride: generator.pick([1, 2]),
      padding: generator.pick([0, 1, 3]),
      dilation: generator.pick([1, 1, 2]))
    check(Int8Problem(&generator, inputs: channels, outputs: channels, groups: channels, window: window))
  }

  /// Weights that do not fit into a core's cache are multiplied panel by panel, inputs of many pixels tile by tile.
  @Test(arguments: [7, 20], [1, 3]) func largeMatricesEqualReference(size: Int, kernel: Int) {
    var generator = Generator("int8 large \(size) \(kernel)")
    check(
      Int8Problem(
        &generator, inputs: 400, outputs: 613, groups: 1,
        window: Window(kernel: kernel, padding: kernel / 2), sides: size..<size + 1))
  }

  /// The largest products in the longest sums that are allowed do not overflow.
  @Test func longestSums() {
    let depth = (1 << 30) / (255 * 128)
    let layout = ActivationLayout([1, depth], format: .bytes(Quantization(scale: 1, zeroPoint: 0)))
    let problem = Int8Problem(
      geometry: ConvolutionGeometry(
        input: layout, output: ActivationLayout([1, 3]), window: Window(kernel: 1), groups: 1),
      activation: .identity, residual: nil, input: [UInt8](repeating: 255, count: depth), residualBytes: [],
      weights: [Float](repeating: 127, count: depth) + [Float](repeating: -128, count: depth)
        + [Float](repeating: 1, count: depth), scales: [1, 1, 1], bias: [0, 0, 0])
    check(problem)
    #expect(Int8GEMM.suits(problem.geometry))
    let longer = ConvolutionGeometry(
      input: ActivationLayout([1, depth + 1]), output: ActivationLayout([1, 3]), window: Window(kernel: 1),
      groups: 1)
    #expect(!Int8GEMM.suits(longer))
  }

  private func check(_ problem: Int8Problem) {
    let expected = problem.reference()
    for kernels in Self.kernelSets {
      let found = problem.run(kernels)
      // Only an activation that takes an exponential function may round differently.
      if problem.activation == .silu {
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        let step = problem.geometry.output.quantization?.scale ?? 1e-4
        #expect(worst <= step * 1.001, "\(kernels.name): \(worst) of \(step), \(problem.geometry)")
      } else {
        #expect(found == expected, "\(kernels.name): \(problem.geometry) \(problem.activation)")
      }
    }
  }
}

extension Int8Tests {
  private static let quantizations = [
    Quantization(scale: 0.02, zeroPoint: 0), Quantization(scale: 0.013, zeroPoint: 131),
    Quantization(scale: 1.5, zeroPoint: 255),
  ]

  @Test(arguments: [1, 5, 16, 40, 67], quantizations) func rounding(channels: Int, to: Quantization) {
    var generator = Generator("int8 rounding \(channels)")
    let pixels = 3
    var values = generator.floats(pixels * channels).map { $0 * 6 }
    values[0] = .infinity
    if values.count > 3 { (values[1], values[2], values[3]) = (-.infinity, 1e30, 0.5 * to.scale) }
    let input = Buffer(values)
    let expected = values.map { to.reference($0 * (1 / to.scale)) }
    for kernels in KernelSet.available {
      let bytes = ByteBuffer(count: pixels * channels)
      Int8Elementwise.quantize(
        Pixels(input.pointer, stride: channels), count: pixels, channels: channels,
        into: MutableBytePixels(bytes.pointer, stride: channels, to), kernels: kernels)
      #expect(bytes.values == expected, "\(kernels.name)")
      // The same from planes, and back.
      let planes = Buffer((0..<values.count).map { values[$0 % pixels * channels + $0 / pixels] })
      let fromPlanes = ByteBuffer(count: pixels * channels)
      Int8Elementwise.quantizeRow(
        planes.pointer, planeStride: pixels, count: pixels, channels: channels,
        into: MutableBytePixels(fromPlanes.pointer, stride: channels, to), kernels: kernels)
      #expect(fromPlanes.values == expected, "\(kernels.name)")
      let back = Buffer(repeating: .nan, count: values.count)
      Int8Elementwise.dequantize(
        BytePixels(bytes.pointer, stride: channels, to), count: pixels, channels: channels,
        into: MutablePixels(back.pointer, stride: channels), kernels: kernels)
      #expect(back.values == expected.map(to.real), "\(kernels.name)")
    }
  }

  @Test(arguments: [3, 16, 50], quantizations) func elementwise(channels: Int, to: Quantization) {
    var generator = Generator("int8 elementwise \(channels)")
    let (left, right) = (Self.quantizations[0], Self.quantizations[1])
    let (a, b) = (ByteBuffer(&generator, count: 4 * channels), ByteBuffer(&generator, count: 4 * channels))
    let (scale, shift) = (generator.floats(channels), generator.floats(channels).map { $0 * 90 })
    for activation in [Activation.identity, .relu, .relu6] {
      let low = activation == .identity ? -Float.infinity : 0
      let high = activation == .relu6 ? 6 / to.scale : Float.infinity
      func byte(_ steps: Float) -> UInt8 { to.reference(min(max(steps, low), high)) }
      let sums = zip(a.values, b.values).map { byte((left.real2($0) + right.real2($1)) * (1 / to.scale)) }
      let scaled = a.values.enumerated().map {
        byte(Float($0.element) * scale[$0.offset % channels] + shift[$0.offset % channels])
      }
      for kernels in KernelSet.available {
        let found = ByteBuffer(count: 4 * channels)
        let target = MutableBytePixels(found.pointer, stride: channels, to)
        Int8Elementwise.add(
          BytePixels(a.pointer, stride: channels, left), BytePixels(b.pointer, stride: channels, right),
          count: 4, channels: channels, activation, into: target, kernels: kernels)
        #expect(found.values == sums, "\(kernels.name) \(activation)")
        Int8Elementwise.scaleShift(
          BytePixels(a.pointer, stride: channels, left), scale: scale, shift: shift, count: 4,
          channels: channels, activation, into: target, kernels: kernels)
        #expect(found.values == scaled, "\(kernels.name) \(activation)")
      }
    }
  }

  @Test(arguments: [3, 64, 100], [true, false]) func pooling(channels: Int, countsPadding: Bool) {
    var generator = Generator("int8 pooling \(channels)")
    let (from, to) = (Quantization(scale: 0.1, zeroPoint: 40), Quantization(scale: 0.07, zeroPoint: 9))
    let input = ActivationLayout([2, channels, 9, 7], format: .bytes(from))
    let bytes = ByteBuffer(&generator, count: input.pixels * channels)
    let window = Window(kernel: 3, stride: 2, padding: 1)
    for kind in [Pooling.Kind.maximum, .average(countsPadding: countsPadding)] {
      let output = ActivationLayout([2, channels, 5, 4], format: .bytes(kind == .maximum ? from : to))
      var expected: [UInt8] = []
      for image in 0..<2 {
        for y in 0..<5 {
          for x in 0..<4 {
            for channel in 0..<channels {
              var seen: [UInt8] = []
              for i in 2 * y - 1...2 * y + 1 where (0..<9).contains(i) {
                for j in 2 * x - 1...2 * x + 1 where (0..<7).contains(j) {
                  seen.append(bytes.values[((image * 9 + i) * 7 + j) * channels + channel])
                }
              }
              if kind == .maximum {
                expected.append(seen.max() ?? 0)
              } else {
                let sum = seen.reduce(Float(0)) { $0 + Float($1) } - Float(seen.count) * 40
                let divisor = Float(countsPadding ? 9 : seen.count)
                expected.append(to.reference(sum * (from.scale * (1 / to.scale) / divisor)))
              }
            }
          }
        }
      }
      for kernels in KernelSet.available {
        let pooling = Pooling(kind, window: window, input: input, output: output, kernels: kernels)
        let found = ByteBuffer(count: output.pixels * channels)
        for row in 0..<pooling.rows {
          pooling.run(
            row: row, input: BytePixels(bytes.pointer, stride: channels, from),
            output: MutableBytePixels(found.pointer, stride: channels, output.quantization ?? to))
        }
        #expect(found.values == expected, "\(kernels.name) \(kind)")
      }
    }
  }
}

/// Bytes with an address.
private final class ByteBuffer {
  let pointer: UnsafeMutablePointer<UInt8>
  let count: Int

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: count)
    pointer.initialize(repeating: 0, count: count)
  }

  convenience init(_ generator: inout Generator, count: Int) {
    self.init(count: count)
    for index in 0..<count { pointer[index] = UInt8.random(in: 0...255, using: &generator) }
  }

  deinit { pointer.deallocate() }

  var values: [UInt8] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

extension Quantization {
  /// The byte for a number in steps.
  fileprivate func reference(_ steps: Float) -> UInt8 {
    let zero = Float(zeroPoint)
    return UInt8(min(max(steps, -zero), 255 - zero).rounded(.toNearestOrEven) + zero)
  }

  /// The real number, in the order of operations that the kernels have.
  fileprivate func real2(_ byte: UInt8) -> Float { (Float(byte) - Float(zeroPoint)) * scale }
}

/// A convolution of bytes with all its operands.
private struct Int8Problem {
  let geometry: ConvolutionGeometry
  let activation: Activation
  let residual: ActivationLayout?
  let input: [UInt8]
  let residualBytes: [UInt8]
  let weights: [Float]
  let scales: [Float]
  let bias: [Float]

  init(
    geometry: ConvolutionGeometry, activation: Activation, residual: ActivationLayout?, input: [UInt8],
    residualBytes: [UInt8], weights: [Float], scales: [Float], bias: [Float]
  ) {
    self.geometry = geometry
    self.activation = activation
    self.residual = residual
    self.input = input
    self.residualBytes = residualBytes
    self.weights = weights
    self.scales = scales
    self.bias = bias
  }

  init(
    _ generator: inout Generator, inputs: Int, outputs: Int, groups: Int, window: Window,
    sides: Range<Int> = 9..<14
  ) {
    let zeroPoints: [UInt8] = [0, 0, 128, 37, 255]
    let from = Quantization(scale: 0.03, zeroPoint: generator.pick(zeroPoints))
    let (height, width) = (generator.pick(Array(sides)), generator.pick(Array(sides)))
    let shape: Shape = [generator.pick([1, 2]), inputs, height, width]
    let outputShape: Shape = [
      shape[0], outputs, window.height.outputs(of: height) ?? 1, window.width.outputs(of: width) ?? 1,
    ]
    let isFloat = generator.pick([true, false, false, false])
    let to = isFloat ? nil : Quantization(scale: 0.11, zeroPoint: generator.pick(zeroPoints))
    let more = Quantization(scale: 0.05, zeroPoint: generator.pick(zeroPoints))
    geometry = ConvolutionGeometry(
      input: ActivationLayout(
        shape, pixelStride: inputs + generator.pick([0, 0, 4, 3]), format: .bytes(from)),
      output: ActivationLayout(
        outputShape, pixelStride: outputs + generator.pick([0, 0, 5]),
        format: to.map(ValueFormat.bytes) ?? .float32),
      window: window, groups: groups)
    activation = generator.pick([.identity, .relu, .relu6, .silu, .leakyReLU(slope: 0.1)])
    residual =
      generator.pick([true, false])
      ? ActivationLayout(outputShape, pixelStride: outputs + generator.pick([0, 2]), format: .bytes(more))
      : nil
    func bytes(_ layout: ActivationLayout) -> [UInt8] {
      (0..<layout.pixels * layout.pixelStride).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    input = bytes(geometry.input)
    residualBytes = residual.map(bytes) ?? []
    weights = (0..<outputs * geometry.depth).map { _ in Float(Int.random(in: -128...127, using: &generator)) }
    scales = generator.floats(outputs).map { 0.002 + abs($0) * 0.003 }
    bias = generator.floats(outputs)
  }

  /// Whole sums, then the steps of the kernels' results one by one; only the pixels' channels, without gaps.
  func reference() -> [Float] {
    let (from, output) = (geometry.input, geometry.output)
    guard let quantization = from.quantization else { return [] }
    let window = geometry.window
    let isSeparate = activation == .silu || activation == .leakyReLU(slope: 0.1)
    let step = isSeparate ? 1 : output.quantization?.scale ?? 1
    var results: [Float] = []
    for pixel in 0..<output.pixels {
      let image = pixel / output.pixelsPerImage
      let (y, x) = (pixel % output.pixelsPerImage / output.width, pixel % output.width)
      for channel in 0..<output.channels {
        let group = channel / geometry.groupOutputs
        let unit = Double(quantization.scale) * Double(scales[channel])
        var sum = Int((Double(bias[channel]) / unit).rounded(.toNearestOrEven))
        for ky in 0..<window.height.kernel {
          for kx in 0..<window.width.kernel {
            let i = y * window.height.stride - window.height.leadingPadding + ky * window.height.dilation
            let j = x * window.width.stride - window.width.leadingPadding + kx * window.width.dilation
            guard (0..<from.height).contains(i), (0..<from.width).contains(j) else { continue }
            let place = ((image * from.height + i) * from.width + j) * from.pixelStride
            for input in 0..<geometry.groupInputs {
              let byte = Int(self.input[place + group * geometry.groupInputs + input])
              let weight = weights[
                channel * geometry.depth + input * window.taps + ky * window.width.kernel + kx]
              sum += (byte - Int(quantization.zeroPoint)) * Int(weight)
            }
          }
        }
        var y = Float(Int32(sum)) * Float(unit / Double(step))
        if let residual, let more = residual.quantization {
          let byte = residualBytes[pixel * residual.pixelStride + channel]
          y = y + (Float(byte) - Float(more.zeroPoint)) * (more.scale / step)
        }
        y = applied(y, step: step)
        if let to = output.quantization { y = to.real(to.reference(isSeparate ? y * (1 / to.scale) : y)) }
        results.append(y)
      }
    }
    return results
  }

  private func applied(_ y: Float, step: Float) -> Float {
    switch activation {
    case .relu: max(y, 0)
    case .relu6: min(max(y, 0), 6 / step)
    case .leakyReLU(let slope): y < 0 ? slope * y : y
    case .silu: Float(Double(y) / (1 + exp(-Double(y))))
    default: y
    }
  }

  /// The results by an algorithm, as real numbers.
  func run(_ kernels: KernelSet) -> [Float] {
    guard let quantization = geometry.input.quantization else { return [] }
    let product: any Int8Product =
      Int8Depthwise.suits(geometry)
      ? Int8Depthwise(geometry, input: quantization, activation, residual: residual, kernels: kernels)
      : Int8GEMM(geometry, input: quantization, activation, residual: residual, kernels: kernels)
    let packed = Buffer(repeating: .nan, count: product.packedCount)
    product.pack(Int8Parameters(weight: weights, scale: scales, bias: bias), into: packed.pointer)
    let scratch = Buffer(repeating: .nan, count: product.threadScratchCount)
    let layout = geometry.output
    let output = Buffer(repeating: 0, count: layout.pixels * layout.pixelStride)
    input.withUnsafeBufferPointer { input in
      residualBytes.withUnsafeBufferPointer { residual in
        guard let input = input.baseAddress else { return }
        for item in 0..<product.workItemCount {
          product.run(
            item: item,
            Int8Operands(
              input: input, residual: self.residual == nil ? nil : residual.baseAddress,
              packed: packed.pointer, threadScratch: scratch.pointer, output: output.pointer))
        }
      }
    }
    let bytes = UnsafeRawPointer(output.pointer).assumingMemoryBound(to: UInt8.self)
    return (0..<layout.pixels * layout.channels).map { index in
      let place = index / layout.channels * layout.pixelStride + index % layout.channels
      return layout.quantization?.real(bytes[place]) ?? output.pointer[place]
    }
  }
}
