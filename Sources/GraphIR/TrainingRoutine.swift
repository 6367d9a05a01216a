import TensorCore

/// What an operator knows when it chooses its algorithms for training.
package struct TrainingRequest: Sendable {
  /// Path of the node, from which noise is derived.
  package let node: String
  /// Layouts of the inputs, in the node's order.
  package let inputs: [ActivationLayout]
  /// Layout of the output.
  package let output: ActivationLayout
  /// For each input, whether it is already in place inside the output.
  package let inPlace: [Bool]
  /// The gradient wanted for each input; `nil` where none is needed.
  package let inputGradients: [GradientRequest?]
  /// Layout of the gradient of the output.
  package let outputGradient: ActivationLayout
  /// Whether gradients of the node's trainable parameters are wanted: of all, even if only some learn.
  package let needsParameterGradients: Bool
  /// Whether the node has trainable parameters and none of them learns: it then behaves as in inference.
  package let isFrozen: Bool
  /// Names of algorithms that must not be used.
  package let disabled: Set<String>
  /// The algorithm to take where it can serve the request, by name; `nil` where the operator decides.
  package let algorithm: String?
  /// The part of the batch that is trained on here.
  package let part: BatchPart

  /// A request from its parts.
  package init(
    node: String, inputs: [ActivationLayout], output: ActivationLayout, inPlace: [Bool],
    inputGradients: [GradientRequest?], outputGradient: ActivationLayout,
    needsParameterGradients: Bool, isFrozen: Bool, disabled: Set<String>, algorithm: String?,
    part: BatchPart = BatchPart()
  ) {
    self.node = node
    self.inputs = inputs
    self.output = output
    self.inPlace = inPlace
    self.inputGradients = inputGradients
    self.outputGradient = outputGradient
    self.needsParameterGradients = needsParameterGradients
    self.isFrozen = isFrozen
    self.disabled = disabled
    self.algorithm = algorithm
    self.part = part
  }

  /// The request for the forward pass by the algorithms of inference.
  package var inference: RoutineRequest {
    RoutineRequest(
      inputs: inputs, output: output, inPlace: inPlace, disabled: disabled, algorithm: algorithm)
  }
}

/// The gradient of one input of a node.
package struct GradientRequest: Hashable, Sendable {
  /// Its layout.
  package let layout: ActivationLayout
  /// Whether it is added to what other readers of the value have written.
  package let accumulates: Bool
  /// Whether it shares the memory of the output's gradient and already has its value.
  package let inPlace: Bool

  /// A gradient from its parts.
  package init(layout: ActivationLayout, accumulates: Bool, inPlace: Bool) {
    self.layout = layout
    self.accumulates = accumulates
    self.inPlace = inPlace
  }
}

/// The two passes of a training step.
package enum Direction: String, Hashable, Sendable, CaseIterable {
  /// From the images to the logits.
  case forward
  /// From the gradients of the logits to those of the parameters.
  case backward
}

/// The tensors of the forward pass that a node's backward pass reads.
package struct SavedTensors: Hashable, Sendable {
  /// For each input, whether it is saved.
  package let inputs: [Bool]
  /// Whether the output is saved.
  package let output: Bool
  /// Floats of batch statistics, which the forward pass computes and saves.
  package let statisticsCount: Int

  /// Saved tensors from their parts.
  package init(inputs: [Bool], output: Bool = false, statisticsCount: Int = 0) {
    self.inputs = inputs
    self.output = output
    self.statisticsCount = statisticsCount
  }
}

