import CKernels
import TensorCore

/// 3×3 or 5×5 convolution with stride 1 by Winograd's minimal filtering F(m×m, r×r).
///
/// A tile of m×m results needs n² products a channel, n = m + r - 1, instead of r²m²: for r = 3, 2.25, 4 and
/// 5.06 times fewer with m = 2, 4, 6; for r = 5, 2.78 and 6.25 times with m = 2, 4. Tiles of the input are
/// transformed to n² points; at each point the tiles and the transformed weights are an ordinary matrix product
/// over the channels; the results are transformed back, where bias, residual and ReLU are applied.
///
/// The tiles go through in chunks, so that what lies between the transforms stays in cache. Where the
/// transformed weights are small, a chunk is one piece of work for one thread (`fused`); where they are
/// large, chunks are large too, so that weights are read seldom, and all threads work on a chunk in three
/// phases.
package struct Winograd: ConvolutionProduct {
  private let grid: WinogradTiles
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let tilesPerChunk: Int
  private let isFused: Bool

  /// Transformed weights up to this size are read from L2 by every chunk.
  private static let fusedWeightBytes = 768 * 1024
  /// What a thread keeps of a fused chunk between the transforms.
  private static let fusedChunkBytes = 384 * 1024
  /// What all threads keep of a phased chunk between the transforms.
  private static let phasedChunkBytes = 8 * 1024 * 1024

  /// The results of a Winograd tile in each direction that there are transforms for.
  package static let tileSizes = [2, 4, 6]

  /// Those of ``tileSizes`` that a convolution can be computed with; none where the algorithm cannot compute it.
  package static func tileSizes(_ geometry: ConvolutionGeometry) -> [Int] {
    let axis = geometry.window.height
    guard geometry.groups == 1, geometry.window.width == axis, axis.stride == 1, axis.dilation == 1
    else { return [] }
    return switch axis.kernel {
    case 3: tileSizes
    case 5: [2, 4]
    default: []
    }
  }

  /// The algorithm for a convolution that suits it.
  package init(_ geometry: ConvolutionGeometry, m: Int, epilogue: Epilogue, kernels: KernelSet) {
    grid = WinogradTiles(geometry, m: m)
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    panels = PackedPanels(
      depth: geometry.input.channels, columns: geometry.output.channels, kernels: kernels)
    let tiles = grid.count
    let points = grid.points
    let float = MemoryLayout<Float>.stride
    let tileBytes = points * (geometry.input.channels + geometry.output.channels) * float
    isFused = points * panels.floats * float <= Winograd.fusedWeightBytes
    let room = (isFused ? Winograd.fusedChunkBytes : Winograd.phasedChunkBytes) / tileBytes
    let wanted = max(room / kernels.tileRows, 1) * kernels.tileRows
    // Chunks of nearly equal size.
    tilesPerChunk = tiles.dividedRoundingUp(by: tiles.dividedRoundingUp(by: wanted))
  }

  private var side: Int { grid.side }
  private var points: Int { grid.points }
  private var chunkCount: Int { grid.count.dividedRoundingUp(by: tilesPerChunk) }
  private var inputs: Int { geometry.input.channels }
  private var outputs: Int { geometry.output.channels }

  /// Floats from one point of a chunk to the next, before and after the product.
  private var inputStride: Int { WinogradTiles.pointStride(tiles: tilesPerChunk, channels: inputs) }
  private var outputStride: Int { WinogradTiles.pointStride(tiles: tilesPerChunk, channels: outputs) }

  /// Floats of transformed weights, bias and a pixel of zeros.
  package var packedCount: Int { points * panels.floats + outputs + inputs }

  /// Floats that the threads share: the points of a phased chunk, before and after the product.
  package var sharedScratchCount: Int { isFused ? 0 : points * (inputStride + outputStride) }

  /// Floats that a thread has for itself: pointers, and the points of a fused chunk.
  package var threadScratchCount: Int {
    grid.pointerFloats + (isFused ? points * (inputStride + outputStride) : 0)
  }

  package var name: String { "winograd_\(grid.m)" }

  package var tiles: [Int] {
    if isFused { return [chunkCount] }
    return (0..<chunkCount).flatMap { chunk in
      let tiles = tiles(ofChunk: chunk).count
      return [
        tiles.dividedRoundingUp(by: transformTiles), points * panelGroups,
        tiles.dividedRoundingUp(by: transformTiles),
      ]
    }
  }

  /// Tiles that are transformed as one piece: some tens of microseconds.
  private var transformTiles: Int { max(4096 / (inputs + outputs), 1) }
  /// Pieces that the panels of one point are cut into: one where the weights of a point are small.
  private var panelGroups: Int { max(panels.floats * MemoryLayout<Float>.stride / (512 * 1024), 1) }

  private func tiles(ofChunk chunk: Int) -> Range<Int> {
    chunk * tilesPerChunk..<min((chunk + 1) * tilesPerChunk, grid.count)
  }

  /// Transforms weights `[O, I, r, r]` and arranges them with the bias `[O]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    let kernel = geometry.window.height.kernel
    // Per point the panels follow each other as in any product; within a panel, product by product.
    for panel in 0..<panels.count {
      let width = panels.width(ofPanel: panel)
      let columns = panels.columns(inPanel: panel)
      let first = panels.firstColumn(ofPanel: panel)
      for channel in 0..<inputs {
        let target = packed + panels.offset(ofPanel: panel) + channel * width
        if columns.roundedUp(to: kernels.vector) < width {
          for point in 0..<points { (target + point * panels.floats).update(repeating: 0, count: width) }
        }
        kernels.functions.pointee.winograd_weights(
          side, kernel, weights.address(output: first, input: channel), weights.tapStride, columns,
          weights.outputStride, target, panels.floats)
      }
    }
    let bias = packed + points * panels.floats
    parameters.copyBias(count: outputs, into: bias)
    (bias + outputs).update(repeating: 0, count: inputs)
  }

  package func run(phase: Int, tile piece: Int, _ operands: ConvolutionOperands) {
    let pointers = grid.pointers(in: operands.threadScratch)
    let chunk = tiles(ofChunk: isFused ? piece : phase / 3)
    let before = isFused ? operands.threadScratch + grid.pointerFloats : operands.sharedScratch
    let after = before + points * inputStride
    if isFused {
      transformInput(0..<chunk.count, of: chunk, operands, into: before, pointers)
      for point in 0..<points {
        multiply(
          point: point, panels: 0..<panels.count, tiles: chunk.count, before, packed: operands.packed,
          into: after)
      }
      transformOutput(0..<chunk.count, of: chunk, after, operands)
      return
    }
    switch phase % 3 {
    case 0: transformInput(part(piece, of: chunk), of: chunk, operands, into: before, pointers)
    case 1:
      let group = piece % panelGroups
      multiply(
        point: piece / panelGroups,
        panels: panels.count * group / panelGroups..<panels.count * (group + 1) / panelGroups,
        tiles: chunk.count, before, packed: operands.packed, into: after)
    default:
      transformOutput(
        part(piece, of: chunk), of: chunk, after, operands)
    }
  }

  /// The tiles of a chunk that one piece of a transform has.
  private func part(_ piece: Int, of chunk: Range<Int>) -> Range<Int> {
    piece * transformTiles..<min((piece + 1) * transformTiles, chunk.count)
  }

  /// Points of tiles `part` of a chunk: `[point][tile][channel]`.
  private func transformInput(
    _ part: Range<Int>, of chunk: Range<Int>, _ operands: ConvolutionOperands,
    into target: UnsafeMutablePointer<Float>, _ pixels: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let zeros = operands.packed + points * panels.floats + outputs
    for index in part {
      grid.pointAtInput(ofTile: chunk.lowerBound + index, operands.input, zeros: zeros, pixels)
      kernels.functions.pointee.winograd_input(
        side, pixels, inputs, target + index * inputs, inputStride)
    }
  }

  /// The product at one point: `tiles × inputs` times `inputs × outputs`.
  private func multiply(
    point: Int, panels range: Range<Int>, tiles: Int, _ source: UnsafePointer<Float>,
    packed: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    var span = ck_matrix_span()
    span.taps = 1
    span.depth = inputs
    span.input = source + point * inputStride
    span.pixel_stride = inputs
    span.pixels = tiles
    span.panels = packed + point * panels.floats + panels.offset(ofPanel: range.lowerBound)
    let first = panels.firstColumn(ofPanel: range.lowerBound)
    span.columns = min(panels.firstColumn(ofPanel: range.upperBound), outputs) - first
    // A panel stays in L1 while all tiles pass by it.
    span.panel_by_panel = 1
    span.result.output = target + point * outputStride + first
    span.result.output_stride = outputs
    kernels.functions.pointee.matrix_span(&span)
  }

  /// Results of tiles `part` of a chunk.
  private func transformOutput(
    _ part: Range<Int>, of chunk: Range<Int>, _ source: UnsafePointer<Float>, _ operands: ConvolutionOperands
  ) {
    let target = geometry.output
    var result = ck_winograd_result()
    result.bias = operands.packed + points * panels.floats
    result.activation = ck_activation(epilogue.activation)
    result.output_row_stride = target.width * target.pixelStride
    result.output_pixel_stride = target.pixelStride
    if let residual = operands.residual {
      result.residual_row_stride = target.width * residual.pixelStride
      result.residual_pixel_stride = residual.pixelStride
    }
    for index in part {
      let (image, y, x) = grid.firstResult(of: chunk.lowerBound + index)
      let pixel = (image * target.height + y) * target.width + x
      result.output = operands.output + pixel * target.pixelStride
      if let residual = operands.residual {
        result.residual = residual.pointer + pixel * residual.pixelStride
      }
      result.rows = min(grid.m, target.height - y)
      result.columns = min(grid.m, target.width - x)
      kernels.functions.pointee.winograd_output(
        side, geometry.window.height.kernel, source + index * outputs, outputStride, outputs,
        &result)
    }
  }
}
