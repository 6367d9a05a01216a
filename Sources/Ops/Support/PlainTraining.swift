import GraphIR
import Kernels
import TensorCore

/// A training routine that reads its parameters as the checkpoint has them, and needs no scratch unless it says so.
protocol DirectTraining: TrainingRoutine {}

extension DirectTraining {
  func packedCount(_ direction: Direction) -> Int { 0 }
  func pack(_ direction: Direction, memory: TrainingMemory) {}
  func sharedScratchCount(_ direction: Direction) -> Int { 0 }
  func threadScratchCount(_ direction: Direction) -> Int { 0 }
}

/// Training of an operator without parameters: the forward pass is that of inference, the backward pass is one
/// phase.
protocol PlainTraining: DirectTraining {
  /// What the forward pass runs.
  var forward: any Routine { get }
  /// Tiles of the backward pass.
  var backwardTiles: Int { get }
  /// Computes one tile of the backward pass.
  func runBackward(tile: Int, memory: TrainingMemory)
}

extension PlainTraining {
  func algorithm(_ direction: Direction) -> String { forward.algorithm }
  func sharedScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? forward.sharedScratchCount : 0
  }
  func threadScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? forward.threadScratchCount : 0
  }
  func tiles(_ direction: Direction) -> [Int] {
    direction == .forward ? forward.tiles : [backwardTiles]
  }
  func run(_ direction: Direction, phase: Int, tile: Int, memory: TrainingMemory) {
    switch direction {
    case .forward: forward.run(phase: phase, tile: tile, memory: memory.inference)
    case .backward: runBackward(tile: tile, memory: memory)
    }
  }
}

extension TrainingMemory {
  /// Pixels of the gradient of an input, from pixel `first` on.
  func gradient(ofInput index: Int, _ request: GradientRequest, from first: Int = 0) -> Pixels {
    Pixels(inputGradients[index], stride: request.layout.pixelStride).dropping(first)
  }

  /// Pixels of the gradient of the output, from pixel `first` on.
  func gradient(_ layout: ActivationLayout, from first: Int = 0) -> Pixels {
    Pixels(outputGradient, stride: layout.pixelStride).dropping(first)
  }
}

extension Pixels {
  /// Sets `channels` values of each pixel to zero.
  func clear(pixels: Int, channels: Int) {
    if stride == channels {
      pointer.update(repeating: 0, count: pixels * channels)
      return
    }
    for pixel in 0..<pixels { (pointer + pixel * stride).update(repeating: 0, count: channels) }
  }
}
