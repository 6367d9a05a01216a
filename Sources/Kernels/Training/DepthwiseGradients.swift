import CKernels
import TensorCore

/// The gradient of a depthwise convolution's weights: the products of the output's gradient and the input
/// that each element of the kernel meets, summed over all pixels.
///
/// Rows are divided into parts with their own sums, which are added in order at the end.
struct DepthwiseWeightGradient: WeightGradient {
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let weights: DepthwiseWeights
  private let splits: Int

  /// Work items: enough for the threads of a small machine to finish together.
  private static let wantedItems = 16

  /// The algorithm for a depthwise convolution; `geometry.output` is the layout of the output's gradient.
  init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    self.kernels = kernels
    weights = DepthwiseWeights(geometry, kernels: kernels)
    splits = max(min(Self.wantedItems, geometry.output.batch * geometry.output.height), 1)
  }

  let name = "depthwise"

  var expectedTime: Double {
    Double(geometry.macs) / ConvolutionCost.of(kernels).depthwiseProductsPerNanosecond
  }

  private var rows: Int { geometry.output.batch * geometry.output.height }

  /// Floats of the sums of all parts.
  var sharedScratchCount: Int { splits * weights.floats }
  var threadScratchCount: Int { DepthwiseTaps.floats(taps: geometry.window.taps) }

  /// Work items of the sums, then of their addition.
  var workItems: [Int] { [splits, weights.paddedChannels.dividedRoundingUp(by: channelsPerItem)] }
  private var channelsPerItem: Int {
    max(16_384 / max(geometry.window.taps, 1), 1).roundedUp(to: kernels.vector)
  }

  func run(phase: Int, item: Int, _ operands: WeightGradientOperands) {
    if phase == 0 {
      computeSums(item, operands)
    } else {
      let first = item * channelsPerItem
      let last = min(first + channelsPerItem, weights.paddedChannels)
      let total = MutablePixels(operands.sharedScratch + weights.offset(ofChannel: first), stride: 0)
      for split in 1..<splits {
        Elementwise.add(
          Pixels(total), Pixels(total).from(0, channel: split * weights.floats), count: 1,
          channels: weights.offset(ofChannel: last - first), into: total, kernels: kernels)
      }
      weights.unpack(
        first..<min(last, geometry.output.channels), UnsafePointer(operands.sharedScratch),
        into: operands.weightGradient)
    }
  }

  /// Computes the sums of one part of the rows.
  private func computeSums(_ split: Int, _ operands: WeightGradientOperands) {
    let sums = operands.sharedScratch + split * weights.floats
    sums.update(repeating: 0, count: weights.floats)
    let taps = DepthwiseTaps(operands.threadScratch, count: geometry.window.taps)
    let output = geometry.output
    let training = kernels.functions.pointee.training.pointee
    for row in rows * split / splits..<rows * (split + 1) / splits {
      let gradient = operands.outputGradient + row * output.width * output.pixelStride
      if geometry.hasDepthwiseRows {
        var call = geometry.depthwiseRow(row, input: operands.input, taps)
        call.channels = output.channels
        training.depthwise_gradient_row(
          &call, ck_pixels(first: gradient, stride: output.pixelStride), sums)
      } else {
        for x in 0..<output.width {
          var call = geometry.depthwisePixel(row * output.width + x, input: operands.input, taps)
          call.channels = output.channels
          training.depthwise_gradient_pixel(&call, gradient + x * output.pixelStride, sums)
        }
      }
    }
  }
}

/// The gradient of a depthwise convolution's input with any stride: for each input pixel, the gradients of the
/// outputs that read it.
package struct DepthwiseInputGradient: Sendable {
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let weights: DepthwiseWeights
  private let division: DepthwiseDivision

  /// The algorithm for a depthwise convolution whose layouts are those of the gradients.
  package init(_ geometry: ConvolutionGeometry, kernels: KernelSet = .best) {
    self.geometry = geometry
    self.kernels = kernels
    weights = DepthwiseWeights(geometry, kernels: kernels)
    let window = geometry.window
    division = DepthwiseDivision(
      geometry.input, taps: window.taps.dividedRoundingUp(by: window.height.stride * window.width.stride),
      kernels: kernels)
  }

  /// Name in plans.
  package let name = "depthwise"
  /// Number of work items.
  package var itemCount: Int { division.itemCount }
  /// Floats of the packed weights.
  package var packedCount: Int { weights.floats }
  /// Floats of scratch that each thread has for itself.
  package var threadScratchCount: Int { DepthwiseTaps.floats(taps: geometry.window.taps) }

  /// Packs weights `[C, 1, kH, kW]`.
  package func pack(_ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(ConvolutionWeights(weight, geometry, areFlipped: false), into: packed)
  }

  /// Computes one work item of the input gradient.
  package func run(
    item: Int, gradient: UnsafePointer<Float>, packed: UnsafePointer<Float>, accumulates: Bool,
    scratch: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let part = division.part(item)
    let taps = DepthwiseTaps(scratch, count: geometry.window.taps)
    let input = geometry.input
    let channel = part.channels.lowerBound
    for pixel in part.rows.lowerBound * input.width..<part.rows.upperBound * input.width {
      var call = geometry.depthwiseReaders(of: pixel, gradient: gradient + channel, taps)
      call.channels = part.channels.count
      call.weights = packed + weights.offset(ofChannel: channel)
      let output = target + pixel * input.pixelStride + channel
      call.result.output = output
      call.result.residual = accumulates ? UnsafePointer(output) : nil
      kernels.functions.pointee.depthwise_pixel(&call)
    }
  }
}
