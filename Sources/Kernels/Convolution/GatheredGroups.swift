import CKernels
import TensorCore

/// Convolution in many groups, each of whose few channels are first gathered.
///
/// The channels of a group are scattered: a few in each pixel. They are copied into a separate image with a
/// halo of zeros, small enough for L1. In that image a row of the kernel is one dot product, and the pixels
/// of an output row are at even distances: see ``ImplicitGEMM``.
package struct GatheredGroups: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let weights: GroupPanels
  private let groupsPerItem: Int

  /// With fewer groups than this, a work item for each would not keep the threads busy.
  static let fewestGroups = 8
  /// Size of a work item: long compared with the cost of handing it out, short compared with a layer.
  private static let macsPerItem = 500_000
  /// Floats of a cache line, of which no two threads write the same one.
  private static let lineFloats = 16

  /// Whether the algorithm can compute a convolution, and there is something to gather.
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
      GatheredGroups.macsPerItem / max(groupMACs, 1), GatheredGroups.lineFloats / geometry.groupOutputs, 1)
    groupsPerItem = min(wanted, geometry.groups)
  }

  package let name = "gathered_groups"
  package var workItems: [Int] { [geometry.input.batch * groupItems] }
  private var groupItems: Int { geometry.groups.dividedRoundingUp(by: groupsPerItem) }
  package let sharedScratchCount = 0

  /// Floats of the image of a group with its halo.
  package var threadScratchCount: Int { paddedHeight * paddedWidth * geometry.groupInputs }
  private var paddedHeight: Int { geometry.window.height.padded(geometry.input.height) }
  private var paddedWidth: Int { geometry.window.width.padded(geometry.input.width) }

  /// Floats of packed weights and bias.
  package var packedCount: Int { weights.floats }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(parameters, into: packed)
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let image = item / groupItems
    let first = item % groupItems * groupsPerItem
    // All groups have the same halo, which stays zero.
    operands.threadScratch.update(repeating: 0, count: threadScratchCount)
    for group in first..<min(first + groupsPerItem, geometry.groups) {
      for y in 0..<geometry.input.height { gather(row: y, image: image, group: group, operands) }
      for y in 0..<geometry.output.height { multiply(row: y, image: image, group: group, operands) }
    }
  }

  /// Copies a row of a group's channels to the inside of the halo.
  private func gather(row y: Int, image: Int, group: Int, _ operands: ConvolutionOperands) {
    let input = geometry.input
    let channels = geometry.groupInputs
    let source = Pixels(operands.input, stride: input.pixelStride)
      .from((image * input.height + y) * input.width, channel: group * channels)
    let target =
      (geometry.window.height.leadingPadding + y) * paddedWidth + geometry.window.width.leadingPadding
    Elementwise.copy(
      source, count: input.width, channels: channels,
      into: MutablePixels(operands.threadScratch, stride: channels).from(target), kernels: kernels)
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
      span.result.residual = residual.from(pixel, channel: firstOutput).pointer
      span.result.residual_stride = residual.stride
    }
    span.result.output = operands.output + pixel * output.pixelStride + firstOutput
    span.result.output_stride = output.pixelStride
    span.result.activation = ck_activation(epilogue.activation)
    kernels.functions.pointee.matrix_span(&span)
  }
}
