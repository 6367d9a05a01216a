import TensorCore

/// The gradient of any convolution's weights as im2col and OpenBLAS `sgemm`: the transposed gradient of the
/// output times the rows that ``Im2colGEMM`` multiplies.
///
/// The work is divided into columns of those rows, so that nothing is copied twice, and if that gives too few
/// work items, into parts of the pixels with their own sums. A 1×1 convolution with stride 1 finds its rows
/// in memory.
struct Im2colWeightGradient: WeightGradient {
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let columnsPerItem: Int
  private let pixelsPerChunk: Int
  /// Parts of the pixels.
  private let splits: Int

  /// Share of a core's L2 for the rows of a chunk.
  private static let rowBytes = 384 * 1024
  /// Work items: enough for the threads of a small machine to finish together.
  private static let wantedItems = 16
  /// With fewer columns, `sgemm` would copy the gradients too often.
  private static let fewestColumns = 64
  /// With fewer pixels, sums would be loaded and stored too often.
  private static let fewestPixels = 128
  /// Most floats of partial sums.
  private static let mostPartialSums = 1 << 21

  /// The algorithm for a convolution; `geometry.output` is the layout of the output's gradient.
  init(_ geometry: ConvolutionGeometry, kernels: KernelSet) {
    self.geometry = geometry
    self.kernels = kernels
    let wanted = Im2colWeightGradient.wantedItems.dividedRoundingUp(by: geometry.groups)
    columnsPerItem = min(
      max(geometry.depth.dividedRoundingUp(by: wanted).roundedUp(to: 16), Im2colWeightGradient.fewestColumns),
      geometry.depth)
    let fitting = Im2colWeightGradient.rowBytes / (columnsPerItem * MemoryLayout<Float>.stride)
    pixelsPerChunk = min(max(fitting, Im2colWeightGradient.fewestPixels), max(geometry.output.pixels, 1))
    let columnGroups = geometry.depth.dividedRoundingUp(by: columnsPerItem)
    splits = max(
      min(
        wanted.dividedRoundingUp(by: columnGroups),
        Im2colWeightGradient.mostPartialSums / max(geometry.output.channels * geometry.depth, 1),
        geometry.output.pixels / Im2colWeightGradient.fewestPixels), 1)
  }

  var name: String { copiesRows ? "im2col" : "sgemm" }

  private var copiesRows: Bool { !geometry.window.isPointwise }
  private var columnGroups: Int { geometry.depth.dividedRoundingUp(by: columnsPerItem) }
  private var partialSums: PartialSums { PartialSums(geometry, splits: splits, kernels: kernels) }

  var expectedTime: Double {
    let pixels = Double(geometry.output.pixels)
    let copying = copiesRows ? geometry.im2colNanoseconds : 0
    // The depth of the product is the number of pixels; its operands are copied for each chunk.
    let products = SgemmCost.time(
      calls: splits * geometry.output.pixels.dividedRoundingUp(by: pixelsPerChunk) * columnGroups,
      rows: Double(geometry.groupOutputs * columnGroups), columns: columnsPerItem,
      depth: geometry.output.pixels)
    return Double(geometry.groups) * (pixels * copying + products)
  }

  /// Whether the sums are the gradient already: nothing to add, nothing to transpose.
  private var isDirect: Bool { splits == 1 && geometry.window.taps == 1 }

  var sharedScratchCount: Int { isDirect ? 0 : partialSums.count }
  var threadScratchCount: Int { copiesRows ? pixelsPerChunk * columnsPerItem : 0 }

  /// Work items of the sums, then of the reduction if the gradient is not direct.
  var workItems: [Int] {
    let sums = geometry.groups * columnGroups * splits
    return isDirect ? [sums] : [sums, partialSums.itemCount]
  }

  func run(phase: Int, item: Int, _ operands: WeightGradientOperands) {
    if phase == 0 {
      computeSums(item, operands, isDirect ? operands.weightGradient : operands.sharedScratch)
    } else {
      let outputs = partialSums.outputs(ofItem: item)
      partialSums.add(outputs, in: operands.sharedScratch)
      partialSums.write(outputs, from: operands.sharedScratch, into: operands.weightGradient)
    }
  }

  /// Computes the sums over one part of the pixels, for some columns of one group.
  private func computeSums(
    _ item: Int, _ operands: WeightGradientOperands, _ sums: UnsafeMutablePointer<Float>
  ) {
    let split = item % splits
    let firstColumn = item / splits % columnGroups * columnsPerItem
    let columns = firstColumn..<min(firstColumn + columnsPerItem, geometry.depth)
    let group = item / splits / columnGroups
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
