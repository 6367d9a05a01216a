import CKernels
import TensorCore

/// An algorithm for the gradient of a convolution's weights.
///
/// Phases run one after the other. The work items of a phase are independent, and the division into items
/// depends on the shapes alone.
package protocol WeightGradient: Sendable {
  /// Name by which the algorithm is switched off.
  var name: String { get }

  /// Expected time in nanoseconds on one core; only the ratio between algorithms matters.
  var expectedTime: Double { get }

  /// Floats of scratch that all threads share.
  var sharedScratchCount: Int { get }

  /// Floats of scratch that each thread has for itself.
  var threadScratchCount: Int { get }

  /// Number of work items in each phase.
  var workItems: [Int] { get }

  /// Computes one work item.
  func run(phase: Int, item: Int, _ operands: WeightGradientOperands)
}

/// The operands of a work item.
package struct WeightGradientOperands {
  /// First element of the convolution's input.
  package let input: UnsafePointer<Float>
  /// First element of the output's gradient.
  package let outputGradient: UnsafePointer<Float>
  /// First element of the gradient of the weights, `[O, I / groups, kH, kW]`.
  package let weightGradient: UnsafeMutablePointer<Float>
  /// Scratch shared by all threads.
  package let sharedScratch: UnsafeMutablePointer<Float>
  /// Scratch of the calling thread.
  package let threadScratch: UnsafeMutablePointer<Float>

  /// Operands from their addresses.
  package init(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, sharedScratch: UnsafeMutablePointer<Float>,
    threadScratch: UnsafeMutablePointer<Float>
  ) {
    self.input = input
    self.outputGradient = outputGradient
    self.weightGradient = weightGradient
    self.sharedScratch = sharedScratch
    self.threadScratch = threadScratch
  }
}

extension ConvolutionGeometry {
  /// Every algorithm that can compute the gradient of the weights; `output` is the layout of the output's
  /// gradient.
  package func weightGradients(kernels: KernelSet) -> [any WeightGradient] {
    [OuterWeightGradient(self, kernels: kernels)]
      + Winograd.tileSizes(self).map { WinogradWeightGradient(self, m: $0, kernels: kernels) }
      + (Depthwise.suits(self) ? [DepthwiseWeightGradient(self, kernels: kernels)] : [])
      + [Im2colWeightGradient(self, kernels: kernels)]
  }

  /// The algorithm that computes the gradient of the weights.
  ///
  /// - Parameters:
  ///   - algorithm: name of the convolution algorithm that was asked for; its counterpart is used if there is one.
  ///   - kernels: the kernels that it uses.
  ///   - disabled: names of algorithms that are switched off.
  /// - Returns: if there is no counterpart, the algorithm with the least expected time; as for the convolution itself,
  ///   a tie goes to OpenBLAS.
  package func weightGradient(
    algorithm: String?, kernels: KernelSet = .best, disabled: Set<String> = []
  ) -> any WeightGradient {
    let openBLAS = Im2colWeightGradient(self, kernels: kernels)
    if algorithm == ConvolutionAlgorithm.im2col.name { return openBLAS }
    let candidates = weightGradients(kernels: kernels).filter { !disabled.contains($0.name) }
    if let asked = candidates.first(where: { $0.name == algorithm }) { return asked }
    let fastest = candidates.min { $0.expectedTime < $1.expectedTime } ?? openBLAS
    return openBLAS.expectedTime <= ConvolutionAlgorithm.tie * fastest.expectedTime ? openBLAS : fastest
  }
}

/// Partial sums of a gradient, each `[O][kH · kW][I / groups]`, that are added in a fixed order.
struct PartialSums: Sendable {
  private let geometry: ConvolutionGeometry
  private let splits: Int
  private let kernels: KernelSet

  /// `splits` partial sums of the gradient of a convolution's weights.
  init(_ geometry: ConvolutionGeometry, splits: Int, kernels: KernelSet) {
    self.geometry = geometry
    self.splits = splits
    self.kernels = kernels
  }

  /// Floats of all partial sums.
  var count: Int { splits * countOfSplit }
  private var countOfSplit: Int { geometry.output.channels * geometry.depth }

  /// Offset of a partial sum.
  func offset(ofSplit split: Int) -> Int { split * countOfSplit }

  /// Work items that add the partial sums, of some output channels each.
  var itemCount: Int { geometry.output.channels.dividedRoundingUp(by: outputsPerItem) }
  private var outputsPerItem: Int { max(16_384 / max(geometry.depth, 1), 1) }

  /// The output channels of a work item.
  func outputs(ofItem item: Int) -> Range<Int> {
    item * outputsPerItem..<min((item + 1) * outputsPerItem, geometry.output.channels)
  }

  /// Adds the partial sums of some output channels, in order, to the first one.
  func add(_ outputs: Range<Int>, in sums: UnsafeMutablePointer<Float>) {
    let first = MutablePixels(sums + outputs.lowerBound * geometry.depth, stride: 0)
    for split in 1..<splits {
      Elementwise.add(
        Pixels(first), Pixels(first).from(0, channel: offset(ofSplit: split)), count: 1,
        channels: outputs.count * geometry.depth, into: first, kernels: kernels)
    }
  }

  /// Writes the totals of some output channels as `[O, I / groups, kH, kW]`.
  func write(
    _ outputs: Range<Int>, from sums: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    for output in outputs {
      geometry.transposeTaps(
        sums + output * geometry.depth, into: gradient + output * geometry.depth, kernels: kernels)
    }
  }
}

extension ConvolutionGeometry {
  /// Transposes the weights of one output, `[kH · kW][I / groups]`, to `[I / groups][kH · kW]`.
  func transposeTaps(
    _ rows: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    // Packing a panel is a transposition.
    var source = ck_panel_source(
      weights: rows, taps: 1, products: groupInputs, tap_stride: 1, product_stride: 1,
      column_stride: groupInputs)
    kernels.functions.pointee.pack_panel(&source, window.taps, window.taps, gradient)
  }
}
