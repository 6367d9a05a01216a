import TensorCore

/// Where the weights of a convolution are, for code that packs them.
///
/// They are as in a checkpoint, `[O, I / groups, kH, kW]`, or flipped: then they belong to another
/// convolution, whose input gradient this one computes. The inputs of that convolution are the outputs of
/// this one, and its kernels are read from the last element to the first.
package struct ConvolutionWeights {
  private let origin: UnsafePointer<Float>
  /// Floats from the weights of one group to those of the next.
  package let groupStride: Int
  /// Floats from output to output.
  package let outputStride: Int
  /// Floats from input to input.
  package let inputStride: Int
  /// Floats from element to element of the kernel.
  package let tapStride: Int

  /// The weights of a convolution.
  package init(_ weight: UnsafePointer<Float>, _ geometry: ConvolutionGeometry, areFlipped: Bool) {
    let taps = geometry.window.taps
    groupStride = geometry.groupOutputs * geometry.depth
    if areFlipped {
      origin = weight + taps - 1
      (outputStride, inputStride, tapStride) = (taps, geometry.groupOutputs * taps, -1)
    } else {
      origin = weight
      (outputStride, inputStride, tapStride) = (geometry.depth, taps, 1)
    }
  }

  /// Address of the weight of an output and an input of a group, and of an element of the kernel.
  package func address(group: Int = 0, output: Int = 0, input: Int = 0, tap: Int = 0) -> UnsafePointer<Float>
  {
    origin + group * groupStride + output * outputStride + input * inputStride + tap * tapStride
  }
}
