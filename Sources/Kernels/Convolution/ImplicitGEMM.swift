import CKernels
import TensorCore

/// Convolution as a matrix product that never builds its matrix.
///
/// im2col would copy each pixel once for every element of the kernel. Here the matrix kernel is
/// handed, for each output pixel and element of the kernel, a pointer to the input pixel that
/// belongs there (or to zeros, in the padding): the same products in the same order, nothing copied.
/// A 1×1 convolution is the case with one pointer a pixel.
///
/// With few input channels (a picture's three) the runs behind each pointer would be too short. A
/// whole row of the kernel is then one run, since its pixels are adjacent in memory; where the window
/// has padding, the picture is first copied into one with a rim of zeros.
package struct ImplicitGEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let joinsRow: Bool
  private let pixelsPerTile: Int
  private let panelsPerTile: Int

  /// Below this many input channels a whole kernel row is one run.
  private static let fewChannels = 16
  /// Weights up to this size stay in a core's L2 beside the activations, so that each pixel is
  /// finished for all outputs before the next one is touched.
  private static let cachedWeightBytes = 384 * 1024
  /// Work of a tile: long beside the cost of handing it out, short beside a layer.
  private static let macsPerTile = 3_000_000

  /// The algorithm for a convolution.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    joinsRow =
      geometry.groups == 1 && geometry.window.width.dilation == 1 && geometry.window.taps > 1
      && geometry.input.channels < ImplicitGEMM.fewChannels
    panels = PackedPanels(
      depth: geometry.depth, columns: geometry.groupOutputs, kernels: kernels)

    let pixels = geometry.output.pixels
    let macsPerPixel = geometry.depth * geometry.groupOutputs
    if panels.floats * MemoryLayout<Float>.stride <= ImplicitGEMM.cachedWeightBytes {
      panelsPerTile = panels.count
      let wanted = max(ImplicitGEMM.macsPerTile / max(macsPerPixel, 1), 1)
      pixelsPerTile = min(wanted.roundedUp(to: kernels.tileRows), pixels)
    } else {
      panelsPerTile = 1
      let wanted = max(ImplicitGEMM.macsPerTile / (geometry.depth * kernels.panel), 8 * kernels.tileRows)
      pixelsPerTile = min(wanted.roundedUp(to: kernels.tileRows), pixels)
    }
  }

  /// Runs of adjacent products that make one output: rows of the kernel, or its elements.
  private var taps: Int { joinsRow ? geometry.window.height.kernel : geometry.window.taps }

  /// Floats that a thread needs for the pointers of one block of pixels.
  package var threadScratchCount: Int {
    taps * kernels.tileRows * MemoryLayout<UnsafePointer<Float>>.stride / MemoryLayout<Float>.stride
  }

  private var pixelTiles: Int { geometry.output.pixels.dividedRoundingUp(by: pixelsPerTile) }
  private var panelTiles: Int { panels.count.dividedRoundingUp(by: panelsPerTile) }

  package let name = "implicit_gemm"

  /// The rows of the picture with its rim, if it gets one, then the tiles of the product.
  package var tiles: [Int] {
    let product = geometry.groups * panelTiles * pixelTiles
    return needsRim ? [geometry.input.batch * rimmedHeight, product] : [product]
  }

  /// Whether the picture is copied into one with a rim first.
  private var needsRim: Bool {
    joinsRow
      && (geometry.window.height.padding > 0 || geometry.window.width.padding > 0
        || !geometry.input.isDense)
  }

  private var rimmedWidth: Int { geometry.input.width + 2 * geometry.window.width.padding }
  private var rimmedHeight: Int { geometry.input.height + 2 * geometry.window.height.padding }

  /// Floats of the picture with its rim; 0 if there is none.
  package var sharedScratchCount: Int {
    needsRim ? geometry.input.batch * rimmedHeight * rimmedWidth * geometry.input.channels : 0
  }

  /// Floats of packed weights: panels of all groups, bias of whole panels, a run of zeros.
  package var packedCount: Int { geometry.groups * groupPackedCount + zeroCount }
  private var groupPackedCount: Int { panels.floats + panels.paddedColumns }
  private var zeroCount: Int { geometry.groupInputs }

  /// Arranges weights `[O, I / groups, kH, kW]` and bias `[O]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let (weight, bias) = (parameters.weight, parameters.bias)
    let taps = geometry.window.taps
    var offsets: [Int] = []
    offsets.reserveCapacity(geometry.depth)
    for tap in 0..<taps {
      for channel in 0..<geometry.groupInputs { offsets.append(channel * taps + tap) }
    }
    for group in 0..<geometry.groups {
      let target = packed + group * groupPackedCount
      let firstOutput = group * geometry.groupOutputs
      panels.pack(
        weight + firstOutput * geometry.depth, productOffsets: offsets,
        columnStride: geometry.depth, into: target)
      let biasTarget = target + panels.floats
      biasTarget.update(repeating: 0, count: panels.paddedColumns)
      if let bias { biasTarget.update(from: bias + firstOutput, count: geometry.groupOutputs) }
    }
    (packed + geometry.groups * groupPackedCount).update(repeating: 0, count: zeroCount)
  }

  package func run(phase: Int, tile: Int, _ operands: ConvolutionOperands) {
    if needsRim && phase == 0 {
      addRim(row: tile, of: operands.input, into: operands.sharedScratch)
    } else {
      multiply(tile: tile, needsRim ? UnsafePointer(operands.sharedScratch) : operands.input, operands)
    }
  }

  /// Copies one row of the picture, or of its rim, to where the product reads it.
  private func addRim(
    row: Int, of input: UnsafePointer<Float>, into rimmed: UnsafeMutablePointer<Float>
  ) {
    let source = geometry.input
    let channels = source.channels
    let target = rimmed + row * rimmedWidth * channels
    let y = row % rimmedHeight - geometry.window.height.padding
    guard y >= 0 && y < source.height else {
      target.update(repeating: 0, count: rimmedWidth * channels)
      return
    }
    let image = row / rimmedHeight
    let side = geometry.window.width.padding * channels
    let from = input + (image * source.height + y) * source.width * source.pixelStride
    target.update(repeating: 0, count: side)
    (target + side + source.width * channels).update(repeating: 0, count: side)
    if source.isDense {
      (target + side).update(from: from, count: source.width * channels)
    } else {
      for x in 0..<source.width {
        (target + side + x * channels).update(from: from + x * source.pixelStride, count: channels)
      }
    }
  }

  /// Computes one tile of the product from the input, or from the picture with its rim.
  private func multiply(tile: Int, _ input: UnsafePointer<Float>, _ operands: ConvolutionOperands) {
    let pixelTile = tile % pixelTiles
    let panelTile = tile / pixelTiles % panelTiles
    let group = tile / pixelTiles / panelTiles
    let firstPixel = pixelTile * pixelsPerTile
    let lastPixel = min(firstPixel + pixelsPerTile, geometry.output.pixels)
    let firstPanel = panelTile * panelsPerTile
    let lastPanel = min(firstPanel + panelsPerTile, panels.count)

    let weights = operands.packed + group * groupPackedCount
    let zeros = operands.packed + geometry.groups * groupPackedCount
    let outputStride = geometry.output.pixelStride

    // Blocks of nearly equal height: 49 pixels are 10 + 10 + 10 + 10 + 9, not four times 12 and one.
    let pixels = lastPixel - firstPixel
    let blocks = pixels.dividedRoundingUp(by: kernels.tileRows)
    let rows = UnsafeMutableRawPointer(operands.threadScratch).bindMemory(
      to: UnsafePointer<Float>?.self, capacity: taps * kernels.tileRows)
    for block in 0..<blocks {
      let start = firstPixel + pixels * block / blocks
      let height = firstPixel + pixels * (block + 1) / blocks - start
      if joinsRow {
        pointAtKernelRows(of: start..<(start + height), input: input, rows)
      } else {
        geometry.pointAtPixels(
          of: start..<(start + height), input: input + group * geometry.groupInputs, zeros: zeros, rows)
      }
      for panel in firstPanel..<lastPanel {
        let column = group * geometry.groupOutputs + panels.firstColumn(ofPanel: panel)
        var tile = ck_matrix_tile()
        tile.taps = taps
        tile.depth = geometry.depth / taps
        tile.row = UnsafePointer(rows)
        tile.panel = weights + panels.offset(ofPanel: panel)
        tile.columns = panels.columns(inPanel: panel)
        tile.bias = weights + panels.floats + panels.firstColumn(ofPanel: panel)
        if let residual = operands.residual {
          tile.residual = residual.pointer + start * residual.pixelStride + column
          tile.residual_stride = residual.pixelStride
        }
        tile.output = operands.output + start * outputStride + column
        tile.output_stride = outputStride
        tile.relu = epilogue.rectifies ? 1 : 0
        kernels.functions.pointee.matrix_tile(
          height, panels.width(ofPanel: panel) == kernels.panel ? 1 : 0, &tile)
      }
    }
  }

  /// For each row of the kernel, then each pixel: where the first pixel of that row lies.
  private func pointAtKernelRows(
    of pixels: Range<Int>, input: UnsafePointer<Float>,
    _ rows: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let height = needsRim ? rimmedHeight : geometry.input.height
    let width = needsRim ? rimmedWidth : geometry.input.width
    let channels = geometry.input.channels
    let count = pixels.count
    var place = OutputPlace(pixels.lowerBound, in: geometry.output)
    for m in 0..<count {
      let top = place.y * geometry.window.height.stride
      let left = place.x * geometry.window.width.stride
      for ky in 0..<geometry.window.height.kernel {
        let y = top + ky * geometry.window.height.dilation
        rows[ky * count + m] = input + ((place.image * height + y) * width + left) * channels
      }
      place.advance(in: geometry.output)
    }
  }
}
