import CKernels
import TensorCore

/// Depthwise convolution: each channel has a kernel of its own, and vectors run along the channels.
///
/// There is little to compute for each float that is read, so every input row goes through the registers once
/// for each row of the kernel, and nothing is copied: see `depthwise.h`. Kernels 3, 5 and 7 wide with stride 1
/// or 2 have code of their own; all others multiply the elements of the kernel that meet the image.
package struct Depthwise: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let weights: DepthwiseWeights
  private let division: DepthwiseDivision

  /// Whether the algorithm can compute a convolution.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.groups > 1 && geometry.groups == geometry.input.channels
      && geometry.groups == geometry.output.channels
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    weights = DepthwiseWeights(geometry, kernels: kernels)
    division = DepthwiseDivision(geometry.output, taps: geometry.window.taps, kernels: kernels)
  }

  package let name = "depthwise"
  package var workItems: [Int] { [division.itemCount] }
  package let sharedScratchCount = 0
  package var threadScratchCount: Int { DepthwiseTaps.floats(taps: geometry.window.taps) }

  /// Floats of packed weights and bias.
  package var packedCount: Int { weights.floats + weights.paddedChannels }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(parameters.weights(geometry), into: packed)
    let bias = packed + weights.floats
    bias.update(repeating: 0, count: weights.paddedChannels)
    parameters.copyBias(count: geometry.output.channels, into: bias)
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let part = division.part(item)
    let taps = DepthwiseTaps(operands.threadScratch, count: geometry.window.taps)
    let weights = operands.packed + weights.offset(ofChannel: part.channels.lowerBound)
    let bias = operands.packed + self.weights.floats + part.channels.lowerBound
    let input = operands.input + part.channels.lowerBound
    for row in part.rows {
      let pixel = row * geometry.output.width
      let results = geometry.result(
        of: pixel, channel: part.channels.lowerBound, operands, epilogue.activation)
      if geometry.hasDepthwiseRows {
        var call = geometry.depthwiseRow(row, input: input, taps)
        call.channels = part.channels.count
        call.weights = weights
        call.bias = bias
        call.result = results
        kernels.functions.pointee.depthwise_row(&call)
      } else {
        for x in 0..<geometry.output.width {
          var call = geometry.depthwisePixel(pixel + x, input: input, taps)
          call.channels = part.channels.count
          call.weights = weights
          call.bias = bias
          call.result = results
          call.result.output += x * results.output_stride
          call.result.residual = results.residual.map { $0 + x * results.residual_stride }
          kernels.functions.pointee.depthwise_pixel(&call)
        }
      }
    }
  }
}

/// The weights of a depthwise convolution in the order of its kernels: for each vector of channels, a vector
/// for each element of the kernel.
struct DepthwiseWeights: Sendable {
  private let geometry: ConvolutionGeometry
  private let vector: Int

  /// The order for a set of kernels.
  init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    vector = kernels.vector
  }

  /// Channels in whole vectors.
  var paddedChannels: Int { geometry.output.channels.roundedUp(to: vector) }
  /// Floats of the weights.
  var floats: Int { paddedChannels * geometry.window.taps }

  /// Offset of the first channel of a vector.
  func offset(ofChannel channel: Int) -> Int { channel * geometry.window.taps }

  /// Packs the weights, with zeros for the channels that fill the last vector.
  func pack(_ source: ConvolutionWeights, into packed: UnsafeMutablePointer<Float>) {
    var place = 0
    for first in stride(from: 0, to: paddedChannels, by: vector) {
      for tap in 0..<geometry.window.taps {
        for channel in first..<first + vector {
          packed[place] =
            channel < geometry.output.channels ? source.address(group: channel, tap: tap).pointee : 0
          place += 1
        }
      }
    }
  }

  /// Writes sums in this order as `[C, 1, kH, kW]`.
  func unpack(
    _ channels: Range<Int>, _ sums: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    let taps = geometry.window.taps
    for channel in channels {
      let first = channel / vector * vector * taps + channel % vector
      for tap in 0..<taps { gradient[channel * taps + tap] = sums[first + tap * vector] }
    }
  }
}

/// Divides a depthwise convolution into work items: rows of large images, channels of small ones.
struct DepthwiseDivision: Sendable {
  private let layout: ActivationLayout
  private let rowsPerItem: Int
  private let channelsPerItem: Int

  /// Size of a work item: long compared with the cost of handing it out, short compared with a layer.
  private static let macsPerItem = 500_000
  private static let fewestMACsPerItem = 50_000
  /// A layer is divided into about this many work items, if each is long enough.
  private static let fewestItems = 8
  /// An image with fewer rows is divided by channels, since neighboring rows read the same input.
  private static let fewestRows = 16
  /// Channels of a cache line, of which no two threads write the same one.
  private static let lineFloats = 16

  /// The division of all pixels and channels of a layout.
  init(_ layout: ActivationLayout, taps: Int, kernels: KernelSet) {
    self.layout = layout
    let rows = layout.batch * layout.height
    let macsPerRow = max(layout.width * layout.channels * taps, 1)
    let wanted = min(
      max(rows * macsPerRow / Self.fewestItems, Self.fewestMACsPerItem), Self.macsPerItem)
    if layout.height < Self.fewestRows {
      rowsPerItem = max(layout.height, 1)
      let parts = (rowsPerItem * macsPerRow).dividedRoundingUp(by: wanted)
      channelsPerItem = layout.channels.dividedRoundingUp(by: parts)
        .roundedUp(to: max(Self.lineFloats, kernels.vector))
    } else {
      rowsPerItem = min(max(wanted / macsPerRow, 1), rows)
      channelsPerItem = layout.channels
    }
  }

