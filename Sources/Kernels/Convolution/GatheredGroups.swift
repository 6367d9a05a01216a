import CKernels
import TensorCore

/// Convolution in many groups, each of whose few channels are gathered first.
///
/// The channels of one group lie far apart, from pixel to pixel. They are copied into an image of their own
/// with a halo of zeros, small enough for a core's nearest cache. There a row of the kernel is one run of
/// products, and the pixels of an output row lie at even distances: see ``ImplicitGEMM``.
package struct GatheredGroups: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let weights: GroupPanels
  private let groupsPerTile: Int

  /// Below this many groups, a tile for each would not keep the threads busy.
  static let fewestGroups = 8
  /// Work of a tile: long beside the cost of handing it out, short beside a layer.
  private static let macsPerTile = 500_000
  /// Floats of a cache line: two threads do not write to the same one.
  private static let lineFloats = 16

  /// Whether the algorithm can do a convolution, and has something to gather.
  package static func suits(_ geometry: ConvolutionGeometry, kernels: KernelSet) -> Bool {
    geometry.groups >= fewestGroups && geometry.window.taps > 1 && geometry.window.width.dilation == 1
      && geometry.groupInputs >= kernels.vector
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    weights = GroupPanels(geometry, kernels: kernels)
    let groupMACs = geometry.output.pixelsPerImage * geometry.depth * geometry.groupOutputs
    let wanted = max(
      GatheredGroups.macsPerTile / max(groupMACs, 1), GatheredGroups.lineFloats / geometry.groupOutputs, 1)
    groupsPerTile = min(wanted, geometry.groups)
  }

  package let name = "gathered_groups"
  package var tiles: [Int] { [geometry.input.batch * groupTiles] }
  private var groupTiles: Int { geometry.groups.dividedRoundingUp(by: groupsPerTile) }
  package let sharedScratchCount = 0

  /// Floats of the image of one group with its halo.
  package var threadScratchCount: Int { paddedHeight * paddedWidth * geometry.groupInputs }
  private var paddedHeight: Int { geometry.input.height + 2 * geometry.window.height.padding }
  private var paddedWidth: Int { geometry.input.width + 2 * geometry.window.width.padding }

  /// Floats of packed weights and bias.
  package var packedCount: Int { weights.floats }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(parameters, into: packed)
  }

  package func run(phase: Int, tile: Int, _ operands: ConvolutionOperands) {
    let image = tile / groupTiles
    let first = tile % groupTiles * groupsPerTile
    // All groups have the same halo.
    operands.threadScratch.update(repeating: 0, count: threadScratchCount)
    for group in first..<min(first + groupsPerTile, geometry.groups) {
      for y in 0..<geometry.input.height { gather(row: y, image: image, group: group, operands) }
      for y in 0..<geometry.output.height { multiply(row: y, image: image, group: group, operands) }
    }
  }

  /// Copies a row of a group's channels to the inside of the halo.
  private func gather(row y: Int, image: Int, group: Int, _ operands: ConvolutionOperands) {
    let input = geometry.input
    let channels = geometry.groupInputs
    let source = (image * input.height + y) * input.width * input.pixelStride + group * channels
    let target =
      (geometry.window.height.padding + y) * paddedWidth + geometry.window.width.padding
    Elementwise.copy(
      operands.input + source, stride: input.pixelStride, pixels: input.width, channels: channels,
      into: operands.threadScratch + target * channels, outputStride: channels, kernels: kernels)
  }

  /// Computes a row of a group's outputs.
  private func multiply(row y: Int, image: Int, group: Int, _ operands: ConvolutionOperands) {
    let output = geometry.output
    let window = geometry.window
    let channels = geometry.groupInputs
    let pixel = (image * output.height + y) * output.width
    let firstOutput = group * geometry.groupOutputs
    var span = ck_matrix_span()
    span.taps = window.height.kernel
    span.depth = window.width.kernel * channels
    span.input = UnsafePointer(operands.threadScratch) + y * window.height.stride * paddedWidth * channels
    span.tap_stride = window.height.dilation * paddedWidth * channels
    span.pixel_stride = window.width.stride * channels
    span.pixels = output.width
    span.panels = weights.panels(ofGroup: group, in: operands.packed)
    span.columns = geometry.groupOutputs
    span.result.bias = weights.bias(ofGroup: group, in: operands.packed)
    if let residual = operands.residual {
      span.result.residual = residual.pointer + pixel * residual.pixelStride + firstOutput
      span.result.residual_stride = residual.pixelStride
    }
    span.result.output = operands.output + pixel * output.pixelStride + firstOutput
    span.result.output_stride = output.pixelStride
    span.result.activation = ck_activation(epilogue.activation)
    kernels.functions.pointee.matrix_span(&span)
  }
}
