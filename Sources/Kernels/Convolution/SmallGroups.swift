import CKernels
import TensorCore

/// Convolution in groups of 4 or 8 channels, as in ResNeXt, where a vector holds more.
///
/// A matrix kernel would compute a whole panel of outputs and use 4 or 8 of them. Here several groups share a
/// vector: see `grouped.h`.
package struct SmallGroups: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let pixelsPerTile: Int

  /// Size of a work item: long compared with the cost of handing it out, short compared with a layer.
  private static let macsPerItem = 500_000

  /// Whether the algorithm can compute a convolution.
  package static func suits(_ geometry: ConvolutionGeometry, kernels: KernelSet) -> Bool {
    geometry.groups > 1 && [4, 8].contains(geometry.groupInputs)
      && geometry.groupInputs < kernels.vector && geometry.groupInputs == geometry.groupOutputs
      && geometry.input.channels % kernels.vector == 0
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    let macsPerPixel = geometry.depth * geometry.output.channels
    pixelsPerTile = min(
      max(SmallGroups.macsPerItem / macsPerPixel, 1).roundedUp(to: kernels.functions.pointee.grouped_pixels),
      geometry.output.pixels)
  }

  package let name = "small_groups"
  package var workItems: [Int] { [geometry.output.pixels.dividedRoundingUp(by: pixelsPerTile)] }
  package let sharedScratchCount = 0

  /// Floats of the pointers for a block of pixels.
  package var threadScratchCount: Int {
    geometry.window.taps * kernels.functions.pointee.grouped_pixels
      * MemoryLayout<UnsafePointer<Float>>.stride / MemoryLayout<Float>.stride
  }

  /// Floats of packed weights, bias and a pixel of zeros.
  package var packedCount: Int { (geometry.depth + 2) * geometry.output.channels }

  /// Packs weights `[O, I / groups, kH, kW]` by vector of channels, element of the kernel, input of the group
  /// and lane, then the bias `[O]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    let taps = geometry.window.taps
    let inputs = geometry.groupInputs
    var target = packed
    for first in stride(from: 0, to: geometry.output.channels, by: kernels.vector) {
      for tap in 0..<taps {
        for input in 0..<inputs {
          for lane in 0..<kernels.vector {
            let (group, output) = (first + lane).quotientAndRemainder(dividingBy: inputs)
            target[lane] = weights.address(group: group, output: output, input: input, tap: tap).pointee
          }
          target += kernels.vector
        }
      }
    }
    target.update(repeating: 0, count: 2 * geometry.output.channels)
    if let bias = parameters.bias { target.update(from: bias, count: geometry.output.channels) }
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let channels = geometry.output.channels
    let bias = operands.packed + geometry.depth * channels
    let block = kernels.functions.pointee.grouped_pixels
    let rows = UnsafeMutableRawPointer(operands.threadScratch).bindMemory(
      to: UnsafePointer<Float>?.self, capacity: geometry.window.taps * block)
    let first = item * pixelsPerTile
    let pixels = min(pixelsPerTile, geometry.output.pixels - first)
    let blocks = pixels.dividedRoundingUp(by: block)

    var tile = ck_grouped_tile()
    tile.group = geometry.groupInputs
    tile.taps = geometry.window.taps
    tile.row = UnsafePointer(rows)
    tile.channels = channels
    tile.weights = operands.packed
    tile.bias = bias
    tile.output_stride = geometry.output.pixelStride
    tile.activation = ck_activation(epilogue.activation)
    for block in 0..<blocks {
      let start = first + pixels * block / blocks
      let end = first + pixels * (block + 1) / blocks
      geometry.pointAtPixels(of: start..<end, input: operands.input, zeros: bias + channels, rows)
      tile.output = operands.output + start * geometry.output.pixelStride
      if let residual = operands.residual {
        tile.residual = residual.from(start).pointer
        tile.residual_stride = residual.stride
      }
      kernels.functions.pointee.grouped_tile(end - start, &tile)
    }
  }
}
