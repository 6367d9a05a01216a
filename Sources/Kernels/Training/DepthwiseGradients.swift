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
  var threadScratchCount: Int { RowPointers.floats(geometry.window.height.kernel) }

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
    let pointers = RowPointers.bind(operands.threadScratch, count: geometry.window.height.kernel)
    let output = geometry.output
    var call = geometry.depthwiseRow(pointers, channels: output.channels)
    for row in rows * split / splits..<rows * (split + 1) / splits {
      geometry.pointAtRows(
        of: row, input: Pixels(operands.input, stride: geometry.input.pixelStride), pointers)
      let gradient = operands.outputGradient + row * output.width * output.pixelStride
      kernels.functions.pointee.training.pointee.depthwise_gradient_row(
        &call, ck_pixels(first: gradient, stride: output.pixelStride), sums)
    }
  }
}

/// The gradient of a depthwise convolution's input with any stride: for each input pixel, the gradients of the
/// outputs that read it.
package struct DepthwiseInputGradient: Sendable {
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let weights: DepthwiseWeights
  private let division: RowDivision

  /// The algorithm for a depthwise convolution whose layouts are those of the gradients.
  package init(_ geometry: ConvolutionGeometry, kernels: KernelSet = .best) {
    self.geometry = geometry
    self.kernels = kernels
    weights = DepthwiseWeights(geometry, kernels: kernels)
    let window = geometry.window
    let skipped = window.height.stride * window.width.stride
    division = RowDivision(
      geometry.input, macsPerOutput: window.taps.dividedRoundingUp(by: skipped), unit: kernels.vector)
  }

  /// Name in plans.
  package let name = "depthwise"
  /// Number of work items.
  package var itemCount: Int { division.itemCount }
  /// Floats of the packed weights.
  package var packedCount: Int { weights.floats }
  /// Floats of scratch that each thread has for itself.
  package var threadScratchCount: Int { RowPointers.floats(geometry.window.height.kernel) }

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
    let (input, output) = (geometry.input, geometry.output)
    let channel = part.channels.lowerBound
    let axis = geometry.window.height
    let pointers = RowPointers.bind(scratch, count: axis.kernel)
    var call = geometry.depthwiseRow(pointers, channels: part.channels.count)
    call.width = output.width
    call.input_stride = output.pixelStride
    call.output_width = input.width
    call.weights = packed + weights.offset(ofChannel: channel)
    call.result.output_stride = input.pixelStride
    call.result.residual_stride = input.pixelStride
    let gradients = Pixels(gradient, stride: output.pixelStride).from(0, channel: channel)
    let targets = MutablePixels(target, stride: input.pixelStride).from(0, channel: channel)
    for row in part.rows {
      let (image, y) = row.quotientAndRemainder(dividingBy: input.height)
      for ky in 0..<axis.kernel {
        let place = y + axis.leadingPadding - ky * axis.dilation
        let reader = place / axis.stride
        pointers[ky] =
          place >= 0 && place % axis.stride == 0 && reader < output.height
          ? gradients.from((image * output.height + reader) * output.width).address : nil
      }
      let results = targets.from(row * input.width).address
      call.result.output = results
      call.result.residual = accumulates ? UnsafeRawPointer(results) : nil
      kernels.functions.pointee.training.pointee.depthwise_input_gradient_row(&call)
    }
  }
}
