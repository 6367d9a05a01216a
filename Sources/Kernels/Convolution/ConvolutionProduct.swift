/// A way to compute one convolution: its weights laid out, its scratch counted, its work cut into tiles.
///
/// Phases run one after the other; the tiles of a phase are independent, and where they are cut depends on
/// the shapes alone.
package protocol ConvolutionProduct: Sendable {
  /// Name in plans and in the list of what is switched off.
  var name: String { get }

  /// Floats of the packed parameters.
  var packedCount: Int { get }

  /// Floats of scratch that all threads share.
  var sharedScratchCount: Int { get }

  /// Floats of scratch that each thread has for itself.
  var threadScratchCount: Int { get }

  /// Number of tiles of each phase.
  var tiles: [Int] { get }

  /// Arranges the parameters as the product reads them.
  func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>)

  /// Computes one tile.
  func run(phase: Int, tile: Int, _ operands: ConvolutionOperands)
}

/// The parameters of a convolution in checkpoint order.
package struct ConvolutionParameters {
  /// `[O, I / groups, kH, kW]`; see ``ConvolutionWeights``.
  private let weight: UnsafePointer<Float>
  private let weightsAreFlipped: Bool
  /// `[O]`.
  package let bias: UnsafePointer<Float>?
  /// Scale and shift of the input, `[I]` each, where it is normalized as it is read.
  package let inputNorm: (scale: UnsafePointer<Float>, shift: UnsafePointer<Float>)?

  /// Parameters from their addresses.
  package init(
    weight: UnsafePointer<Float>, weightsAreFlipped: Bool = false, bias: UnsafePointer<Float>?,
    inputNorm: (scale: UnsafePointer<Float>, shift: UnsafePointer<Float>)? = nil
  ) {
    self.weight = weight
    self.weightsAreFlipped = weightsAreFlipped
    self.bias = bias
    self.inputNorm = inputNorm
  }

  /// The weights, for a convolution of these sizes.
  func weights(_ geometry: ConvolutionGeometry) -> ConvolutionWeights {
    ConvolutionWeights(weight, geometry, areFlipped: weightsAreFlipped)
  }

  /// Copies the bias of all outputs, zeros if there is none.
  func copyBias(count: Int, into target: UnsafeMutablePointer<Float>) {
    if let bias {
      target.update(from: bias, count: count)
    } else {
      target.update(repeating: 0, count: count)
    }
  }
}

/// Where a product finds its operands during a run.
package struct ConvolutionOperands {
  /// First element of the input.
  package let input: UnsafePointer<Float>
  /// A tensor that is added to the result.
  package let residual: Residual?
  /// Packed parameters.
  package let packed: UnsafePointer<Float>
  /// Scratch shared by all threads.
  package let sharedScratch: UnsafeMutablePointer<Float>
  /// Scratch of the calling thread.
  package let threadScratch: UnsafeMutablePointer<Float>
  /// First element of the output.
  package let output: UnsafeMutablePointer<Float>

  /// Operands from their addresses.
  package init(
    input: UnsafePointer<Float>, residual: Residual?, packed: UnsafePointer<Float>,
    sharedScratch: UnsafeMutablePointer<Float>, threadScratch: UnsafeMutablePointer<Float>,
    output: UnsafeMutablePointer<Float>
  ) {
    self.input = input
    self.residual = residual
    self.packed = packed
    self.sharedScratch = sharedScratch
    self.threadScratch = threadScratch
    self.output = output
  }
}
