import CKernels
import TensorCore

/// Convolution as a matrix product that never builds its matrix.
///
/// im2col would copy each pixel once for every element of the kernel. Here the matrix kernel is
/// handed, for each output pixel and element of the kernel, a pointer to the input pixel that
/// belongs there (or to zeros, in the padding): the same products in the same order, nothing copied.
/// Where what the pixels read lies at even distances, as in a 1×1 convolution, no pointers are needed; if that
/// has strides, the pixels that it sees are first copied side by side.
///
/// With few input channels (an image's three) the runs behind each pointer would be too short. A
/// whole row of the kernel is then one run, since its pixels are adjacent in memory; where the window
/// has padding, the image is first copied into one with a halo of zeros.
package struct ImplicitGEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let weights: GroupPanels
  private let image: Image
  private let evenPixels: EvenPixels
  private let panelsPerTile: Int
  private let pixelTiles: Int
  /// Pixels that a tile has a whole number of: a row, or a block of the matrix kernel.
  private let pixelUnit: Int

  /// What is done to the input first.
  private enum Image {
    case asItIs, withHalo, thinned
  }

  /// Which output pixels read their inputs at even distances.
  private enum EvenPixels {
    case all, ofRow, none
  }

  /// Below this many input channels a whole kernel row is one run.
  private static let fewChannels = 16
  /// Weights up to this size stay in a core's L2 beside the activations, so that each pixel is
  /// finished for all outputs before the next one is touched.
  private static let cachedWeightBytes = 384 * 1024
  /// Of larger weights, panels of about this size are multiplied together: neighboring outputs of a pixel are
  /// then written, and its residual read, in one go.
  private static let panelGroupBytes = 256 * 1024
  /// Work of a tile: enough to reuse the weights that it reads, and little enough that the threads end together.
  private static let macsPerTile = 3_000_000
  /// A small layer is still cut into about this many tiles, if each is long beside the cost of handing it out.
  private static let fewestTiles = 8
  private static let fewestMACsPerTile = 200_000

  /// The algorithm for a convolution.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    let joinsRow =
      geometry.groups == 1 && geometry.window.width.dilation == 1 && geometry.window.taps > 1
      && geometry.input.channels < ImplicitGEMM.fewChannels
    let window = geometry.window
    let hasPadding = window.height.padding > 0 || window.width.padding > 0
    let isThin = window.taps == 1 && !hasPadding && !window.isPointwise
    image = isThin ? .thinned : joinsRow && (hasPadding || !geometry.input.isDense) ? .withHalo : .asItIs
    evenPixels = window.isPointwise || isThin ? .all : joinsRow ? .ofRow : .none
    weights = GroupPanels(geometry, kernels: kernels)

    let panels = weights.panels
    let float = MemoryLayout<Float>.stride
    var panelsPerTile =
      panels.floats * float <= ImplicitGEMM.cachedWeightBytes
      ? panels.count
      : max(ImplicitGEMM.panelGroupBytes / (geometry.depth * kernels.panel * float), 1)
    let columns = min(panelsPerTile * kernels.panel, geometry.groupOutputs)
    let wantedMACs = min(
      max(geometry.macs / ImplicitGEMM.fewestTiles, ImplicitGEMM.fewestMACsPerTile), ImplicitGEMM.macsPerTile)
    pixelUnit = evenPixels == .ofRow ? geometry.output.width : kernels.tileRows
    let fewestPixels = panelsPerTile < panels.count ? 8 * kernels.tileRows : kernels.tileRows
    let wantedPixels = max(wantedMACs / max(geometry.depth * columns, 1), fewestPixels)
    // To the nearest: a tile of what little is left over would read all the weights for it.
    let units = geometry.output.pixels.dividedRoundingUp(by: pixelUnit)
    pixelTiles = min(max((geometry.output.pixels + wantedPixels / 2) / wantedPixels, 1), units)
    if pixelTiles == 1 && panelsPerTile < panels.count {
      // Nothing is read twice; the longer a tile, the more often what it fetches ahead is its own.
      panelsPerTile = max(panelsPerTile, panels.count / ImplicitGEMM.fewestTiles)
    }
    self.panelsPerTile = panelsPerTile
  }

  /// Whether a row of the kernel is one run.
  private var joinsRow: Bool { evenPixels == .ofRow }

  /// Runs of adjacent products that make one output: rows of the kernel, or its elements.
  private var taps: Int { joinsRow ? geometry.window.height.kernel : geometry.window.taps }

  /// Floats that a thread needs for the pointers of one block of pixels.
  package var threadScratchCount: Int {
    taps * kernels.tileRows * MemoryLayout<UnsafePointer<Float>>.stride / MemoryLayout<Float>.stride
  }

  private var panelTiles: Int { weights.panels.count.dividedRoundingUp(by: panelsPerTile) }

  /// Tiles of nearly equal numbers of units.
  private func pixels(ofTile tile: Int) -> Range<Int> {
    let units = geometry.output.pixels.dividedRoundingUp(by: pixelUnit)
    let first = units * tile / pixelTiles * pixelUnit
    let last = units * (tile + 1) / pixelTiles * pixelUnit
    return first..<min(last, geometry.output.pixels)
  }

  package let name = "implicit_gemm"

  /// The rows of the image that is made first, if one is, then the tiles of the product.
  package var tiles: [Int] {
    let product = geometry.groups * panelTiles * pixelTiles
    return image == .asItIs ? [product] : [copiedRows.dividedRoundingUp(by: rowsPerCopy), product]
  }

  /// Rows of the image that is made first.
  private var copiedRows: Int {
    geometry.input.batch * (image == .thinned ? geometry.output.height : paddedHeight)
  }
  /// Floats of one of them.
  private var copiedRowCount: Int {
    (image == .thinned ? geometry.output.width : paddedWidth) * geometry.input.channels
  }
  /// Rows that are copied as one tile: some microseconds.
  private var rowsPerCopy: Int { max(16_384 / copiedRowCount, 1) }

  private var paddedWidth: Int { geometry.input.width + 2 * geometry.window.width.padding }
  private var paddedHeight: Int { geometry.input.height + 2 * geometry.window.height.padding }

  /// Floats of the image that is made first.
  package var sharedScratchCount: Int { image == .asItIs ? 0 : copiedRows * copiedRowCount }

  /// Floats of packed weights, bias and a run of zeros.
  package var packedCount: Int { weights.floats + geometry.groupInputs }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(parameters, into: packed)
    (packed + weights.floats).update(repeating: 0, count: geometry.groupInputs)
  }

  package func run(phase: Int, tile: Int, _ operands: ConvolutionOperands) {
    guard image != .asItIs else {
      multiply(tile: tile, operands.input, operands)
      return
    }
    if phase == 1 {
      multiply(tile: tile, UnsafePointer(operands.sharedScratch), operands)
      return
    }
    for row in tile * rowsPerCopy..<min((tile + 1) * rowsPerCopy, copiedRows) {
      let target = operands.sharedScratch + row * copiedRowCount
      if image == .thinned {
        thin(row: row, of: operands.input, into: target)
      } else {
        addHalo(row: row, of: operands.input, into: target)
      }
    }
  }

  /// Copies what one row of the output sees.
  private func thin(row: Int, of input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    let source = geometry.input
    let window = geometry.window
    let (image, y) = row.quotientAndRemainder(dividingBy: geometry.output.height)
    let pixel = (image * source.height + y * window.height.stride) * source.width
    Elementwise.copy(
      input + pixel * source.pixelStride, stride: window.width.stride * source.pixelStride,
      pixels: geometry.output.width, channels: source.channels, into: target, outputStride: source.channels,
      kernels: kernels)
  }

  /// Copies one row of the image, or of its halo, to where the product reads it.
  private func addHalo(
    row: Int, of input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let source = geometry.input
    let channels = source.channels
    let y = row % paddedHeight - geometry.window.height.padding
    guard y >= 0 && y < source.height else {
      target.update(repeating: 0, count: paddedWidth * channels)
      return
    }
    let image = row / paddedHeight
    let side = geometry.window.width.padding * channels
    let from = input + (image * source.height + y) * source.width * source.pixelStride
    target.update(repeating: 0, count: side)
    (target + side + source.width * channels).update(repeating: 0, count: side)
    if source.isDense {
      (target + side).update(from: from, count: source.width * channels)
    } else {
      Elementwise.copy(
        from, stride: source.pixelStride, pixels: source.width, channels: channels, into: target + side,
        outputStride: channels, kernels: kernels)
    }
  }

  /// Computes one tile of the product from the input, or from the image that was made of it.
  private func multiply(tile: Int, _ input: UnsafePointer<Float>, _ operands: ConvolutionOperands) {
    let panels = weights.panels
    let panelTile = tile / pixelTiles % panelTiles
    let group = tile / pixelTiles / panelTiles
    let firstPanel = panelTile * panelsPerTile
    let firstColumn = panels.firstColumn(ofPanel: firstPanel)
    let lastColumn = min(panels.firstColumn(ofPanel: firstPanel + panelsPerTile), panels.columns)
    let part = Part(
      pixels: pixels(ofTile: tile % pixelTiles),
      panels: weights.panels(ofGroup: group, in: operands.packed) + panels.offset(ofPanel: firstPanel),
      columns: lastColumn - firstColumn,
      bias: weights.bias(ofGroup: group, in: operands.packed) + firstColumn,
      firstOutput: group * geometry.groupOutputs + firstColumn)
    let source = input + group * geometry.groupInputs
    switch evenPixels {
    case .all: multiply(part, run: part.pixels, from: source, operands)
    case .ofRow:
      let width = geometry.output.width
      for start in stride(from: part.pixels.lowerBound, to: part.pixels.upperBound, by: width) {
        multiply(part, run: start..<(start + width), from: source, operands)
      }
    case .none: multiplyScattered(part, from: source, operands)
    }
  }

  /// What a tile computes: some outputs of some pixels.
  private struct Part {
    let pixels: Range<Int>
    let panels: UnsafePointer<Float>
    let columns: Int
    let bias: UnsafePointer<Float>
    let firstOutput: Int
  }

  /// Pixels that read their inputs at even distances.
  private func multiply(
    _ part: Part, run: Range<Int>, from input: UnsafePointer<Float>, _ operands: ConvolutionOperands
  ) {
    var span = ck_matrix_span()
    span.taps = taps
    span.depth = geometry.depth / taps
    if joinsRow {
      let width = image == .withHalo ? paddedWidth : geometry.input.width
      let height = image == .withHalo ? paddedHeight : geometry.input.height
      let place = OutputPlace(run.lowerBound, in: geometry.output)
      let row = place.image * height + place.y * geometry.window.height.stride
      let channels = geometry.input.channels
      span.input = input + (row * width + place.x * geometry.window.width.stride) * channels
      span.tap_stride = geometry.window.height.dilation * width * channels
      span.pixel_stride = geometry.window.width.stride * channels
    } else {
      span.pixel_stride = image == .thinned ? geometry.input.channels : geometry.input.pixelStride
      span.input = input + run.lowerBound * span.pixel_stride
    }
    span.pixels = run.count
    span.panels = part.panels
    span.columns = part.columns
    span.panel_by_panel = panelTiles > 1 ? 1 : 0
    span.result = result(of: part, from: run.lowerBound, operands)
    kernels.functions.pointee.matrix_span(&span)
  }

  /// Pixels whose inputs need a pointer each.
  private func multiplyScattered(
    _ part: Part, from input: UnsafePointer<Float>, _ operands: ConvolutionOperands
  ) {
    let zeros = operands.packed + weights.floats
    let rows = UnsafeMutableRawPointer(operands.threadScratch).bindMemory(
      to: UnsafePointer<Float>?.self, capacity: taps * kernels.tileRows)
    // Blocks of nearly equal height: 49 pixels are 10 + 10 + 10 + 10 + 9, not four times 12 and one.
    let pixels = part.pixels.count
    let blocks = pixels.dividedRoundingUp(by: kernels.tileRows)
    var tile = ck_matrix_tile()
    tile.taps = taps
    tile.depth = geometry.depth / taps
    tile.row = UnsafePointer(rows)
    tile.panels = part.panels
    tile.columns = part.columns
    for block in 0..<blocks {
      let start = part.pixels.lowerBound + pixels * block / blocks
      let height = part.pixels.lowerBound + pixels * (block + 1) / blocks - start
      geometry.pointAtPixels(of: start..<(start + height), input: input, zeros: zeros, rows)
      tile.result = result(of: part, from: start, operands)
      kernels.functions.pointee.matrix_tile(height, &tile)
    }
  }

  /// Where the results of pixels from `pixel` on go.
  private func result(of part: Part, from pixel: Int, _ operands: ConvolutionOperands) -> ck_matrix_result {
    var result = ck_matrix_result()
    result.bias = part.bias
    if let residual = operands.residual {
      result.residual = residual.pointer + pixel * residual.pixelStride + part.firstOutput
      result.residual_stride = residual.pixelStride
    }
    result.output = operands.output + pixel * geometry.output.pixelStride + part.firstOutput
    result.output_stride = geometry.output.pixelStride
    result.activation = ck_activation(epilogue.activation)
    return result
  }
}
