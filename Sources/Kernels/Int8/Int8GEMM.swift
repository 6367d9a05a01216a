import CKernels
import TensorCore

/// A convolution in one group, or a linear layer, as a matrix product of bytes.
///
/// A 1×1 convolution reads its input in place; for others see ``PatchTiling``. Four adjacent inputs are in the place of a
/// float, see `int8_quads.h`.
package struct Int8GEMM: Int8Product {
  private let geometry: ConvolutionGeometry
  private let epilogue: Int8Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let tiling: PatchTiling

  /// Whether sums of that many products stay below 2³⁰.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.groups == 1 && geometry.depth <= (1 << 30) / (255 * 128)
  }

  /// The algorithm for a convolution that suits it, whose input has the quantization `input`.
  package init(
    _ geometry: ConvolutionGeometry, input: Quantization, _ activation: Activation,
    residual: ActivationLayout?, kernels: KernelSet
  ) {
    self.geometry = geometry
    self.kernels = kernels
    epilogue = Int8Epilogue(activation, input: input, output: geometry.output, residual: residual)
    let source = PatchTiling.source(geometry)
    panels = PackedPanels(
      depth: PatchTiling.depth(geometry, source, valuesPerUnit: 4), columns: geometry.output.channels,
      kernels: kernels)
    tiling = PatchTiling(
      geometry, panels: panels, source,
      PatchTiling.Limits(inputBytes: 128 * 1024, macsPerItem: 16_000_000, fewestMACsPerItem: 300_000),
      kernels: kernels)
  }

  package let name = "int8_gemm"
  package var workItemCount: Int { tiling.itemCount }

  package var threadScratchCount: Int {
    tiling.scratchCount
      + epilogue.scratchCount(pixels: tiling.mostPixels, channels: tiling.mostColumns)
  }

  /// Weights, then start and factor of each column.
  package var packedCount: Int { panels.floats + 2 * panels.paddedColumns }

  package func pack(_ parameters: Int8Parameters, into packed: UnsafeMutablePointer<Float>) {
    let target = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: Int8.self)
    let (taps, inputs) = (geometry.window.taps, geometry.input.channels)
    let runs = PatchTiling.runs(geometry, tiling.source)
    let paddedRun = runs.values.roundedUp(to: 4)
    for index in 0..<panels.count {
      let width = panels.width(ofPanel: index)
      let first = panels.firstColumn(ofPanel: index)
      let panel = target + 4 * panels.offset(ofPanel: index)
      (panel).update(repeating: 0, count: 4 * panels.depth * width)
      for column in 0..<panels.columns(inPanel: index) {
        let weights = parameters.weight + (first + column) * geometry.depth
        for tap in 0..<taps {
          for input in 0..<inputs {
            let (run, value) = (tap * inputs + input).quotientAndRemainder(dividingBy: runs.values)
            let (quad, place) = (run * paddedRun + value).quotientAndRemainder(dividingBy: 4)
            panel[(quad * width + column) * 4 + place] = Int8(wholeNumber: weights[input * taps + tap])
          }
        }
      }
    }
    let start = packed + panels.floats
    start.update(repeating: 0, count: 2 * panels.paddedColumns)
    epilogue.pack(
      parameters, channels: panels.columns, depth: geometry.depth,
      start: UnsafeMutableRawPointer(start).assumingMemoryBound(to: Int32.self),
      factor: start + panels.paddedColumns, place: { $0 })
  }

  package func run(item: Int, _ operands: Int8Operands) {
    let (pixels, columns) = tiling.part(item)
    let inputs = tiling.inputs(
      pixels, of: operands.input, outside: geometry.input.quantization?.zeroPoint ?? 0,
      scratch: operands.threadScratch, kernels: kernels)
    var span = ck_int8_span()
    span.inputs = inputs
    span.panels = UnsafeRawPointer(operands.packed + columns.lowerBound * panels.depth)
      .assumingMemoryBound(to: Int32.self)
    span.columns = columns.count
    span.panel_by_panel = tiling.isPanelByPanel ? 1 : 0
    let scratch = operands.threadScratch + tiling.scratchCount
    let start = operands.packed + panels.floats + columns.lowerBound
    span.result = epilogue.result(
      of: pixels.lowerBound, channel: columns.lowerBound, operands,
      start: UnsafeRawPointer(start).assumingMemoryBound(to: Int32.self),
      factor: start + panels.paddedColumns, scratch: scratch, channels: columns.count)
    kernels.int8Products.pointee.span(&span)
    epilogue.finish(
      of: pixels.lowerBound, count: pixels.count, channel: columns.lowerBound, operands, scratch: scratch,
      channels: columns.count, kernels: kernels)
  }
}

extension Int8 {
  /// A whole number from -128 to 127; the nearest of them to any other.
  init(wholeNumber: Float) {
    self = wholeNumber.isNaN ? 0 : Int8(Swift.min(Swift.max(wholeNumber.rounded(), -128), 127))
  }
}
