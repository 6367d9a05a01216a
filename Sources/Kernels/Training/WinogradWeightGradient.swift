import CKernels
import TensorCore

/// The gradient of the weights by Winograd's F(m×m, r×r), the reverse of ``Winograd``.
///
/// With Y = Aᵀ[(G W Gᵀ) ⊙ (Bᵀ X B)]A for each Winograd tile, the gradient of W is Gᵀ[(A Ẏ Aᵀ) ⊙ (Bᵀ X B)]G,
/// summed over the tiles: n² products per tile and pair of channels, n = m + r - 1, instead of r²m². The sum
/// over the tiles is an ordinary matrix product at each point.
///
/// Winograd tiles are processed in chunks. If the sums of all points fit into a core's L2, each work item has
/// some of the tiles, its own sums, and chunks that stay in L2 too (`fused`); the sums are then added in a
/// fixed order. If the sums are large, chunks stay in the shared cache: all threads transform a chunk, then
/// multiply it point by point. At the end the sums are transformed to the gradient.
struct WinogradWeightGradient: WeightGradient {
  private let grid: WinogradTiles
  private let geometry: ConvolutionGeometry
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let isFused: Bool
  private let tilesPerChunk: Int
  /// Work items with their own sums; one if all threads work on a chunk.
  private let splits: Int

  /// Sums up to this size stay in L2.
  private static let fusedSumBytes = 640 * 1024
  /// Size of the points of a fused chunk.
  private static let fusedChunkBytes = 256 * 1024
  /// Size of the points of a phased chunk.
  private static let phasedChunkBytes = 8 * 1024 * 1024
  /// Fused work items: enough for the threads of a small machine to finish together.
  private static let wantedSplits = 16
  /// Most floats of sums.
  private static let mostSums = 1 << 21
  /// Winograd tiles that are multiplied together: their values for a panel and a block of outputs stay in L1.
  private static let tilesAtOnce = 128
  /// Products of a phased work item, some tens of microseconds.
  private static let productsPerItem = 4 << 20

  /// The algorithm for a convolution that suits ``Winograd``; `geometry.output` is the layout of the output's
  /// gradient.
  init(_ geometry: ConvolutionGeometry, m: Int, kernels: KernelSet) {
    self.geometry = geometry
    self.kernels = kernels
    grid = WinogradTiles(geometry, m: m)
    panels = PackedPanels(depth: 1, columns: geometry.input.channels, kernels: kernels)
    let float = MemoryLayout<Float>.stride
    let sums = grid.points * geometry.output.channels * geometry.input.channels
    isFused = sums * float <= WinogradWeightGradient.fusedSumBytes
    let tileBytes = grid.points * (geometry.input.channels + geometry.output.channels) * float
    let room =
      isFused ? WinogradWeightGradient.fusedChunkBytes : WinogradWeightGradient.phasedChunkBytes
    let most = max(room / tileBytes, 1)
    splits =
      isFused
      ? max(
        min(
          WinogradWeightGradient.wantedSplits, WinogradWeightGradient.mostSums / sums,
          grid.count.dividedRoundingUp(by: most)), 1)
      : 1
    // Chunks of nearly equal size.
    let tiles = max(grid.count.dividedRoundingUp(by: splits), 1)
    tilesPerChunk = tiles.dividedRoundingUp(by: tiles.dividedRoundingUp(by: most))
  }

  var name: String { "winograd_\(grid.m)" }

  /// Nanoseconds to store a float of the sums, and to transform it.
  private static let sumNanoseconds = 0.5

  /// Fitted to the 3×3 layers of ResNet-50 with four images on Zen 4, each with every m.
  var expectedTime: Double {
    func wholeVectors(_ channels: Int) -> Double { Double(channels.roundedUp(to: kernels.vector)) }
    let points = Double(grid.points * grid.count)
    let cost = ConvolutionCost.of(kernels)
    return points * wholeVectors(inputs) * Double(outputs) / cost.productsPerNanosecond
      + points * (wholeVectors(inputs) + wholeVectors(outputs)) * cost.gradientTransformNanoseconds
      + Double(grid.points * outputs * inputs) * Self.sumNanoseconds
  }

