import CKernels
import TensorCore

/// A 1×1 convolution with stride 1 that applies batch norm and ReLU to its input as it reads it.
///
/// output = W · max(scale · input + shift, 0). A work item normalizes a tile of pixels into the scratch of
/// its thread, and multiplies them by all panels of the weights from there.
package struct NormalizingGEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let weights: GroupPanels
  private let pixelsPerTile: Int

  /// Share of a core's L2 for the normalized pixels of a tile.
  private static let tileBytes = 192 * 1024
  /// A layer is divided into at least this many tiles, so that all threads have work.
  private static let fewestTiles = 16

  /// The algorithm for a convolution with a pointwise window and one group.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    weights = GroupPanels(geometry, kernels: kernels)
    let rows = kernels.tileRows
    let fitting = NormalizingGEMM.tileBytes / (geometry.input.channels * MemoryLayout<Float>.stride)
    let spread = geometry.output.pixels.dividedRoundingUp(by: NormalizingGEMM.fewestTiles)
    pixelsPerTile = max(min(fitting, spread) / rows, 1) * rows
  }

  package let name = "normalizing_gemm"
  package var workItems: [Int] { [geometry.output.pixels.dividedRoundingUp(by: pixelsPerTile)] }
  package let sharedScratchCount = 0

  /// Floats of the normalized pixels of a tile.
  package var threadScratchCount: Int { pixelsPerTile * geometry.input.channels }

  /// Floats of packed weights, bias of whole panels, scale and shift.
  package var packedCount: Int { weights.floats + 2 * geometry.input.channels }

  /// Packs weights `[O, I, 1, 1]`, bias `[O]`, scale and shift `[I]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(parameters, into: packed)
    guard let norm = parameters.inputNorm else { return }
    let channels = geometry.input.channels
    (packed + weights.floats).update(from: norm.scale, count: channels)
    (packed + weights.floats + channels).update(from: norm.shift, count: channels)
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let channels = geometry.input.channels
    let first = item * pixelsPerTile
    let pixels = min(pixelsPerTile, geometry.output.pixels - first)
    let normalized = operands.threadScratch
    let scale = operands.packed + weights.floats
    Elementwise.scaleShift(
      Pixels(operands.input, stride: geometry.input.pixelStride).from(first), scale: scale,
      shift: scale + channels, count: pixels, channels: channels, .relu,
      into: MutablePixels(normalized, stride: channels), kernels: kernels)

    var span = ck_matrix_span()
    span.inputs = ck_runs(normalized, stride: channels, count: pixels, depth: channels)
    span.panels = weights.panels(ofGroup: 0, in: operands.packed)
    span.columns = geometry.output.channels
    span.result = geometry.matrixResult(
      of: first, channel: 0, bias: weights.bias(ofGroup: 0, in: operands.packed), operands,
      epilogue.activation)
    kernels.functions.pointee.matrix_span(&span)
  }
}
