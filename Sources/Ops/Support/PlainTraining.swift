import GraphIR

/// A training routine that packs no parameters, and needs no scratch unless it says so.
protocol DirectTraining: TrainingRoutine {}

extension DirectTraining {
  func packedCount(_ direction: Direction) -> Int { 0 }
  func pack(_ direction: Direction, memory: TrainingMemory) {}
  func sharedScratchCount(_ direction: Direction) -> Int { 0 }
  func threadScratchCount(_ direction: Direction) -> Int { 0 }
}

/// Training of an operator without parameters: the forward pass is that of inference, the backward pass has
/// one phase.
protocol PlainTraining: DirectTraining {
  /// The forward pass.
  var forward: any Routine { get }
  /// Work items of the backward pass.
  var backwardItems: Int { get }
  /// Computes one work item of the backward pass.
  func runBackward(item: Int, memory: TrainingMemory)
}

extension PlainTraining {
  func algorithm(_ direction: Direction) -> String { forward.algorithm }
  func sharedScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? forward.sharedScratchCount : 0
  }
  func threadScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? forward.threadScratchCount : 0
  }
  func workItems(_ direction: Direction) -> [Int] {
    direction == .forward ? forward.workItems : [backwardItems]
  }
  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    switch direction {
    case .forward: forward.run(phase: phase, item: item, memory: memory.inference)
    case .backward: runBackward(item: item, memory: memory)
    }
  }
}