  private var inputs: Int { geometry.input.channels }
  private var outputs: Int { geometry.output.channels }
  private var taps: Int { geometry.window.taps }

  private var inputStride: Int { WinogradTiles.pointStride(tiles: tilesPerChunk, channels: inputs) }
  private var gradientStride: Int { WinogradTiles.pointStride(tiles: tilesPerChunk, channels: outputs) }
  private var sumStride: Int { WinogradTiles.pointStride(tiles: outputs, channels: inputs) }
  private var sumCount: Int { grid.points * sumStride }
  /// Floats of the points of a chunk, of the input and of the gradient.
  private var chunkCount: Int { grid.points * (inputStride + gradientStride) }

  /// Floats of the sums of all splits, then of the points of a phased chunk.
  var sharedScratchCount: Int { splits * sumCount + (isFused ? 0 : chunkCount) }

  /// Floats of the pointers and of a pixel of zeros, then of the points of a fused chunk or of the weights of
  /// an output.
  var threadScratchCount: Int {
    grid.pointerFloats + max(inputs, outputs) + max(taps * inputs, isFused ? chunkCount : 0)
  }

  var workItems: [Int] {
    let finish = outputs.dividedRoundingUp(by: outputsPerItem)
    if isFused { return [splits, finish] }
    return (0..<phasedChunks).flatMap { chunk in
      [tiles(ofChunk: chunk).count.dividedRoundingUp(by: tilesPerTransform), grid.points * outputGroups]
    } + [finish]
  }

  private var phasedChunks: Int { grid.count.dividedRoundingUp(by: tilesPerChunk) }
  private func tiles(ofChunk chunk: Int) -> Range<Int> {
    chunk * tilesPerChunk..<min((chunk + 1) * tilesPerChunk, grid.count)
  }
  /// Winograd tiles of a phased chunk that a work item transforms, some tens of microseconds.
  private var tilesPerTransform: Int { max(4096 / (inputs + outputs), 1) }
  /// Work items for the product at a point of a phased chunk.
  private var outputGroups: Int {
    let products = tilesPerChunk * inputs * outputs
    return min(
      products.dividedRoundingUp(by: WinogradWeightGradient.productsPerItem),
      outputs.dividedRoundingUp(by: kernels.tileRows))
  }
  /// Outputs whose sums a work item transforms.
  private var outputsPerItem: Int { max(16_384 / (inputs * taps), 1) }

  func run(phase: Int, item: Int, _ operands: WeightGradientOperands) {
    let sums = operands.sharedScratch
    if phase == (isFused ? 1 : 2 * phasedChunks) {
      let first = item * outputsPerItem
      finish(first..<min(first + outputsPerItem, outputs), sums, operands)
    } else if isFused {
      let tiles = grid.count * item / splits..<grid.count * (item + 1) / splits
      let points = operands.threadScratch + grid.pointerFloats + max(inputs, outputs)
      for first in stride(from: tiles.lowerBound, to: tiles.upperBound, by: tilesPerChunk) {
        let chunk = first..<min(first + tilesPerChunk, tiles.upperBound)
        transform(chunk, operands, into: points, from: 0)
        for point in 0..<grid.points {
          multiply(
            point: point, outputs: 0..<outputs, tiles: chunk.count, points,
            accumulates: first > tiles.lowerBound,
            sums: sums + item * sumCount)
        }
      }
    } else {
      let points = sums + sumCount
      let chunk = tiles(ofChunk: phase / 2)
      if phase.isMultiple(of: 2) {
        let first = item * tilesPerTransform
        let end = min(first + tilesPerTransform, chunk.count)
        transform(chunk.lowerBound + first..<chunk.lowerBound + end, operands, into: points, from: first)
      } else {
        let group = item % outputGroups
        multiply(
          point: item / outputGroups,
          outputs: outputs * group / outputGroups..<outputs * (group + 1) / outputGroups, tiles: chunk.count,
          points, accumulates: phase > 1, sums: sums)
      }
    }
  }

