import GraphIR
import TensorCore

/// Where one tensor of a network lies in the flat buffers of values and gradients.
package struct ParameterSlot: Hashable, Sendable {
  /// The tensor.
  package let parameter: Parameter
  /// Floats from the start of the buffer.
  package let offset: Int
  /// Number of floats.
  package var count: Int { parameter.shape.count }

  /// A slot from its parts.
  package init(_ parameter: Parameter, offset: Int) {
    self.parameter = parameter
    self.offset = offset
  }
}

/// A network that can run forward and backward on batches of one size.
package protocol TrainableNetwork: AnyObject {
  /// Images per batch.
  var batch: Int { get }
  /// Width of the logits.
  var classes: Int { get }
  /// Loss weight of each output: 1 for the main one, then those of the auxiliary heads.
  var outputWeights: [Float] { get }
  /// Every tensor that is trained or stored.
  var slots: [ParameterSlot] { get }
  /// Parameters and buffers.
  var values: UnsafeMutableBufferPointer<Float> { get }
  /// Gradients of the last backward pass, laid out as ``values``.
  var gradients: UnsafeMutableBufferPointer<Float> { get }

  /// Runs the forward pass on `images`, `[N, C, H, W]`, with batch statistics and dropout drawn from `seed`.
  func forward(_ images: UnsafePointer<Float>, seed: UInt64)
  /// The logits of an output, `[N, classes]`, valid until the next pass.
  func logits(_ output: Int) -> UnsafePointer<Float>
  /// Computes all gradients from those of the logits, one pointer per output.
  ///
  /// `ready` is told of each part of ``gradients``, from time to time, that will not change any more; of all of them in
  /// the end.
  func backward(_ logitGradients: [UnsafePointer<Float>], ready: (Range<Int>) -> Void)

  /// Does `count` independent pieces of work on the network's threads.
  func share(_ count: Int, _ work: (Int) -> Void)

  /// The network as inference runs it, with the given values.
  func predictor(_ values: UnsafeBufferPointer<Float>) throws -> any Predictor
  /// The first layer whose output in the last forward pass was not finite.
  func firstNonFiniteLayer() -> String?
}

/// A network that only predicts.
package protocol Predictor: AnyObject {
  /// Images per batch.
  var batch: Int { get }
  /// Width of the logits.
  var classes: Int { get }
  /// Runs `count` images, no more than ``batch``, `[count, C, H, W]`, and writes `[count, classes]`.
  func predict(_ images: UnsafePointer<Float>, count: Int, into logits: UnsafeMutablePointer<Float>)
}
