import CKernels
import TensorCore

/// Convolution as a matrix product that never builds its matrix.
///
/// im2col copies each input pixel once for every element of the kernel. Here the matrix kernel gets a pointer
/// instead, for each output pixel and element of the kernel: to the input pixel, or to zeros in the padding.
/// The products and their order are the same, and nothing is copied. Where the output pixels read their
/// inputs at even distances, as in a 1×1 convolution, no pointers are needed; if that convolution has a
/// stride, the pixels that it reads are first copied together.
///
/// With few input channels (the three of an image) the dot products behind a pointer would be too short. A
/// whole row of the kernel is then one dot product, since its pixels are adjacent in memory; if the window
/// has padding, the image is first copied into one with a halo of zeros.
package struct ImplicitGEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let weights: GroupPanels
  private let image: Image
  private let evenPixels: EvenPixels
  private let panelsPerItem: Int
  private let pixelTiles: Int
  /// A tile has a multiple of this many pixels: a row, or a block of the matrix kernel.
  private let pixelUnit: Int

  /// The image that the product reads.
  private enum Image {
    /// The input.
    case input
    /// The input with a halo of zeros.
    case withHalo
    /// The pixels of the input that a 1×1 kernel with a stride reads.
    case subsampled
  }

  /// Which output pixels read their inputs at even distances.
  private enum EvenPixels {
    case all, ofRow, none
  }

  /// With fewer input channels than this, a row of the kernel is one dot product.
  private static let fewChannels = 16
  /// Weights up to this size stay in a core's L2 beside the activations: each pixel gets all its outputs
  /// before the next one is read.
  private static let cachedWeightBytes = 384 * 1024
  /// Of larger weights, groups of panels of about this size are multiplied together: neighboring outputs of a
  /// pixel are then written, and its residual read, at the same time.
  private static let panelGroupBytes = 256 * 1024
  /// Size of a work item: enough to reuse the weights that it reads, little enough for the threads to finish
  /// together.
  private static let macsPerItem = 3_000_000
  /// A small layer is divided into about this many work items, if each is long compared with the cost of
  /// handing it out.
  private static let fewestItems = 8
  private static let fewestMACsPerItem = 200_000

  /// The algorithm for a convolution.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    let joinsRow =
      geometry.groups == 1 && geometry.window.width.dilation == 1 && geometry.window.taps > 1
      && geometry.input.channels < ImplicitGEMM.fewChannels
    let window = geometry.window
    let isSubsampled = window.taps == 1 && !window.isPadded && !window.isPointwise
    image =
      isSubsampled
      ? .subsampled : joinsRow && (window.isPadded || !geometry.input.isDense) ? .withHalo : .input
    evenPixels = window.isPointwise || isSubsampled ? .all : joinsRow ? .ofRow : .none
    weights = GroupPanels(geometry, kernels: kernels)

    let panels = weights.panels
    let float = MemoryLayout<Float>.stride
    var panelsPerItem =
      panels.floats * float <= ImplicitGEMM.cachedWeightBytes
      ? panels.count
      : max(ImplicitGEMM.panelGroupBytes / (geometry.depth * kernels.panel * float), 1)
    let columns = min(panelsPerItem * kernels.panel, geometry.groupOutputs)
    let wantedMACs = min(
      max(geometry.macs / ImplicitGEMM.fewestItems, ImplicitGEMM.fewestMACsPerItem), ImplicitGEMM.macsPerItem)
    pixelUnit = evenPixels == .ofRow ? geometry.output.width : kernels.tileRows
    let fewestPixels = panelsPerItem < panels.count ? 8 * kernels.tileRows : kernels.tileRows
    let wantedPixels = max(wantedMACs / max(geometry.depth * columns, 1), fewestPixels)
    // Rounded to nearest: a small remainder as a tile of its own would read all the weights again.
    let units = geometry.output.pixels.dividedRoundingUp(by: pixelUnit)
    pixelTiles = min(max((geometry.output.pixels + wantedPixels / 2) / wantedPixels, 1), units)
    if pixelTiles == 1 && panelsPerItem < panels.count {
      // Nothing is read twice, and a longer work item more often uses the panel that it prefetches.
      panelsPerItem = max(panelsPerItem, panels.count / ImplicitGEMM.fewestItems)
    }
    self.panelsPerItem = panelsPerItem
  }

  /// Whether a row of the kernel is one dot product.
  private var joinsRow: Bool { evenPixels == .ofRow }

  /// Dot products that are summed for an output: rows of the kernel, or its elements.
  private var taps: Int { joinsRow ? geometry.window.height.kernel : geometry.window.taps }

  /// Floats of the pointers for a block of pixels.
  package var threadScratchCount: Int {
    RowPointers.floats(taps * kernels.tileRows)
  }

  private var panelGroups: Int { weights.panels.count.dividedRoundingUp(by: panelsPerItem) }

  /// The pixels of a tile; tiles have nearly equal numbers of units.
  private func pixels(ofTile tile: Int) -> Range<Int> {
    let units = geometry.output.pixels.dividedRoundingUp(by: pixelUnit)
    let first = units * tile / pixelTiles * pixelUnit
    let last = units * (tile + 1) / pixelTiles * pixelUnit
    return first..<min(last, geometry.output.pixels)
  }

  package let name = "implicit_gemm"

  /// Groups of rows of the image that is made first, if any; then, for the product, tiles of pixels × groups
  /// of panels.
  package var workItems: [Int] {
    let product = geometry.groups * panelGroups * pixelTiles
    return image == .input ? [product] : [copiedRows.dividedRoundingUp(by: rowsPerCopy), product]
  }

  /// Rows of the image that is made first.
  private var copiedRows: Int {
    geometry.input.batch * (image == .subsampled ? geometry.output.height : paddedHeight)
  }
  /// Floats of such a row.
  private var copiedRowCount: Int {
    (image == .subsampled ? geometry.output.width : paddedWidth) * geometry.input.channels
  }
  /// Rows of a work item that copies, a few microseconds.
  private var rowsPerCopy: Int { max(16_384 / copiedRowCount, 1) }

  /// Whether the activation is applied to the pixels of a work item together, behind the product.
  ///
  /// With six outputs a pixel, as in LeNet-5, the product's vectors are less than half full: a transcendental function of
  /// each would be computed nearly three times as often as of whole vectors.
  private var activatesPixelsTogether: Bool {
    epilogue.activation.isTranscendental && geometry.output.isDense && geometry.groups == 1
      && geometry.groupOutputs < kernels.vector
  }

  private var paddedWidth: Int { geometry.window.width.padded(geometry.input.width) }
  private var paddedHeight: Int { geometry.window.height.padded(geometry.input.height) }

  /// Floats of the image that is made first.
  package var sharedScratchCount: Int { image == .input ? 0 : copiedRows * copiedRowCount }

  /// Floats of packed weights, bias and a run of zeros.
  package var packedCount: Int { weights.floats + geometry.groupInputs }

  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    weights.pack(parameters, into: packed)
    (packed + weights.floats).update(repeating: 0, count: geometry.groupInputs)
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    guard image != .input else {
      multiply(item: item, operands.input, operands)
      return
    }
    if phase == 1 {
      multiply(item: item, UnsafePointer(operands.sharedScratch), operands)
      return
    }
    for row in item * rowsPerCopy..<min((item + 1) * rowsPerCopy, copiedRows) {
      let target = operands.sharedScratch + row * copiedRowCount
      if image == .subsampled {
        subsample(row: row, of: operands.input, into: target)
      } else {
        addHalo(row: row, of: operands.input, into: target)
      }
    }
  }

  /// Copies the pixels that a row of the output reads.
  private func subsample(row: Int, of input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    let source = geometry.input
    let window = geometry.window
    let (image, y) = row.quotientAndRemainder(dividingBy: geometry.output.height)
    let pixel = (image * source.height + y * window.height.stride) * source.width
    Elementwise.copy(
      Pixels(input + pixel * source.pixelStride, stride: window.width.stride * source.pixelStride),
      count: geometry.output.width, channels: source.channels,
      into: MutablePixels(target, stride: source.channels), kernels: kernels)
  }

  /// Copies a row of the image with its halo, or writes a row of the halo.
  private func addHalo(
    row: Int, of input: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let source = geometry.input
    let channels = source.channels
    let y = row % paddedHeight - geometry.window.height.leadingPadding
    guard y >= 0 && y < source.height else {
      target.update(repeating: 0, count: paddedWidth * channels)
      return
    }
    let image = row / paddedHeight
    let before = geometry.window.width.leadingPadding * channels
    let from = input + (image * source.height + y) * source.width * source.pixelStride
    target.update(repeating: 0, count: before)
    (target + before + source.width * channels).update(
      repeating: 0, count: geometry.window.width.trailingPadding * channels)
    Elementwise.copy(
      Pixels(from, stride: source.pixelStride), count: source.width, channels: channels,
      into: MutablePixels(target + before, stride: channels), kernels: kernels)
  }

  /// Computes a work item of the product, from the input or from the image that was made first.
  private func multiply(item: Int, _ input: UnsafePointer<Float>, _ operands: ConvolutionOperands) {
    let panels = weights.panels
    let panelGroup = item / pixelTiles % panelGroups
    let group = item / pixelTiles / panelGroups
    let firstPanel = panelGroup * panelsPerItem
    let firstColumn = panels.firstColumn(ofPanel: firstPanel)
    let lastColumn = min(panels.firstColumn(ofPanel: firstPanel + panelsPerItem), panels.columns)
    let part = Part(
      pixels: pixels(ofTile: item % pixelTiles),
      panels: weights.panels(ofGroup: group, in: operands.packed) + panels.offset(ofPanel: firstPanel),
      columns: lastColumn - firstColumn,
      bias: weights.bias(ofGroup: group, in: operands.packed) + firstColumn,
      firstOutput: group * geometry.groupOutputs + firstColumn)
    let source = input + group * geometry.groupInputs
    switch evenPixels {
    case .all: multiply(part, pixels: part.pixels, from: source, operands)
    case .ofRow:
      let width = geometry.output.width
      for start in stride(from: part.pixels.lowerBound, to: part.pixels.upperBound, by: width) {
        multiply(part, pixels: start..<(start + width), from: source, operands)
      }
    case .none: multiplyScattered(part, from: source, operands)
    }
    if activatesPixelsTogether {
      let channels = geometry.output.channels
      let results = operands.output + part.pixels.lowerBound * channels
      let count = part.pixels.count * channels
      Elementwise.activate(
        Pixels(results, stride: count), count: 1, channels: count, epilogue.activation,
        into: MutablePixels(results, stride: count), kernels: kernels)
    }
  }

  /// What a work item computes: some outputs of some pixels.
  private struct Part {
    let pixels: Range<Int>
    let panels: UnsafePointer<Float>
    let columns: Int
    let bias: UnsafePointer<Float>
    let firstOutput: Int
  }

  /// Pixels that read their inputs at even distances.
  private func multiply(
    _ part: Part, pixels: Range<Int>, from input: UnsafePointer<Float>, _ operands: ConvolutionOperands
  ) {
    var span = ck_matrix_span()
    if joinsRow {
      let width = image == .withHalo ? paddedWidth : geometry.input.width
      let height = image == .withHalo ? paddedHeight : geometry.input.height
      let place = OutputPlace(pixels.lowerBound, in: geometry.output)
      let row = place.image * height + place.y * geometry.window.height.stride
      let channels = geometry.input.channels
      span.inputs = ck_runs(
        input + (row * width + place.x * geometry.window.width.stride) * channels,
        stride: geometry.window.width.stride * channels, count: pixels.count, depth: geometry.depth / taps)
      span.inputs.taps = taps
      span.inputs.tap_stride =
        geometry.window.height.dilation * width * channels * MemoryLayout<Float>.stride
    } else {
      let stride = image == .subsampled ? geometry.input.channels : geometry.input.pixelStride
      span.inputs = ck_runs(
        input + pixels.lowerBound * stride, stride: stride, count: pixels.count, depth: geometry.depth)
    }
    span.panels = part.panels
    span.columns = part.columns
    span.panel_by_panel = panelGroups > 1 ? 1 : 0
    span.result = result(of: part, from: pixels.lowerBound, operands)
    kernels.functions.pointee.matrix_span(&span)
  }

  /// Pixels with a pointer to each of their inputs.
  private func multiplyScattered(
    _ part: Part, from input: UnsafePointer<Float>, _ operands: ConvolutionOperands
  ) {
    let zeros = operands.packed + weights.floats
    let rows = RowPointers.bind(operands.threadScratch, count: taps * kernels.tileRows)
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

  /// Where the results of the pixels from `pixel` on go.
  private func result(of part: Part, from pixel: Int, _ operands: ConvolutionOperands) -> ck_matrix_result {
    geometry.matrixResult(
      of: pixel, channel: part.firstOutput, bias: part.bias, operands,
      activatesPixelsTogether ? .identity : epilogue.activation)
  }
}