  private var channelParts: Int { layout.channels.dividedRoundingUp(by: channelsPerItem) }

  /// Number of work items.
  var itemCount: Int { (layout.batch * layout.height).dividedRoundingUp(by: rowsPerItem) * channelParts }

  /// The rows, counted over the whole batch, and the channels of a work item.
  func part(_ item: Int) -> (rows: Range<Int>, channels: Range<Int>) {
    let (rows, channels) = item.quotientAndRemainder(dividingBy: channelParts)
    return (
      rows * rowsPerItem..<min((rows + 1) * rowsPerItem, layout.batch * layout.height),
      channels * channelsPerItem..<min((channels + 1) * channelsPerItem, layout.channels)
    )
  }
}

/// Scratch for the pointers of a row or of a pixel, and for the numbers of the elements that they belong to.
struct DepthwiseTaps {
  /// Pointers to the input.
  let inputs: UnsafeMutablePointer<UnsafePointer<Float>?>
  /// Number of the element of each.
  let numbers: UnsafeMutablePointer<Int>

  /// Floats of scratch for a kernel.
  static func floats(taps: Int) -> Int {
    taps * (MemoryLayout<UnsafePointer<Float>>.stride + MemoryLayout<Int>.stride) / MemoryLayout<Float>.stride
  }

  /// The scratch at an address.
  init(_ scratch: UnsafeMutablePointer<Float>, count: Int) {
    let raw = UnsafeMutableRawPointer(scratch)
    inputs = raw.bindMemory(to: UnsafePointer<Float>?.self, capacity: count)
    numbers = (raw + count * MemoryLayout<UnsafePointer<Float>>.stride)
      .bindMemory(to: Int.self, capacity: count)
  }
}

extension ConvolutionGeometry {
  /// Whether there is code for the rows of a depthwise convolution.
  var hasDepthwiseRows: Bool {
    [3, 5, 7].contains(window.width.kernel) && window.width.stride <= 2 && window.width.dilation == 1
  }

  /// The sizes and the input of a row of output pixels, counted over the whole batch.
  func depthwiseRow(_ row: Int, input pointer: UnsafePointer<Float>, _ taps: DepthwiseTaps)
    -> ck_depthwise_row
  {
    pointAtRows(of: row, input: pointer, taps.inputs)
    var call = ck_depthwise_row()
    call.kernel_height = window.height.kernel
    call.kernel_width = window.width.kernel
    call.stride = window.width.stride
    call.padding = window.width.leadingPadding
    call.row = UnsafePointer(taps.inputs)
    call.width = input.width
    call.input_stride = input.pixelStride
    call.output_width = output.width
    return call
  }

  /// The input of an output pixel, counted over the whole batch.
  func depthwisePixel(
    _ pixel: Int, input pointer: UnsafePointer<Float>, _ taps: DepthwiseTaps
  ) -> ck_depthwise_pixel {
    let place = OutputPlace(pixel, in: output)
    let top = place.y * window.height.stride - window.height.leadingPadding
    let left = place.x * window.width.stride - window.width.leadingPadding
    var count = 0
    for ky in 0..<window.height.kernel {
      let y = top + ky * window.height.dilation
      guard y >= 0 && y < input.height else { continue }
      let row = (place.image * input.height + y) * input.width
      for kx in 0..<window.width.kernel {
        let x = left + kx * window.width.dilation
        guard x >= 0 && x < input.width else { continue }
        taps.inputs[count] = pointer + (row + x) * input.pixelStride
        taps.numbers[count] = ky * window.width.kernel + kx
        count += 1
      }
    }
    return depthwisePixel(count, taps)
  }

  /// The output pixels that read an input pixel, counted over the whole batch, and the elements of the kernel
  /// with which they do.
  func depthwiseReaders(
    of pixel: Int, gradient pointer: UnsafePointer<Float>, _ taps: DepthwiseTaps
  ) -> ck_depthwise_pixel {
    let place = OutputPlace(pixel, in: input)
    /// The output that reads an input with an element of the kernel.
    func reader(_ position: Int, _ element: Int, _ axis: WindowAxis, _ outputs: Int) -> Int? {
      let offset = position + axis.leadingPadding - element * axis.dilation
      guard offset >= 0, offset % axis.stride == 0, offset / axis.stride < outputs else { return nil }
      return offset / axis.stride
    }
    var count = 0
    for ky in 0..<window.height.kernel {
      guard let y = reader(place.y, ky, window.height, output.height) else { continue }
      let row = (place.image * output.height + y) * output.width
      for kx in 0..<window.width.kernel {
        guard let x = reader(place.x, kx, window.width, output.width) else { continue }
        taps.inputs[count] = pointer + (row + x) * output.pixelStride
        taps.numbers[count] = ky * window.width.kernel + kx
        count += 1
      }
    }
    return depthwisePixel(count, taps)
  }

  private func depthwisePixel(_ count: Int, _ taps: DepthwiseTaps) -> ck_depthwise_pixel {
    var call = ck_depthwise_pixel()
    call.count = count
    call.input = UnsafePointer(taps.inputs)
    call.tap = UnsafePointer(taps.numbers)
    call.taps = window.taps
    return call
  }
}