  /// Transforms some tiles of the input, and of the output's gradient, to points, `[point][tile][channel]`.
  ///
  /// The first of the tiles is number `first` of its chunk.
  private func transform(
    _ tiles: Range<Int>, _ operands: WeightGradientOperands, into points: UnsafeMutablePointer<Float>,
    from first: Int
  ) {
    let pixels = grid.pointers(in: operands.threadScratch)
    let zeros = operands.threadScratch + grid.pointerFloats
    zeros.update(repeating: 0, count: max(inputs, outputs))
    let kernel = geometry.window.height.kernel
    var input = points + first * inputs
    var gradient = points + grid.points * inputStride + first * outputs
    for tile in tiles {
      grid.pointAtInput(ofTile: tile, operands.input, zeros: zeros, pixels)
      kernels.maps(.float32).pointee.winograd_input(grid.side, pixels, inputs, input, inputStride)
      grid.pointAtResults(ofTile: tile, operands.outputGradient, zeros: zeros, pixels)
      kernels.functions.pointee.training.pointee.winograd_gradient(
        grid.side, kernel, pixels, outputs, gradient, gradientStride)
      input += inputs
      gradient += outputs
    }
  }

  /// Computes the sums of some outputs at a point of a chunk: `outputs × tiles` times `tiles × inputs`.
  private func multiply(
    point: Int, outputs range: Range<Int>, tiles: Int, _ points: UnsafePointer<Float>, accumulates: Bool,
    sums: UnsafeMutablePointer<Float>
  ) {
    let input = points + point * inputStride
    let gradient = points + grid.points * inputStride + point * gradientStride
    let target = sums + point * sumStride
    let blocks = range.count.dividedRoundingUp(by: kernels.tileRows)
    var tile = ck_outer_tile()
    tile.images = 1
    tile.height = 1
    tile.left_pixel = outputs
    tile.right_pixel = inputs
    tile.output_stride = inputs
    for first in stride(from: 0, to: tiles, by: WinogradWeightGradient.tilesAtOnce) {
      tile.width = min(WinogradWeightGradient.tilesAtOnce, tiles - first)
      tile.accumulates = accumulates || first > 0 ? 1 : 0
      for panel in 0..<panels.count {
        let column = panels.firstColumn(ofPanel: panel)
        tile.columns = panels.columns(inPanel: panel)
        tile.right = input + first * inputs + column
        for block in 0..<blocks {
          let row = range.lowerBound + range.count * block / blocks
          let end = range.lowerBound + range.count * (block + 1) / blocks
          tile.left = gradient + first * outputs + row
          tile.output = target + row * inputs + column
          kernels.functions.pointee.training.pointee.outer_tile(
            end - row, panels.width(ofPanel: panel) == kernels.panel ? 1 : 0, &tile)
        }
      }
    }
  }

  /// Adds the sums of some outputs, in order and in place, and transforms the totals to the gradient of their
  /// weights.
  private func finish(
    _ range: Range<Int>, _ sums: UnsafeMutablePointer<Float>, _ operands: WeightGradientOperands
  ) {
    let total = MutablePixels(sums + range.lowerBound * inputs, stride: sumStride)
    for split in 1..<splits {
      Elementwise.add(
        Pixels(total), Pixels(total.pointer + split * sumCount, stride: sumStride), count: grid.points,
        channels: range.count * inputs, into: total, kernels: kernels)
    }
    let rows = operands.threadScratch + grid.pointerFloats + max(inputs, outputs)
    for output in range {
      kernels.functions.pointee.training.pointee.winograd_weight_results(
        grid.side, geometry.window.height.kernel, sums + output * inputs, sumStride, inputs, rows, inputs)
      geometry.transposeTaps(rows, into: operands.weightGradient + output * geometry.depth, kernels: kernels)
    }
  }
}