/// An operator bound to concrete layouts for training, with a forward and a backward pass in phases.
///
/// The rules of ``Routine`` apply: nothing is allocated, phases follow each other with a barrier between, the
/// work items of a phase are independent, and nothing depends on the number of threads. The backward pass
/// writes the gradients of the trainable parameters and of the inputs that were asked for; it may overwrite
/// the gradient of the output.
package protocol TrainingRoutine: Sendable {
  /// Name of the algorithm of a pass, as plans print it.
  func algorithm(_ direction: Direction) -> String

  /// What the forward pass saves for the backward pass.
  var savedTensors: SavedTensors { get }

  /// Floats of the parameters packed for a pass; they are packed before each pass of each step.
  func packedCount(_ direction: Direction) -> Int

  /// Packs the parameters for a pass into `memory.packed`, with the scratch of the calling thread.
  func pack(_ direction: Direction, memory: TrainingMemory)

  /// Floats of scratch that all threads share during a pass.
  func sharedScratchCount(_ direction: Direction) -> Int

  /// Floats of scratch that each thread has for itself, during a pass and while parameters are packed for it.
  func threadScratchCount(_ direction: Direction) -> Int

  /// Number of work items in each phase.
  func workItems(_ direction: Direction) -> [Int]

  /// Computes one work item.
  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory)

  /// What a phase leaves for the other processes.
  func exchange(_ direction: Direction, after phase: Int) -> BlockExchange?
}

extension TrainingRoutine {
  /// Nothing: only what looks at a batch as a whole needs the other processes before the gradients are added.
  package func exchange(_ direction: Direction, after phase: Int) -> BlockExchange? { nil }
}

/// The operands of a work item.
package struct TrainingMemory: @unchecked Sendable {
  /// First element of each input.
  package var inputs: UnsafePointer<UnsafePointer<Float>>
  /// First element of the output.
  package var output: UnsafeMutablePointer<Float>
  /// The node's parameters as the checkpoint has them, in the order of ``Operator/parameters(_:)``.
  package var parameters: UnsafePointer<UnsafeMutablePointer<Float>>
  /// Gradients of the parameters, in the same order; those of buffers are not used.
  package var parameterGradients: UnsafePointer<UnsafeMutablePointer<Float>>
  /// Gradient of the output.
  package var outputGradient: UnsafeMutablePointer<Float>
  /// Gradients of the inputs; those that are not needed are not used.
  package var inputGradients: UnsafePointer<UnsafeMutablePointer<Float>>
  /// Batch statistics, which the forward pass saves for the backward pass.
  package var statistics: UnsafeMutablePointer<Float>
  /// Packed parameters.
  package var packed: UnsafeMutablePointer<Float>
  /// Scratch shared by all threads.
  package var sharedScratch: UnsafeMutablePointer<Float>
  /// Scratch of the calling thread.
  package var threadScratch: UnsafeMutablePointer<Float>
  /// Seed of the noise of this step.
  package var seed: UInt64
  /// Whether running statistics are updated.
  package var updatesStatistics: Bool

  /// Operands from their addresses.
  package init(
    inputs: UnsafePointer<UnsafePointer<Float>>, output: UnsafeMutablePointer<Float>,
    parameters: UnsafePointer<UnsafeMutablePointer<Float>>,
    parameterGradients: UnsafePointer<UnsafeMutablePointer<Float>>,
    outputGradient: UnsafeMutablePointer<Float>,
    inputGradients: UnsafePointer<UnsafeMutablePointer<Float>>, statistics: UnsafeMutablePointer<Float>,
    packed: UnsafeMutablePointer<Float>, sharedScratch: UnsafeMutablePointer<Float>,
    threadScratch: UnsafeMutablePointer<Float>, seed: UInt64, updatesStatistics: Bool
  ) {
    self.inputs = inputs
    self.output = output
    self.parameters = parameters
    self.parameterGradients = parameterGradients
    self.outputGradient = outputGradient
    self.inputGradients = inputGradients
    self.statistics = statistics
    self.packed = packed
    self.sharedScratch = sharedScratch
    self.threadScratch = threadScratch
    self.seed = seed
    self.updatesStatistics = updatesStatistics
  }

  /// The same operands for an inference routine.
  package var inference: RoutineMemory {
    RoutineMemory(
      inputs: inputs, output: output, packed: UnsafePointer(packed), sharedScratch: sharedScratch,
      threadScratch: threadScratch)
  }
}
