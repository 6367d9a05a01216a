import TensorCore

/// What an operator knows when it chooses its algorithm.
package struct RoutineRequest: Sendable {
  /// Layouts of the inputs, in the node's order.
  package let inputs: [ActivationLayout]
  /// Layout of the output.
  package let output: ActivationLayout
  /// For each input, whether it already lies where the output needs it: a branch that was written
  /// directly into the buffer of its concatenation.
  package let inPlace: [Bool]
  /// Names of algorithms that must not be used: for tests and for bisecting.
  package let disabled: Set<String>
  /// The algorithm to take where it can serve the request, by name; `nil` where the operator decides.
  ///
  /// It is one that was asked for, or that a measurement found fastest.
  package var algorithm: String?
  /// The precision in which it is computed.
  package let precision: ComputePrecision
  /// Whether the weights of the whole network are small enough to stay in cache from one image to the next.
  package let weightsStayInCache: Bool

  /// A request from its parts.
  package init(
    inputs: [ActivationLayout], output: ActivationLayout, inPlace: [Bool]? = nil,
    disabled: Set<String> = [], algorithm: String? = nil, precision: ComputePrecision = .float32,
    weightsStayInCache: Bool = false
  ) {
    self.inputs = inputs
    self.output = output
    self.inPlace = inPlace ?? inputs.map { _ in false }
    self.disabled = disabled
    self.algorithm = algorithm
    self.precision = precision
    self.weightsStayInCache = weightsStayInCache
  }
}

extension RoutineRequest {
  /// Whether all inputs and the output are bfloat16.
  package var isBFloat16: Bool { (inputs + [output]).allSatisfy { $0.format == .bfloat16 } }

  /// Whether all inputs and the output are floats.
  package var isFloat32: Bool { (inputs + [output]).allSatisfy { $0.format == .float32 } }
}

/// An operator bound to concrete layouts: its algorithm, the layout of its packed weights, the size of its
/// scratch, and its work divided into items.
///
/// Running allocates nothing and throws nothing. Phases follow each other with a barrier between; the work
/// items of a phase are independent. Neither depends on the number of threads, and so neither does the
/// result.
package protocol Routine: Sendable {
  /// Name of the algorithm, as plans print it: `im2col`, `sgemm`, `winograd_4`.
  var algorithm: String { get }

  /// Name of the arrangement of the packed parameters: routines of one node whose arrangements have the same name and
  /// as many floats can share them, whatever their batch sizes are.
  var packing: String { get }

  /// Floats of the packed parameters.
  var packedCount: Int { get }

  /// Offset of parameter `index` in the packed parameters if it is stored there as in a checkpoint, so that
  /// it can be read into place; `nil` if ``pack(_:into:)`` packs it.
  func directOffset(ofParameter index: Int) -> Int?

  /// Packs the parameters, given in checkpoint order and with batch norms folded in. Those with a direct
  /// offset are already in place, and their buffers are empty.
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>)

  /// Floats of scratch that all threads share.
  var sharedScratchCount: Int { get }

  /// Floats of scratch that each thread has for itself.
  var threadScratchCount: Int { get }

  /// Number of work items in each phase.
  var workItems: [Int] { get }

  /// Computes one work item.
  func run(phase: Int, item: Int, memory: RoutineMemory)
}

extension Routine {
  /// Most algorithms have an arrangement of their own.
  package var packing: String { algorithm }
}

/// The operands of a work item.
package struct RoutineMemory: @unchecked Sendable {
  /// First element of each input, in the node's order.
  package let inputs: UnsafePointer<UnsafePointer<Float>>
  /// First element of the output.
  package let output: UnsafeMutablePointer<Float>
  /// Packed parameters.
  package let packed: UnsafePointer<Float>
  /// Scratch shared by all threads.
  package let sharedScratch: UnsafeMutablePointer<Float>
  /// Scratch of the calling thread.
  package var threadScratch: UnsafeMutablePointer<Float>

  /// Operands from their addresses.
  package init(
    inputs: UnsafePointer<UnsafePointer<Float>>, output: UnsafeMutablePointer<Float>,
    packed: UnsafePointer<Float>, sharedScratch: UnsafeMutablePointer<Float>,
    threadScratch: UnsafeMutablePointer<Float>
  ) {
    self.inputs = inputs
    self.output = output
    self.packed = packed
    self.sharedScratch = sharedScratch
    self.threadScratch = threadScratch
  }
}
