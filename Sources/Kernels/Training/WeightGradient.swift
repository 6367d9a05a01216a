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
  }

  /// The one with the least expected time, without those switched off by name.
  package func fastestWeightGradient(disabled: Set<String>) -> any WeightGradient {
    weightGradients(kernels: .best).filter { !disabled.contains($0.name) }
      .min { $0.expectedTime < $1.expectedTime } ?? OuterWeightGradient(self, kernels: .best)
  }

  /// Turns rows of weights of one output, `[kH · kW][I / groups]`, into `[I / groups][kH · kW]`.
  func turnTaps(
    _ rows: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    // From tap and channel to channel and tap: what packs panels turns these round, too.
    var source = ck_panel_source(
      weights: rows, taps: 1, products: groupInputs, tap_stride: 1, product_stride: 1,
      column_stride: groupInputs)
    kernels.functions.pointee.pack_panel(&source, window.taps, window.taps, gradient)
  }
}
