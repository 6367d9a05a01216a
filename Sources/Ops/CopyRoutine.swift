import GraphIR
import TensorCore

/// Passes its input through: what an operator without effect does where no pass has removed it.
struct CopyRoutine: Routine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "copy" }
  var packedCount: Int { 0 }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: tile)
    for pixel in first..<(first + count) {
      (memory.output + pixel * output.pixelStride).update(
        from: memory.inputs[0] + pixel * input.pixelStride, count: input.channels)
    }
  }
}
