import GraphIR
import Kernels
import TensorCore

/// Copies the input: an operator that changes nothing in inference, if no pass has removed it.
struct CopyRoutine: PlainRoutine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "copy" }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.copy(
      memory.input(0, input, from: first), count: count, channels: input.channels,
      into: memory.output(output, from: first), kernels: .best)
  }
}
