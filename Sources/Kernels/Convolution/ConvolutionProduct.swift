import TensorCore

/// An algorithm bound to one convolution: packed weights laid out, scratch counted, work divided into items.
///
/// Phases run one after the other. The work items of a phase are independent, and the division into items
/// depends on the shapes alone.
package protocol ConvolutionProduct: Sendable {
  /// Name in plans, and by which the algorithm is switched off.
  var name: String { get }

  /// Floats of the packed parameters.
  var packedCount: Int { get }

  /// Floats of scratch that all threads share.
  var sharedScratchCount: Int { get }

  /// Floats of scratch that each thread has for itself.
  var threadScratchCount: Int { get }

  /// Number of work items in each phase.
  var workItems: [Int] { get }

  /// Packs the parameters in the order in which the product reads them.
  func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>)

  /// Computes one work item.
  func run(phase: Int, item: Int, _ operands: ConvolutionOperands)
}

/// The parameters of a convolution in checkpoint order.
package struct ConvolutionParameters {
  /// `[O, I / groups, kH, kW]`; see ``ConvolutionWeights``.
  private let weight: UnsafePointer<Float>
  private let weightsAreFlipped: Bool
  /// `[O]`.
  package let bias: UnsafePointer<Float>?
  /// Scale and shift, `[I]` each, of an input that is normalized as it is read.
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

  /// The weights of a convolution with these sizes.
  func weights(_ geometry: ConvolutionGeometry) -> ConvolutionWeights {
    ConvolutionWeights(weight, geometry, areFlipped: weightsAreFlipped)
  }

  /// The exponent of the power of two by which all weights are divided for float16.
  func float16Exponent(_ geometry: ConvolutionGeometry) -> Int {
    Float16Scale.exponent(
      of: UnsafeBufferPointer(start: weight, count: geometry.output.channels * geometry.depth))
  }

  /// Copies the bias of all outputs, or zeros if there is none.
  func copyBias(count: Int, into target: UnsafeMutablePointer<Float>) {
    if let bias {
      target.update(from: bias, count: count)
    } else {
      target.update(repeating: 0, count: count)
    }
  }
}

/// The operands of a work item.
package struct ConvolutionOperands {
  /// First element of the input.
  package let input: UnsafePointer<Float>
  /// A tensor that is added to the result: the shortcut of a residual block.
  package let residual: Pixels?
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
    input: UnsafePointer<Float>, residual: Pixels?, packed: UnsafePointer<Float>,
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
