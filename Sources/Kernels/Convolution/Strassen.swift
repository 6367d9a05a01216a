import CKernels
import TensorCore

/// 1×1 convolution as a matrix product with seven eighths of the multiplications: Strassen, "Gaussian
/// elimination is not optimal", Numerische Mathematik 13 (1969), with the fifteen additions of Winograd's
/// variant.
///
/// In the product C = A·B of pixels × inputs and inputs × outputs, the matrices are divided into quarters:
/// the pixels into even and odd ones, the inputs and outputs into two halves:
///
///     S1 = A21 + A22   T1 = B12 - B11   P1 = A11·B11   P5 = S1·T1   C11 = P1 + P2
///     S2 = S1 - A11    T2 = B22 - T1    P2 = A12·B21   P6 = S2·T2   C12 = P1 + P6 + P5 + P3
///     S3 = A11 - A21   T3 = B22 - B12   P3 = S4·B22    P7 = S3·T3   C21 = P1 + P6 + P7 - P4
///     S4 = A12 - S2    T4 = T2 - B21    P4 = A22·T4                 C22 = P1 + P6 + P7 + P5
///
/// The sums T of the weights are computed when they are packed. A work item has some pixels and some outputs
/// of both halves: it computes its sums S, multiplies, and combines the seven products to its results while
/// they are in cache.
///
/// The two pixels of a pair affect each other's rounding, and NaN or infinity in one reaches the other. If
/// images have an odd number of pixels, the last pixel of an image and the first one of the next are a pair.
package struct Strassen: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  /// For half of the outputs and half of the inputs.
  private let panels: PackedPanels
  private let pixelGroups: Int
  private let panelsPerItem: Int

  /// The products, in the order in which they are computed and their weights are stored.
  private enum Factor: Int, CaseIterable {
    case p1, p2, p5, p6, p3, p7, p4
  }

  /// Pairs of pixels of a work item: enough to read weights seldom, few enough for their sums to stay in
  /// cache.
  private static let pairsPerItem = 48
  /// Outputs of a work item in each half: enough to be worth the sums, few enough to keep all threads busy.
  private static let columnsPerItem = 128

  /// Whether the algorithm can compute a convolution.
  package static func suits(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.window.isPointwise && geometry.groups == 1 && geometry.input.channels.isMultiple(of: 2)
      && geometry.output.channels.isMultiple(of: 2)
  }

  /// How many sums are computed from each pair of inputs: four for every group of outputs.
  package static func sums(_ geometry: ConvolutionGeometry) -> Int {
    4 * (geometry.output.channels / 2).dividedRoundingUp(by: columnsPerItem)
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    panels = PackedPanels(
      depth: geometry.input.channels / 2, columns: geometry.output.channels / 2, kernels: kernels)
    let pairs = geometry.output.pixels.dividedRoundingUp(by: 2)
    pixelGroups = max((pairs + Strassen.pairsPerItem / 2) / Strassen.pairsPerItem, 1)
    panelsPerItem = panels.count.dividedRoundingUp(
      by: panels.columns.dividedRoundingUp(by: Strassen.columnsPerItem))
  }

  package let name = "strassen"

  package var workItems: [Int] { [pixelGroups * panelGroups] }
  private var panelGroups: Int { panels.count.dividedRoundingUp(by: panelsPerItem) }

  package let sharedScratchCount = 0

  /// Floats of a sum S and of the seven products.
  package var threadScratchCount: Int {
    mostPairs * (panels.depth + Factor.allCases.count * panelsPerItem * kernels.panel)
  }
  private var pairs: Int { geometry.output.pixels.dividedRoundingUp(by: 2) }
  private var mostPairs: Int { pairs.dividedRoundingUp(by: pixelGroups) }

  /// Floats of the packed factors and the bias.
  package var packedCount: Int { Factor.allCases.count * panels.floats + geometry.output.channels }

  /// Where the weights of a factor are, for a group of panels.
  private func offset(of factor: Factor, panelGroup: Int) -> Int {
    let first = panelGroup * panelsPerItem
    let floats = columns(fromPanel: first) * panels.depth
    return Factor.allCases.count * panels.offset(ofPanel: first) + factor.rawValue * floats
  }

  /// Columns, with their zeros, of the group that starts at a panel.
  private func columns(fromPanel first: Int) -> Int {
    min(panels.paddedColumns - panels.firstColumn(ofPanel: first), panelsPerItem * kernels.panel)
  }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    for panelGroup in 0..<panelGroups { packFactors(panelGroup, parameters, into: packed) }
    parameters.copyBias(
      count: geometry.output.channels, into: packed + Factor.allCases.count * panels.floats)
  }

  /// Packs the quarters of the weights of a group of panels, and computes their sums.
  private func packFactors(
    _ panelGroup: Int, _ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>
  ) {
    let weights = parameters.weights(geometry)
    let first = panelGroup * panelsPerItem
    let count = columns(fromPanel: first) * panels.depth
    func target(_ factor: Factor) -> UnsafeMutablePointer<Float> {
      packed + offset(of: factor, panelGroup: panelGroup)
    }
    func pack(_ row: Int, _ column: Int, into factor: Factor) {
      for panel in first..<min(first + panelsPerItem, panels.count) {
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
      func pixel(_ factor: Factor) -> Pixels { Pixels(target(factor), stride: count) }
      Elementwise.subtract(
        pixel(left), pixel(right), count: 1, channels: count,
        into: MutablePixels(target(factor), stride: count), kernels: kernels)
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

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let (panelGroup, pixelGroup) = item.quotientAndRemainder(dividingBy: pixelGroups)
    let firstPair = pairs * pixelGroup / pixelGroups
    let lastPair = pairs * (pixelGroup + 1) / pixelGroups
    let part = Part(
      pixels: 2 * firstPair..<min(2 * lastPair, geometry.output.pixels), panelGroup: panelGroup,
      columns: min(panels.columns - panelGroup * panelsPerItem * kernels.panel, panelsPerItem * kernels.panel)
    )

    let stride = geometry.input.pixelStride
    let input = operands.input + part.pixels.lowerBound * stride
    func quarter(row: Int, column: Int) -> Pixels {
      Pixels(input + row * stride + column * panels.depth, stride: 2 * stride)
    }
    let (a11, a12) = (quarter(row: 0, column: 0), quarter(row: 0, column: 1))
    let (a21, a22) = (quarter(row: 1, column: 0), quarter(row: 1, column: 1))
    let target = MutablePixels(operands.threadScratch, stride: panels.depth)
    let sum = Pixels(target)
    func subtract(_ left: Pixels, _ right: Pixels, rows: Int) {
      Elementwise.subtract(left, right, count: rows, channels: panels.depth, into: target, kernels: kernels)
    }
    multiply(.p1, a11, rows: part.evenPixels, part, operands)
    multiply(.p2, a12, rows: part.evenPixels, part, operands)
    // S1. Beside a last even pixel without an odd one there are zeros, and it does not use the last two
    // products.
    Elementwise.add(a21, a22, count: part.oddPixels, channels: panels.depth, into: target, kernels: kernels)
    target.from(part.oddPixels).clear(pixels: part.evenPixels - part.oddPixels, channels: panels.depth)
    multiply(.p5, sum, rows: part.evenPixels, part, operands)
    subtract(sum, a11, rows: part.evenPixels)  // S2
    multiply(.p6, sum, rows: part.evenPixels, part, operands)
    subtract(a12, sum, rows: part.evenPixels)  // S4
    multiply(.p3, sum, rows: part.evenPixels, part, operands)
    subtract(a11, a21, rows: part.oddPixels)  // S3
    multiply(.p7, sum, rows: part.oddPixels, part, operands)
    multiply(.p4, a22, rows: part.oddPixels, part, operands)
    combine(part, operands)
  }

  /// What a work item computes: some pixels, the first one even, and some outputs of both halves.
  private struct Part {
    let pixels: Range<Int>
    let panelGroup: Int
    let columns: Int

    var evenPixels: Int { pixels.count.dividedRoundingUp(by: 2) }
    var oddPixels: Int { pixels.count / 2 }
  }

  /// Where a work item stores one of its products, `pairs × columns`.
  private func address(of factor: Factor, _ part: Part, _ operands: ConvolutionOperands)
    -> UnsafeMutablePointer<Float>
  {
    operands.threadScratch + mostPairs * panels.depth + factor.rawValue * mostPairs * part.columns
  }

  /// Computes one of the seven products.
  private func multiply(
    _ factor: Factor, _ input: Pixels, rows: Int, _ part: Part, _ operands: ConvolutionOperands
  ) {
    var span = ck_matrix_span()
    span.inputs = ck_runs(input.pointer, stride: input.stride, count: rows, depth: panels.depth)
    span.panels = operands.packed + offset(of: factor, panelGroup: part.panelGroup)
    span.columns = part.columns
    span.panel_by_panel = 1
    span.result.output = UnsafeMutableRawPointer(address(of: factor, part, operands))
    span.result.output_stride = part.columns
    kernels.functions.pointee.matrix_span(&span)
  }

  /// Combines the seven products to the results.
  private func combine(_ part: Part, _ operands: ConvolutionOperands) {
    let firstColumn = panels.firstColumn(ofPanel: part.panelGroup * panelsPerItem)
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
      result.residual = residual.from(part.pixels.lowerBound, channel: firstColumn).pointer
      result.residual_stride = residual.stride
    }
    result.activation = ck_activation(epilogue.activation)
    result.output = operands.output + part.pixels.lowerBound * geometry.output.pixelStride + firstColumn
    result.output_stride = geometry.output.pixelStride
    kernels.functions.pointee.strassen_output(part.pixels.count, part.columns, &result)
  }
}
