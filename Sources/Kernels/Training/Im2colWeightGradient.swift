import TensorCore

/// The gradient of any convolution's weights as im2col and OpenBLAS `sgemm`: the transposed gradients of the output
/// times the rows that ``Im2colGEMM`` multiplies.
///
/// Work is cut into columns of those rows, so that nothing is copied twice, and into parts of the pixels with sums of
/// their own where that gives too few tiles. A 1×1 convolution with stride 1 has its rows in memory already.
struct Im2colWeightGradient: WeightGradient {
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let columnsPerTile: Int
  private let pixelsPerChunk: Int
  /// Parts of the pixels.
  private let splits: Int

  /// The rows of a chunk take about this much of a core's L2.
  private static let rowBytes = 384 * 1024
  /// Tiles of a layer: enough for the threads of a small machine to end together.
  private static let wantedTiles = 16
  /// With fewer columns, `sgemm` would copy the gradients too often.
  private static let fewestColumns = 64
  /// With fewer pixels, sums would be loaded and stored too often.
  private static let fewestPixels = 128
  /// Most floats of partial sums.
  private static let mostPartialSums = 1 << 21

  /// The algorithm for a convolution; `geometry.output` is how the output's gradient lies.
  init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    self.kernels = kernels
    let wanted = Im2colWeightGradient.wantedTiles.dividedRoundingUp(by: geometry.groups)
    columnsPerTile = min(
      max(geometry.depth.dividedRoundingUp(by: wanted).roundedUp(to: 16), Im2colWeightGradient.fewestColumns),
      geometry.depth)
    let fitting = Im2colWeightGradient.rowBytes / (columnsPerTile * MemoryLayout<Float>.stride)
    pixelsPerChunk = min(max(fitting, Im2colWeightGradient.fewestPixels), max(geometry.output.pixels, 1))
    let columnTiles = geometry.depth.dividedRoundingUp(by: columnsPerTile)
    splits = max(
      min(
        wanted.dividedRoundingUp(by: columnTiles),
        Im2colWeightGradient.mostPartialSums / max(geometry.output.channels * geometry.depth, 1),
        geometry.output.pixels / Im2colWeightGradient.fewestPixels), 1)
  }

  var name: String { copiesRows ? "im2col" : "sgemm" }

  private var copiesRows: Bool { !geometry.window.isPointwise }
  private var columnTiles: Int { geometry.depth.dividedRoundingUp(by: columnsPerTile) }
  private var partialSums: PartialSums { PartialSums(geometry, splits: splits, kernels: kernels) }

  var expectedTime: Double {
    let pixels = Double(geometry.output.pixels)
    let copying = copiesRows ? geometry.im2colNanoseconds : 0
    // The product is as long as the pixels are many; its operands are what a chunk copies.
    let products = SgemmCost.time(
      calls: splits * geometry.output.pixels.dividedRoundingUp(by: pixelsPerChunk) * columnTiles,
      rows: Double(geometry.groupOutputs * columnTiles), columns: columnsPerTile,
      depth: geometry.output.pixels)
    return Double(geometry.groups) * (pixels * copying + products)
  }

  /// Whether the sums are the gradient as it is asked for: nothing to add up, nothing to rearrange.
  private var isDirect: Bool { splits == 1 && geometry.window.taps == 1 }

  var sharedScratchCount: Int { isDirect ? 0 : partialSums.count }
  var threadScratchCount: Int { copiesRows ? pixelsPerChunk * columnsPerTile : 0 }

  /// Tiles of the sums, then of the reduction, if the gradient is not direct.
  var tiles: [Int] {
    let sums = geometry.groups * columnTiles * splits
    return isDirect ? [sums] : [sums, partialSums.tiles]
  }

  func run(phase: Int, tile: Int, _ operands: WeightGradientOperands) {
    if phase == 0 {
      computeSums(tile, operands, isDirect ? operands.weightGradient : operands.sharedScratch)
    } else {
      let outputs = partialSums.outputs(ofTile: tile)
      partialSums.add(outputs, in: operands.sharedScratch)
      partialSums.write(outputs, from: operands.sharedScratch, into: operands.weightGradient)
    }
  }

  /// The sums over one part of the pixels, for some columns of one group.
  private func computeSums(
    _ tile: Int, _ operands: WeightGradientOperands, _ sums: UnsafeMutablePointer<Float>
  ) {
    let split = tile % splits
    let firstColumn = tile / splits % columnTiles * columnsPerTile
    let columns = firstColumn..<min(firstColumn + columnsPerTile, geometry.depth)
    let group = tile / splits / columnTiles
    let (input, output) = (geometry.input, geometry.output)
    let source = operands.input + group * geometry.groupInputs
    let gradient = operands.outputGradient + group * geometry.groupOutputs
    let target =
      sums + partialSums.offset(ofSplit: split) + group * geometry.groupOutputs * geometry.depth
      + firstColumn
    let pixels = output.pixels * split / splits..<output.pixels * (split + 1) / splits
    let step = copiesRows ? pixelsPerChunk : max(pixels.count, 1)
    for first in stride(from: pixels.lowerBound, to: pixels.upperBound, by: step) {
      let chunk = first..<min(first + step, pixels.upperBound)
      var rows = source + first * input.pixelStride + firstColumn
      var rowStride = input.pixelStride
      if copiesRows {
        geometry.copyRows(of: chunk, columns: columns, from: source, into: operands.threadScratch)
        rows = UnsafePointer(operands.threadScratch)
        rowStride = columns.count
      }
      BLAS.multiplyTransposedLeft(
        rows: geometry.groupOutputs, columns: columns.count, depth: chunk.count,
        gradient + first * output.pixelStride, rowStride: output.pixelStride, rows, rowStride: rowStride,
        accumulates: first > pixels.lowerBound, into: target, rowStride: geometry.depth)
    }
  }
}
