import GraphIR
import TensorCore

extension RoutineMemory {
  /// Copies adjacent channels of some pixels of an input to the output, which stores numbers in the same way.
  func copyChannels(
    ofInput index: Int, _ input: ActivationLayout, from first: Int, to output: ActivationLayout,
    from target: Int, count: Int, pixels: Range<Int>
  ) {
    let size = input.format.size
    let source = UnsafeRawPointer(inputs[index])
    let destination = UnsafeMutableRawPointer(self.output)
    for pixel in pixels {
      (destination + (pixel * output.pixelStride + target) * size).copyMemory(
        from: source + (pixel * input.pixelStride + first) * size, byteCount: count * size)
    }
  }
}
