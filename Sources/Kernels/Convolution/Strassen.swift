import CKernels
import TensorCore

/// 1×1 convolution as a matrix product of seven eighths of the multiplications: Strassen, "Gaussian elimination is
/// not optimal", Numerische Mathematik 13 (1969), with the fifteen additions of Winograd's variant.
///
/// The product C = A·B of pixels × inputs and inputs × outputs is cut into quarters, the pixels into even and odd
/// ones, inputs and outputs into halves:
///
///     S1 = A21 + A22   T1 = B12 - B11   P1 = A11·B11   P5 = S1·T1   C11 = P1 + P2
///     S2 = S1 - A11    T2 = B22 - T1    P2 = A12·B21   P6 = S2·T2   C12 = P1 + P6 + P5 + P3
///     S3 = A11 - A21   T3 = B22 - B12   P3 = S4·B22    P7 = S3·T3   C21 = P1 + P6 + P7 - P4
///     S4 = A12 - S2    T4 = T2 - B21    P4 = A22·T4                 C22 = P1 + P6 + P7 + P5
///
/// The sums T of the weights are made when they are packed. A tile, some pixels and some outputs of both halves,
/// makes its own sums S, multiplies, and puts its results together from the seven products while they lie in cache.
///
/// Both pixels of a pair are in each other's rounding, and so are their NaNs and infinities; where images have an odd
/// number of pixels, the last one of an image and the first one of the next are a pair.
package struct Strassen: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  /// Of one half of the outputs, over one half of the inputs.
  private let panels: PackedPanels
  private let pixelTiles: Int
  private let panelsPerTile: Int

  /// The products in the order in which they are made and their weights lie.
  private enum Factor: Int, CaseIterable {
    case p1, p2, p5, p6, p3, p7, p4
  }

  /// Pairs of pixels that a tile has: enough to read weights seldom, few enough for their sums to stay in cache.
  private static let pairsPerTile = 48
  /// Outputs of each half that a tile has: enough to make the sums for, few enough to keep all threads busy.
  private static let columnsPerTile = 128

  /// Whether the algorithm can do a convolution.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.window.isPointwise && geometry.groups == 1 && geometry.input.channels.isMultiple(of: 2)
      && geometry.output.channels.isMultiple(of: 2)
  }

  /// How often a sum of a pair's inputs is made: four times for every tile of outputs.
  package static func sums(_ geometry: ConvolutionGeometry) -> Int {
    4 * (geometry.output.channels / 2).dividedRoundingUp(by: columnsPerTile)
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    panels = PackedPanels(
      depth: geometry.input.channels / 2, columns: geometry.output.channels / 2, kernels: kernels)
    let pairs = geometry.output.pixels.dividedRoundingUp(by: 2)
    pixelTiles = max((pairs + Strassen.pairsPerTile / 2) / Strassen.pairsPerTile, 1)
    panelsPerTile = panels.count.dividedRoundingUp(
      by: panels.columns.dividedRoundingUp(by: Strassen.columnsPerTile))
  }

  package let name = "strassen"

  package var tiles: [Int] { [pixelTiles * panelTiles] }
  private var panelTiles: Int { panels.count.dividedRoundingUp(by: panelsPerTile) }

  package let sharedScratchCount = 0

  /// Floats of a sum S and of the seven products of a tile.
  package var threadScratchCount: Int {
    mostPairs * (panels.depth + Factor.allCases.count * panelsPerTile * kernels.panel)
  }
  private var pairs: Int { geometry.output.pixels.dividedRoundingUp(by: 2) }
  private var mostPairs: Int { pairs.dividedRoundingUp(by: pixelTiles) }

  /// Floats of the packed factors and the bias.
  package var packedCount: Int { Factor.allCases.count * panels.floats + geometry.output.channels }

  /// Where the weights of a factor lie for the panels that a tile has.
  private func offset(of factor: Factor, tile: Int) -> Int {
    let first = tile * panelsPerTile
    let floats = tileColumns(first) * panels.depth
    return Factor.allCases.count * panels.offset(ofPanel: first) + factor.rawValue * floats
  }

  /// Columns, zeros included, of the tile whose first panel this is.
  private func tileColumns(_ first: Int) -> Int {
    min(panels.paddedColumns - panels.firstColumn(ofPanel: first), panelsPerTile * kernels.panel)
  }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    for tile in 0..<panelTiles { packFactors(ofTile: tile, parameters, into: packed) }
    parameters.copyBias(
      count: geometry.output.channels, into: packed + Factor.allCases.count * panels.floats)
  }

  /// Arranges the quarters of the weights that a tile has, and makes their sums.
  private func packFactors(
    ofTile tile: Int, _ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>
  ) {
    let weights = parameters.weights(geometry)
    let first = tile * panelsPerTile
    let count = tileColumns(first) * panels.depth
    func target(_ factor: Factor) -> UnsafeMutablePointer<Float> { packed + offset(of: factor, tile: tile) }
    func pack(_ row: Int, _ column: Int, into factor: Factor) {
      for panel in first..<min(first + panelsPerTile, panels.count) {
        var source = ck_panel_source(
          weights: weights.address(
            output: column * panels.columns + panels.firstColumn(ofPanel: panel), input: row * panels.depth),
          taps: 1, products: panels.depth, tap_stride: weights.tapStride, product_stride: weights.inputStride,
          column_stride: weights.outputStride)
        kernels.functions.pointee.pack_panel(
          &source, panels.columns(inPanel: panel), panels.width(ofPanel: panel),
          target(factor) + (panel - first) * kernels.panel * panels.depth)
      }
    }
    func subtract(_ left: Factor, _ right: Factor, into factor: Factor) {
      Elementwise.subtract(
        target(left), stride: count, target(right), stride: count, pixels: 1, channels: count,
        into: target(factor), outputStride: count, kernels: kernels)
    }
    pack(0, 0, into: .p1)
    pack(1, 0, into: .p2)
    pack(1, 1, into: .p3)
    pack(0, 1, into: .p5)
    subtract(.p3, .p5, into: .p7)  // T3 = B22 - B12
    subtract(.p5, .p1, into: .p5)  // T1 = B12 - B11
    subtract(.p3, .p5, into: .p6)  // T2 = B22 - T1
    subtract(.p6, .p2, into: .p4)  // T4 = T2 - B21
  }

  package func run(phase: Int, tile: Int, _ operands: ConvolutionOperands) {
    let (panelTile, pixelTile) = tile.quotientAndRemainder(dividingBy: pixelTiles)
    let firstPair = pairs * pixelTile / pixelTiles
    let lastPair = pairs * (pixelTile + 1) / pixelTiles
    let part = Part(
      pixels: 2 * firstPair..<min(2 * lastPair, geometry.output.pixels), panelTile: panelTile,
      columns: min(panels.columns - panelTile * panelsPerTile * kernels.panel, panelsPerTile * kernels.panel))

    let stride = geometry.input.pixelStride
    let a11 = operands.input + part.pixels.lowerBound * stride
    let a12 = a11 + panels.depth
    let a21 = a11 + stride
    let a22 = a21 + panels.depth
    let sum = operands.threadScratch
    func subtract(
      _ left: UnsafePointer<Float>, _ leftStride: Int, _ right: UnsafePointer<Float>, _ rightStride: Int,
      rows: Int
    ) {
      Elementwise.subtract(
        left, stride: leftStride, right, stride: rightStride, pixels: rows, channels: panels.depth, into: sum,
        outputStride: panels.depth, kernels: kernels)
    }
    multiply(.p1, a11, 2 * stride, rows: part.evenPixels, part, operands)
    multiply(.p2, a12, 2 * stride, rows: part.evenPixels, part, operands)
    // S1. A last even pixel without an odd one has zeros beside it, and no use for the last two products.
    Elementwise.add(
      a21, stride: 2 * stride, a22, stride: 2 * stride, pixels: part.oddPixels, channels: panels.depth,
      activation: .identity, into: sum, outputStride: panels.depth, kernels: kernels)
    let rest = part.oddPixels..<part.evenPixels
    (sum + rest.lowerBound * panels.depth).update(repeating: 0, count: rest.count * panels.depth)
    multiply(.p5, sum, panels.depth, rows: part.evenPixels, part, operands)
    subtract(sum, panels.depth, a11, 2 * stride, rows: part.evenPixels)  // S2
    multiply(.p6, sum, panels.depth, rows: part.evenPixels, part, operands)
    subtract(a12, 2 * stride, sum, panels.depth, rows: part.evenPixels)  // S4
    multiply(.p3, sum, panels.depth, rows: part.evenPixels, part, operands)
    subtract(a11, 2 * stride, a21, 2 * stride, rows: part.oddPixels)  // S3
    multiply(.p7, sum, panels.depth, rows: part.oddPixels, part, operands)
    multiply(.p4, a22, 2 * stride, rows: part.oddPixels, part, operands)
    combine(part, operands)
  }

  /// What a tile computes: some pixels, from an even one on, and some outputs of both halves.
  private struct Part {
    let pixels: Range<Int>
    let panelTile: Int
    let columns: Int

    var evenPixels: Int { pixels.count.dividedRoundingUp(by: 2) }
    var oddPixels: Int { pixels.count / 2 }
  }

  /// Where a tile keeps one of its products, `pairs × columns`.
  private func address(of factor: Factor, _ part: Part, _ operands: ConvolutionOperands)
    -> UnsafeMutablePointer<Float>
  {
    operands.threadScratch + mostPairs * panels.depth + factor.rawValue * mostPairs * part.columns
  }

  /// One of the seven products.
  private func multiply(
    _ factor: Factor, _ input: UnsafePointer<Float>, _ stride: Int, rows: Int, _ part: Part,
    _ operands: ConvolutionOperands
  ) {
    var span = ck_matrix_span()
    span.taps = 1
    span.depth = panels.depth
    span.input = input
    span.pixel_stride = stride
    span.pixels = rows
    span.panels = operands.packed + offset(of: factor, tile: part.panelTile)
    span.columns = part.columns
    span.panel_by_panel = 1
    span.result.output = address(of: factor, part, operands)
    span.result.output_stride = part.columns
    kernels.functions.pointee.matrix_span(&span)
  }

  /// The results, from the seven products.
  private func combine(_ part: Part, _ operands: ConvolutionOperands) {
    let firstColumn = panels.firstColumn(ofPanel: part.panelTile * panelsPerTile)
    var result = ck_strassen_result()
    func product(_ factor: Factor) -> UnsafePointer<Float> {
      UnsafePointer(address(of: factor, part, operands))
    }
    result.product = (
      product(.p1), product(.p2), product(.p3), product(.p4), product(.p5), product(.p6), product(.p7)
    )
    result.product_stride = part.columns
    result.bias = operands.packed + Factor.allCases.count * panels.floats + firstColumn
    result.half = panels.columns
    if let residual = operands.residual {
      result.residual = residual.pointer + part.pixels.lowerBound * residual.pixelStride + firstColumn
      result.residual_stride = residual.pixelStride
    }
    result.activation = ck_activation(epilogue.activation)
    result.output = operands.output + part.pixels.lowerBound * geometry.output.pixelStride + firstColumn
    result.output_stride = geometry.output.pixelStride
    kernels.functions.pointee.strassen_output(part.pixels.count, part.columns, &result)
  }
}
