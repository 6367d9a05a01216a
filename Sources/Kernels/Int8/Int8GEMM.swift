import CKernels
import TensorCore

/// A convolution in one group, or a linear layer, as a matrix product of bytes.
///
/// A 1×1 convolution reads its input in place. For others, a work item gathers the inputs of its pixels into scratch,
/// pixel by pixel in the order of the weights, and multiplies them by all its panels while they are in cache. Four
/// adjacent inputs are in the place of a float, see `int8_products.h`.
package struct Int8GEMM: Int8Product {
  private let geometry: ConvolutionGeometry
  private let epilogue: Int8Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let pixelTiles: Int
  private let panelsPerItem: Int
  /// Whether the input is read in place.
  private let isDirect: Bool

  /// Whether sums of that many products stay below 2³⁰.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.groups == 1 && geometry.depth <= (1 << 30) / (255 * 128)
  }

  /// Weights up to this size stay in a core's L2 beside the inputs.
  private static let cachedWeightBytes = 384 * 1024
  /// Of larger weights, groups of panels of about this size are multiplied together.
  private static let panelGroupBytes = 256 * 1024
  /// The gathered inputs of a work item are about as large at most.
  private static let inputBytes = 128 * 1024
  /// A work item is long compared with the cost of handing it out, short compared with a layer.
  private static let macsPerItem = 16_000_000
  private static let fewestMACsPerItem = 300_000
  private static let fewestItems = 8

  /// The algorithm for a convolution that suits it, whose input has the quantization `input`.
  package init(
    _ geometry: ConvolutionGeometry, input: Quantization, _ activation: Activation,
    residual: ActivationLayout?, kernels: KernelSet
  ) {
    self.geometry = geometry
    self.kernels = kernels
    epilogue = Int8Epilogue(activation, input: input, output: geometry.output, residual: residual)
    panels = PackedPanels(
      depth: geometry.depth.dividedRoundingUp(by: 4), columns: geometry.output.channels, kernels: kernels)
    isDirect =
      geometry.window.isPointwise && geometry.input.channels.isMultiple(of: 4)
      && geometry.input.pixelStride.isMultiple(of: 4)

    let pixels = geometry.output.pixels
    let wantedMACs = min(max(geometry.macs / Self.fewestItems, Self.fewestMACsPerItem), Self.macsPerItem)
    let fitting = max(Self.inputBytes / (panels.depth * 4) / kernels.tileRows, 1) * kernels.tileRows
    if panels.floats * MemoryLayout<Float>.stride <= Self.cachedWeightBytes {
      panelsPerItem = panels.count
      let wanted = max(wantedMACs / max(geometry.depth * geometry.output.channels, 1), kernels.tileRows)
      let perItem = min(wanted, fitting)
      pixelTiles = max((pixels + perItem / 2) / perItem, 1)
    } else {
      pixelTiles = pixels.dividedRoundingUp(by: fitting)
      let cached = max(Self.panelGroupBytes / (panels.depth * 4 * kernels.panel), 1)
      // Every group of panels gathers the inputs anew.
      panelsPerItem = min(
        max(cached, panels.count.dividedRoundingUp(by: Self.fewestItems)), panels.count)
    }
  }

  package let name = "int8_gemm"
  package var workItemCount: Int { pixelTiles * panelGroups }
  private var panelGroups: Int { panels.count.dividedRoundingUp(by: panelsPerItem) }
  private var mostPixels: Int { geometry.output.pixels.dividedRoundingUp(by: pixelTiles) }
  private var mostColumns: Int { min(panelsPerItem * kernels.panel, panels.columns) }
  /// Floats of the gathered inputs.
  private var gatheredCount: Int { isDirect ? 0 : mostPixels * panels.depth }

  package var threadScratchCount: Int {
    gatheredCount + epilogue.scratchCount(pixels: mostPixels, channels: mostColumns)
  }

  /// Weights, then start and factor of each column.
  package var packedCount: Int { panels.floats + 2 * panels.paddedColumns }

  package func pack(_ parameters: Int8Parameters, into packed: UnsafeMutablePointer<Float>) {
    let target = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: Int8.self)
    let (taps, inputs) = (geometry.window.taps, geometry.input.channels)
    for index in 0..<panels.count {
      let width = panels.width(ofPanel: index)
      let first = panels.firstColumn(ofPanel: index)
      let panel = target + 4 * panels.offset(ofPanel: index)
      (panel).update(repeating: 0, count: 4 * panels.depth * width)
      for column in 0..<panels.columns(inPanel: index) {
        let weights = parameters.weight + (first + column) * geometry.depth
        for tap in 0..<taps {
          for input in 0..<inputs {
            let (quad, place) = (tap * inputs + input).quotientAndRemainder(dividingBy: 4)
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
    let (panelGroup, tile) = item.quotientAndRemainder(dividingBy: pixelTiles)
    let count = geometry.output.pixels
    let first = count * tile / pixelTiles
    let pixels = count * (tile + 1) / pixelTiles - first
    var span = ck_int8_span()
    span.taps = 1
    span.depth = panels.depth
    if isDirect {
      span.input = UnsafeRawPointer(operands.input + first * geometry.input.pixelStride)
        .assumingMemoryBound(to: Int32.self)
      span.pixel_stride = geometry.input.pixelStride / 4
    } else {
      let gathered = UnsafeMutableRawPointer(operands.threadScratch)
      var patches = geometry.patches(
        outside: geometry.input.quantization?.zeroPoint ?? 0, rowBytes: panels.depth * 4)
      kernels.functions.pointee.gather_patches(&patches, operands.input, first, pixels, gathered)
      span.input = UnsafeRawPointer(gathered).assumingMemoryBound(to: Int32.self)
      span.pixel_stride = panels.depth
    }
    span.pixels = pixels
    let firstPanel = panelGroup * panelsPerItem
    let firstColumn = panels.firstColumn(ofPanel: firstPanel)
    span.panels = UnsafeRawPointer(operands.packed + panels.offset(ofPanel: firstPanel))
      .assumingMemoryBound(to: Int32.self)
    span.columns = min(panelsPerItem * kernels.panel, panels.columns - firstColumn)
    span.panel_by_panel = panels.floats * MemoryLayout<Float>.stride > Self.cachedWeightBytes ? 1 : 0
    let scratch = operands.threadScratch + gatheredCount
    let start = operands.packed + panels.floats + firstColumn
    span.result = epilogue.result(
      of: first, channel: firstColumn, operands,
      start: UnsafeRawPointer(start).assumingMemoryBound(to: Int32.self),
      factor: start + panels.paddedColumns, scratch: scratch, channels: span.columns)
    kernels.int8Products.pointee.span(&span)
    epilogue.finish(
      of: first, count: pixels, channel: firstColumn, operands, scratch: scratch, channels: span.columns,
      kernels: kernels)
  }
}

extension Int8 {
  /// A whole number from -128 to 127; the nearest of them to any other.
  init(wholeNumber: Float) {
    self = wholeNumber.isNaN ? 0 : Int8(Swift.min(Swift.max(wholeNumber.rounded(), -128), 127))
  }
}
