import CKernels
import TensorCore

/// A way to compute the gradient of a convolution's weights.
///
/// Phases run one after the other; the tiles of a phase are independent, and where they are cut depends on
/// the shapes alone.
package protocol WeightGradient: Sendable {
  /// Name in the list of what is switched off.
  var name: String { get }

  /// Nanoseconds of one core, for the choice among algorithms: their ratio counts.
  var expectedTime: Double { get }

  /// Floats of scratch that all threads share.
  var sharedScratchCount: Int { get }

  /// Floats of scratch that each thread has for itself.
  var threadScratchCount: Int { get }

  /// Number of tiles of each phase.
  var tiles: [Int] { get }

  /// Computes one tile.
  func run(phase: Int, tile: Int, _ operands: WeightGradientOperands)
}

/// Where the gradient of weights finds its operands.
package struct WeightGradientOperands {
  /// First element of the convolution's input.
  package let input: UnsafePointer<Float>
  /// First element of the output's gradient.
  package let outputGradient: UnsafePointer<Float>
  /// Where the gradient of the weights goes, `[O, I / groups, kH, kW]`.
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
  /// Every algorithm that can compute the gradient of the weights; `output` is how the output's gradient lies.
  package func weightGradients(kernels: KernelSet) -> [any WeightGradient] {
    [OuterWeightGradient(self, kernels: kernels)]
      + Winograd.tileSizes(self).map { WinogradWeightGradient(self, m: $0, kernels: kernels) }
      + [Im2colWeightGradient(self, kernels: kernels)]
  }

  /// The algorithm that computes the gradient of the weights.
  ///
  /// - Parameters:
  ///   - algorithm: the convolution algorithm that was asked for, by name; its counterpart is taken where there is one.
  ///   - kernels: the kernels that it uses.
  ///   - disabled: algorithms that are switched off, by name.
  /// - Returns: without a counterpart, the algorithm with the least expected time; as for the convolution itself, a tie
  ///   goes to OpenBLAS.
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

/// Sums of a gradient in several parts that are added up in a fixed order, each `[O][kH · kW][I / groups]`.
struct PartialSums: Sendable {
  private let geometry: ConvolutionGeometry
  private let splits: Int
  private let kernels: KernelSet

  /// `splits` parts of the gradient of a convolution's weights.
  init(_ geometry: ConvolutionGeometry, splits: Int, kernels: KernelSet) {
    self.geometry = geometry
    self.splits = splits
    self.kernels = kernels
  }

  /// Floats of all parts.
  var count: Int { splits * countOfSplit }
  private var countOfSplit: Int { geometry.output.channels * geometry.depth }

  /// Where a part begins.
  func offset(ofSplit split: Int) -> Int { split * countOfSplit }

  /// Tiles in which the parts are put together: some output channels each.
  var tiles: Int { geometry.output.channels.dividedRoundingUp(by: outputsPerTile) }
  private var outputsPerTile: Int { max(16_384 / max(geometry.depth, 1), 1) }

  /// The output channels of a tile.
  func outputs(ofTile tile: Int) -> Range<Int> {
    tile * outputsPerTile..<min((tile + 1) * outputsPerTile, geometry.output.channels)
  }

  /// Adds the parts of some output channels up, in order, to the first.
  func add(_ outputs: Range<Int>, in sums: UnsafeMutablePointer<Float>) {
    let first = sums + outputs.lowerBound * geometry.depth
    for split in 1..<splits {
      Elementwise.add(
        first, stride: 0, first + offset(ofSplit: split), stride: 0, pixels: 1,
        channels: outputs.count * geometry.depth, activation: .identity, into: first, outputStride: 0,
        kernels: kernels)
    }
  }

  /// Writes the sums of some output channels as `[O, I / groups, kH, kW]`.
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
    // From tap and channel to channel and tap: what packs panels transposes these, too.
    var source = ck_panel_source(
      weights: rows, taps: 1, products: groupInputs, tap_stride: 1, product_stride: 1,
      column_stride: groupInputs)
    kernels.functions.pointee.pack_panel(&source, window.taps, window.taps, gradient)
  }
}
