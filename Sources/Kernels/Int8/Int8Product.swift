import CKernels
import TensorCore

/// A convolution or a linear layer on bytes, with signed bytes as weights: an algorithm bound to one layer.
///
/// Sums are 32-bit integers, exact whatever their order. Input and output have a quantization each; an output without one
/// is floats.
package protocol Int8Product: Sendable {
  /// Name in plans.
  var name: String { get }

  /// Floats of memory that the packed parameters take.
  var packedCount: Int { get }

  /// Floats of scratch that each thread has for itself.
  var threadScratchCount: Int { get }

  /// Number of work items.
  var workItemCount: Int { get }

  /// Packs the parameters in the order in which the product reads them.
  func pack(_ parameters: Int8Parameters, into packed: UnsafeMutablePointer<Float>)

  /// Computes one work item.
  func run(item: Int, _ operands: Int8Operands)
}

/// The parameters of a layer in checkpoint order.
package struct Int8Parameters {
  /// Whole numbers from -128 to 127, `[O, I / groups, kH, kW]`.
  package let weight: UnsafePointer<Float>
  /// What a step of the weights stands for, `[O]`.
  package let scale: UnsafePointer<Float>
  /// `[O]`, real numbers.
  package let bias: UnsafePointer<Float>?

  /// Parameters from their addresses.
  package init(weight: UnsafePointer<Float>, scale: UnsafePointer<Float>, bias: UnsafePointer<Float>?) {
    self.weight = weight
    self.scale = scale
    self.bias = bias
  }
}

/// The operands of a work item.
package struct Int8Operands {
  /// First byte of the input.
  package let input: UnsafePointer<UInt8>
  /// First byte of a tensor that is added to the result.
  package let residual: UnsafePointer<UInt8>?
  /// Packed parameters.
  package let packed: UnsafePointer<Float>
  /// Scratch of the calling thread.
  package let threadScratch: UnsafeMutablePointer<Float>
  /// First element of the output.
  package let output: UnsafeMutableRawPointer

  /// Operands from their addresses.
  package init(
    input: UnsafePointer<UInt8>, residual: UnsafePointer<UInt8>?, packed: UnsafePointer<Float>,
    threadScratch: UnsafeMutablePointer<Float>, output: UnsafeMutableRawPointer
  ) {
    self.input = input
    self.residual = residual
    self.packed = packed
    self.threadScratch = threadScratch
    self.output = output
  }
}
