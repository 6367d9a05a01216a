import CKernels
import TensorCore

/// A depthwise convolution on bytes.
///
/// Four rows of the kernel are multiplied at once: the bytes of four input rows are interleaved, once for each pixel of a
/// row, and serve all outputs of the row.
package struct Int8Depthwise: Int8Product, @unchecked Sendable {
  private let geometry: ConvolutionGeometry
  private let epilogue: Int8Epilogue
  private let kernels: KernelSet
  private let functions: UnsafePointer<ck_int8_depthwise>
  private let division: RowDivision

  /// Whether the algorithm can compute a convolution.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool { Depthwise.suits(geometry) }

  /// The algorithm for a convolution that suits it, whose input has the quantization `input`.
  package init(
    _ geometry: ConvolutionGeometry, input: Quantization, _ activation: Activation,
    residual: ActivationLayout?, kernels: KernelSet
  ) {
    self.geometry = geometry
    self.kernels = kernels
    epilogue = Int8Epilogue(activation, input: input, output: geometry.output, residual: residual)
    functions = kernels.int8Products.pointee.depthwise(channels: geometry.output.channels)
    division = RowDivision(
      geometry.output, macsPerOutput: geometry.depth, unit: functions.pointee.group)
  }

  package let name = "int8_depthwise"
  package var workItemCount: Int { division.itemCount }

  private var group: Int { functions.pointee.group }
  private var paddedChannels: Int { geometry.output.channels.roundedUp(to: group) }
  /// Rows of the kernel in fours.
  private var quads: Int { geometry.window.height.kernel.dividedRoundingUp(by: 4) }
  /// Quads of weights of a channel.
  private var weightsPerChannel: Int { geometry.window.width.kernel * quads }
  /// Pixels of an input row that outputs see.
  private var paddedWidth: Int {
    let width = geometry.window.width
    return (geometry.output.width - 1) * width.stride + (width.kernel - 1) * width.dilation + 1
  }

  /// Floats of the pointers to input rows and of the interleaved bytes of a row.
  private var pointerFloats: Int { RowPointers.floats(geometry.window.height.kernel) }
  private var columnFloats: Int { paddedWidth * quads * group }

  package var threadScratchCount: Int {
    pointerFloats + columnFloats
      + epilogue.scratchCount(pixels: geometry.output.width, channels: geometry.output.channels)
  }

  /// Weights, start and factor of each channel, and a pixel of padding.
  package var packedCount: Int {
    paddedChannels * (weightsPerChannel + 2) + paddedChannels.dividedRoundingUp(by: 4)
  }

  package func pack(_ parameters: Int8Parameters, into packed: UnsafeMutablePointer<Float>) {
    let place = places()
    packed.update(repeating: 0, count: packedCount)
    let window = geometry.window
    let weights = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: Int8.self)
    for channel in 0..<geometry.output.channels {
      let first = channel / group * group * weightsPerChannel
      let source = parameters.weight + channel * window.taps
      for y in 0..<window.height.kernel {
        for x in 0..<window.width.kernel {
          let quad = first + (x * quads + y / 4) * group + place[channel % group]
          weights[quad * 4 + y % 4] = Int8(wholeNumber: source[y * window.width.kernel + x])
        }
      }
    }
    let start = packed + paddedChannels * weightsPerChannel
    epilogue.pack(
      parameters, channels: geometry.output.channels, depth: window.taps,
      start: UnsafeMutableRawPointer(start).assumingMemoryBound(to: Int32.self),
      factor: start + paddedChannels, place: { $0 / group * group + place[$0 % group] })
    UnsafeMutableRawPointer(start + 2 * paddedChannels).assumingMemoryBound(to: UInt8.self)
      .update(repeating: geometry.input.quantization?.zeroPoint ?? 0, count: paddedChannels)
  }

  /// Where each channel of a group is.
  private func places() -> [Int] {
    var places = [Int32](repeating: 0, count: group)
    functions.pointee.spread(&places)
    return places.map { Int($0) }
  }

  package func run(item: Int, _ operands: Int8Operands) {
    let part = division.part(item)
    let (channel, channels) = (part.channels.lowerBound, part.channels.count)
    let window = geometry.window
    let rows = UnsafeMutableRawPointer(operands.threadScratch)
      .bindMemory(to: UnsafePointer<UInt8>?.self, capacity: window.height.kernel)
    let columns = operands.threadScratch + pointerFloats
    let scratch = columns + columnFloats
    let start = operands.packed + paddedChannels * weightsPerChannel
    var call = ck_int8_depthwise_row()
    call.kernel_height = window.height.kernel
    call.kernel_width = window.width.kernel
    call.stride = window.width.stride
    call.dilation = window.width.dilation
    call.padding = window.width.leadingPadding
    call.row = UnsafePointer(rows)
    call.outside = UnsafeRawPointer(start + 2 * paddedChannels).assumingMemoryBound(to: UInt8.self) + channel
    call.width = geometry.input.width
    call.input_stride = geometry.input.pixelStride
    call.channels = channels
    call.weights = UnsafeRawPointer(operands.packed + channel * weightsPerChannel)
      .assumingMemoryBound(to: Int32.self)
    call.columns = UnsafeMutableRawPointer(columns).assumingMemoryBound(to: Int32.self)
    call.padded_width = paddedWidth
    call.output_width = geometry.output.width
    for row in part.rows {
      for ky in 0..<window.height.kernel {
        rows[ky] = geometry.inputRow(of: row, kernelRow: ky).map {
          operands.input + channel + $0 * geometry.input.pixelStride
        }
      }
      let pixel = row * geometry.output.width
      call.result = epilogue.result(
        of: pixel, channel: channel, operands,
        start: UnsafeRawPointer(start + channel).assumingMemoryBound(to: Int32.self),
        factor: start + paddedChannels + channel, scratch: scratch, channels: channels)
      functions.pointee.row(&call)
      epilogue.finish(
        of: pixel, count: geometry.output.width, channel: channel, operands, scratch: scratch,
        channels: channels, kernels: kernels)
    }
  }
}

extension ck_int8_products {
  /// The kernels with narrow groups where wide ones would compute a third more channels, else those with wide ones.
  fileprivate func depthwise(channels: Int) -> UnsafePointer<ck_int8_depthwise> {
    let wide = channels.roundedUp(to: wide_depthwise.pointee.group)
    let narrow = channels.roundedUp(to: narrow_depthwise.pointee.group)
    return 4 * narrow <= 3 * wide ? narrow_depthwise : wide_depthwise
  }
}
