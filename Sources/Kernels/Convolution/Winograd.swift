import CKernels
import TensorCore

/// 3×3 or 5×5 convolution with stride 1 by Winograd's minimal filtering F(m×m, r×r).
///
/// A Winograd tile of m×m results takes n² products per channel, n = m + r - 1, instead of r²m²: for r = 3,
/// 2.25, 4 and 5.06 times fewer with m = 2, 4, 6; for r = 5, 2.78 and 6.25 times fewer with m = 2, 4. Each
/// tile of the input is transformed to n² points. At each point, the tiles and the transformed weights form
/// an ordinary matrix product over the channels. The products are transformed back to results, to which bias,
/// residual and activation are applied.
///
/// Points are floats. Between feature maps in bfloat16, transformed weights are stored in float16, whose eleven bits leave
/// room for what the transforms make of their rounding; with one image, reading them takes most of the time.
///
/// Winograd tiles are processed in chunks, so that the points of a chunk stay in cache. If the transformed
/// weights are small, a chunk is a work item (`fused`). If they are large, chunks are large too, so that the
/// weights are read seldom, and all threads work on a chunk in three phases.
package struct Winograd: ConvolutionProduct {
  private let grid: WinogradTiles
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let panels: PackedPanels
  private let hasHalves: Bool
  private let tilesPerChunk: Int
  private let isFused: Bool

  /// Transformed weights up to this size stay in L2, where every chunk reads them.
  private static let fusedWeightBytes = 768 * 1024
  /// Size of the points of a fused chunk.
  private static let fusedChunkBytes = 384 * 1024
  /// Size of the points of a phased chunk.
  private static let phasedChunkBytes = 8 * 1024 * 1024

  /// The sizes m for which there are transforms.
  package static let tileSizes = [2, 4, 6]

  /// Those of ``tileSizes`` with which a convolution can be computed.
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
    hasHalves = Winograd.hasHalves(geometry)
    let tiles = grid.count
    let points = grid.points
    let float = MemoryLayout<Float>.stride
    let tileBytes = points * (geometry.input.channels + geometry.output.channels) * float
    let weightBytes = points * panels.floats * float / (hasHalves ? 2 : 1)
    isFused = weightBytes <= Winograd.fusedWeightBytes
    let room = (isFused ? Winograd.fusedChunkBytes : Winograd.phasedChunkBytes) / tileBytes
    let wanted = max(room / kernels.tileRows, 1) * kernels.tileRows
    // Chunks of nearly equal size.
    tilesPerChunk = tiles.dividedRoundingUp(by: tiles.dividedRoundingUp(by: wanted))
  }

  /// Whether weights are stored in float16.
  static func hasHalves(_ geometry: ConvolutionGeometry) -> Bool { geometry.output.format == .bfloat16 }

  private var side: Int { grid.side }
  private var points: Int { grid.points }
  private var chunkCount: Int { grid.count.dividedRoundingUp(by: tilesPerChunk) }
  private var inputs: Int { geometry.input.channels }
  private var outputs: Int { geometry.output.channels }

  /// Floats from a point of a chunk to the next, before and after the product.
  private var inputStride: Int { WinogradTiles.pointStride(tiles: tilesPerChunk, channels: inputs) }
  private var outputStride: Int { WinogradTiles.pointStride(tiles: tilesPerChunk, channels: outputs) }

  /// Floats of the transformed weights.
  private var weightFloats: Int { points * panels.floats / (hasHalves ? 2 : 1) }

  /// Floats of transformed weights, bias, a pixel of zeros, and a factor of the products.
  package var packedCount: Int { weightFloats + outputs + inputs + 1 }

  /// Floats of the points of a phased chunk, before and after the product.
  package var sharedScratchCount: Int { isFused ? 0 : points * (inputStride + outputStride) }

  /// Floats of the pointers and of the points of a fused chunk.
  package var threadScratchCount: Int {
    grid.pointerFloats + (isFused ? points * (inputStride + outputStride) : 0)
  }

  package var name: String { "winograd_\(grid.m)" }

  package var workItems: [Int] {
    if isFused { return [chunkCount] }
    return (0..<chunkCount).flatMap { chunk in
      let tiles = tiles(ofChunk: chunk).count
      return [
        tiles.dividedRoundingUp(by: tilesPerTransform), points * panelGroups,
        tiles.dividedRoundingUp(by: tilesPerTransform),
      ]
    }
  }

  /// Winograd tiles that a work item transforms, some tens of microseconds.
  private var tilesPerTransform: Int { max(4096 / (inputs + outputs), 1) }
  /// Work items for the product at a point: one if the weights of the point are small.
  private var panelGroups: Int { max(panels.floats * MemoryLayout<Float>.stride / (512 * 1024), 1) }

  private func tiles(ofChunk chunk: Int) -> Range<Int> {
    chunk * tilesPerChunk..<min((chunk + 1) * tilesPerChunk, grid.count)
  }

  /// The weights of all points are at most this many times as large as the largest weight, as a power of two: the rows of G
  /// have sums of magnitudes of at most 3/2, and each weight meets two of them.
  private static let growthExponent = 2

  /// Transforms weights `[O, I, r, r]` and packs them, then the bias `[O]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    let weights = parameters.weights(geometry)
    let kernel = geometry.window.height.kernel
    let exponent = hasHalves ? parameters.float16Exponent(geometry) + Winograd.growthExponent : 0
    let halves = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: UInt16.self)
    let transformed = UnsafeMutablePointer<Float>.allocate(capacity: points * kernels.panel)
    defer { transformed.deallocate() }
    // The panels of a point follow each other as in any product; a panel is filled channel by channel.
    for panel in 0..<panels.count {
      let width = panels.width(ofPanel: panel)
      let columns = panels.columns(inPanel: panel)
      let first = panels.firstColumn(ofPanel: panel)
      for channel in 0..<inputs {
        let place = panels.offset(ofPanel: panel) + channel * width
        transformed.update(repeating: 0, count: points * width)
        kernels.functions.pointee.winograd_weights(
          side, kernel, weights.address(output: first, input: channel), weights.tapStride, columns,
          weights.outputStride, transformed, width)
        for point in 0..<points {
          let weights = transformed + point * width
          let offset = point * panels.floats + place
          if hasHalves {
            kernels.functions.pointee.narrow_half(
              weights, width, Float16Scale.power(-exponent), halves + offset)
          } else {
            (packed + offset).update(from: weights, count: width)
          }
        }
      }
    }
    let bias = packed + weightFloats
    parameters.copyBias(count: outputs, into: bias)
    (bias + outputs).update(repeating: 0, count: inputs)
    bias[outputs + inputs] = Float16Scale.power(exponent)
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let pointers = grid.pointers(in: operands.threadScratch)
    let chunk = tiles(ofChunk: isFused ? item : phase / 3)
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
    case 0: transformInput(tiles(ofItem: item, in: chunk), of: chunk, operands, into: before, pointers)
    case 1:
      let group = item % panelGroups
      multiply(
        point: item / panelGroups,
        panels: panels.count * group / panelGroups..<panels.count * (group + 1) / panelGroups,
        tiles: chunk.count, before, packed: operands.packed, into: after)
    default:
      transformOutput(
        tiles(ofItem: item, in: chunk), of: chunk, after, operands)
    }
  }

  /// The Winograd tiles that a work item transforms, counted from the start of the chunk.
  private func tiles(ofItem item: Int, in chunk: Range<Int>) -> Range<Int> {
    item * tilesPerTransform..<min((item + 1) * tilesPerTransform, chunk.count)
  }

  /// Transforms the input of some tiles of a chunk to points: `[point][tile][channel]`.
  private func transformInput(
    _ tiles: Range<Int>, of chunk: Range<Int>, _ operands: ConvolutionOperands,
    into target: UnsafeMutablePointer<Float>, _ pixels: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    let zeros = operands.packed + weightFloats + outputs
    let maps = kernels.maps(geometry.input.format)
    for index in tiles {
      grid.pointAtInput(ofTile: chunk.lowerBound + index, operands.input, zeros: zeros, pixels)
      maps.pointee.winograd_input(
        side, pixels, inputs, target + index * inputs, inputStride)
    }
  }

  /// Computes the product at a point: `tiles × inputs` times `inputs × outputs`.
  private func multiply(
    point: Int, panels range: Range<Int>, tiles: Int, _ source: UnsafePointer<Float>,
    packed: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    var span = ck_matrix_span()
    span.inputs = ck_runs(source + point * inputStride, stride: inputs, count: tiles, depth: inputs)
    let offset = point * panels.floats + panels.offset(ofPanel: range.lowerBound)
    let weightSize = hasHalves ? MemoryLayout<UInt16>.stride : MemoryLayout<Float>.stride
    span.panels = (UnsafeRawPointer(packed) + offset * weightSize).assumingMemoryBound(to: Float.self)
    let first = panels.firstColumn(ofPanel: range.lowerBound)
    span.columns = min(panels.firstColumn(ofPanel: range.upperBound), outputs) - first
    // A panel stays in L1 while it multiplies all tiles.
    span.panel_by_panel = 1
    span.result.output = UnsafeMutableRawPointer(target + point * outputStride + first)
    span.result.output_stride = outputs
    if hasHalves {
      kernels.bfloat16.pointee.half_span?(&span)
    } else {
      kernels.functions.pointee.matrix_span(&span)
    }
  }

  /// Transforms the products of some tiles of a chunk to results.
  private func transformOutput(
    _ tiles: Range<Int>, of chunk: Range<Int>, _ source: UnsafePointer<Float>, _ operands: ConvolutionOperands
  ) {
    let target = geometry.output
    var result = ck_winograd_result()
    result.bias = operands.packed + weightFloats
    result.factor = operands.packed[weightFloats + outputs + inputs]
    result.activation = ck_activation(epilogue.activation)
    result.output_row_stride = target.width * target.pixelStride
    result.output_pixel_stride = target.pixelStride
    if let residual = operands.residual {
      result.residual_row_stride = target.width * residual.stride
      result.residual_pixel_stride = residual.stride
    }
    let maps = kernels.maps(target.format)
    let output = geometry.outputPixels(operands)
    for index in tiles {
      let (image, y, x) = grid.firstResult(of: chunk.lowerBound + index)
      let pixel = (image * target.height + y) * target.width + x
      result.output = output.from(pixel).address
      if let residual = operands.residual {
        result.residual = residual.from(pixel).address
      }
      result.rows = min(grid.m, target.height - y)
      result.columns = min(grid.m, target.width - x)
      maps.pointee.winograd_output(
        side, geometry.window.height.kernel, source + index * outputs, outputStride, outputs, &result)
    }
  }
}
