import TensorCore

/// Convolution as im2col and OpenBLAS `sgemm`, a tile of output pixels at a time.
///
/// The inputs of each output pixel are copied into a row of length `depth`, and `sgemm` multiplies the rows
/// of a tile by the weights; bias, residual and activation follow while the results are in cache. A 1×1
/// convolution with stride 1 finds its rows in memory, and is `sgemm` alone. If a norm is applied to its
/// input, the rows of a tile are first normalized.
package struct Im2colGEMM: ConvolutionProduct {
  private let geometry: ConvolutionGeometry
  private let epilogue: Epilogue
  private let kernels: KernelSet
  private let tiling: Im2colTiling

  /// The algorithm for a convolution.
  package init(_ geometry: ConvolutionGeometry, epilogue: Epilogue, kernels: KernelSet) {
    self.geometry = geometry
    self.epilogue = epilogue
    self.kernels = kernels
    tiling = Im2colTiling(geometry)
  }

  package var name: String {
    geometry.normalizesInput ? "normalizing_sgemm" : geometry.window.isPointwise ? "sgemm" : "im2col"
  }
  package var workItems: [Int] { [geometry.groups * tiling.columnTiles * tiling.pixelTiles] }
  package let sharedScratchCount = 0

  /// Floats of the rows of a tile.
  package var threadScratchCount: Int {
    tiling.copiesRows ? tiling.pixelsPerTile * geometry.depth : 0
  }

  /// Floats of packed weights, `[groups][depth][O / groups]`, then bias, then scale and shift of the input.
  package var packedCount: Int {
    normOffset + (geometry.normalizesInput ? 2 * geometry.input.channels : 0)
  }
  private var biasOffset: Int { geometry.depth * geometry.output.channels }
  private var normOffset: Int { biasOffset + geometry.output.channels }

  /// Packs weights `[O, I / groups, kH, kW]`, bias `[O]`, scale and shift `[I]`.
  package func pack(_ parameters: ConvolutionParameters, into packed: UnsafeMutablePointer<Float>) {
    for group in 0..<geometry.groups {
      parameters.copyColumns(
        of: geometry, group: group, into: packed + group * geometry.depth * geometry.groupOutputs)
    }
    parameters.copyBias(count: geometry.output.channels, into: packed + biasOffset)
    if let norm = parameters.inputNorm {
      let channels = geometry.input.channels
      (packed + normOffset).update(from: norm.scale, count: channels)
      (packed + normOffset + channels).update(from: norm.shift, count: channels)
    }
  }

  package func run(phase: Int, item: Int, _ operands: ConvolutionOperands) {
    let packed = operands.packed
    let pixels = tiling.pixels(ofTile: item % tiling.pixelTiles)
    let columns = tiling.columns(ofTile: item / tiling.pixelTiles % tiling.columnTiles)
    let group = item / tiling.pixelTiles / tiling.columnTiles
    let channel = group * geometry.groupOutputs + columns.lowerBound

    let source = operands.input + group * geometry.groupInputs
    var rows = source + pixels.lowerBound * geometry.input.pixelStride
    var rowStride = geometry.input.pixelStride
    if tiling.copiesRows {
      if geometry.normalizesInput {
        normalize(rows, pixels: pixels.count, by: packed + normOffset, into: operands.threadScratch)
      } else {
        geometry.copyRows(
          of: pixels, columns: 0..<geometry.depth, from: source, into: operands.threadScratch)
      }
      rows = UnsafePointer(operands.threadScratch)
      rowStride = geometry.depth
    }
    let target = operands.output + pixels.lowerBound * geometry.output.pixelStride + channel
    BLAS.multiply(
      rows: pixels.count, columns: columns.count, depth: geometry.depth, rows, rowStride: rowStride,
      packed + group * geometry.depth * geometry.groupOutputs + columns.lowerBound,
      rowStride: geometry.groupOutputs, into: target, rowStride: geometry.output.pixelStride)
    if epilogue.hasBias || epilogue.activation != .identity || operands.residual != nil {
      Elementwise.addBias(
        packed + biasOffset + channel, residual: operands.residual?.from(pixels.lowerBound, channel: channel),
        to: MutablePixels(target, stride: geometry.output.pixelStride), count: pixels.count,
        channels: columns.count, epilogue.activation, kernels: kernels)
    }
  }

  /// max(scale · input + shift, 0) of some pixels.
  private func normalize(
    _ input: UnsafePointer<Float>, pixels: Int, by norm: UnsafePointer<Float>,
    into rows: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.input.channels
    Elementwise.scaleShift(
      Pixels(input, stride: geometry.input.pixelStride), scale: norm, shift: norm + channels, count: pixels,
      channels: channels, .relu, into: MutablePixels(rows, stride: channels), kernels: kernels)
  }
}

extension ConvolutionParameters {
  /// Outputs whose weights are copied together: a cache line.
  private static let copiedTogether = 16

  /// The weights of a group as the matrix that multiplies im2col rows: `[depth][O / groups]`.
  func copyColumns(of geometry: ConvolutionGeometry, group: Int, into target: UnsafeMutablePointer<Float>) {
    let weights = weights(geometry)
    for first in stride(from: 0, to: geometry.groupOutputs, by: Self.copiedTogether) {
      let outputs = min(Self.copiedTogether, geometry.groupOutputs - first)
      for tap in 0..<geometry.window.taps {
        for channel in 0..<geometry.groupInputs {
          let source = weights.address(group: group, output: first, input: channel, tap: tap)
          let row = target + (tap * geometry.groupInputs + channel) * geometry.groupOutputs + first
          for output in 0..<outputs { row[output] = source[output * weights.outputStride] }
        }
      }
    }
  }
}

/// How ``Im2colGEMM`` and ``Im2colBFloat16GEMM`` divide a convolution into calls of OpenBLAS: tiles of output
/// pixels, and of output channels if there are few pixels.
///
/// Each call copies its rows and weights into an order of its own, so tiles are as large as L2 and the number of threads
/// allow.
struct Im2colTiling: Sendable {
  let pixelsPerTile: Int
  let columnsPerTile: Int
  let pixelTiles: Int
  let columnTiles: Int
  /// Whether rows are copied before OpenBLAS reads them.
  let copiesRows: Bool

  private let outputPixels: Int
  private let groupOutputs: Int

  /// Share of a core's L2 for the pixels of a tile.
  private static let tileBytes = 384 * 1024
  /// With fewer rows, copying the weights would take too large a share of the time.
  private static let fewestPixels = 96
  /// Layers with fewer tiles than this are divided over output channels too.
  private static let fewestTiles = 8
  /// With fewer columns, copying the rows would take too large a share of the time.
  private static let fewestColumns = 64

  /// The division for products that want this many bytes of each pixel in cache, by default its row of floats.
  init(_ geometry: ConvolutionGeometry, bytesPerPixel: Int? = nil) {
    copiesRows = !geometry.window.isPointwise || geometry.normalizesInput
    outputPixels = geometry.output.pixels
    groupOutputs = geometry.groupOutputs
    let fitting = Im2colTiling.tileBytes / (bytesPerPixel ?? geometry.depth * MemoryLayout<Float>.stride)
    let most = max(fitting, Im2colTiling.fewestPixels)
    // Tiles of nearly equal size.
    let tiles = max(outputPixels.dividedRoundingUp(by: most), 1)
    pixelsPerTile = outputPixels.dividedRoundingUp(by: tiles)
    pixelTiles = outputPixels.dividedRoundingUp(by: max(pixelsPerTile, 1))
    let wanted = Im2colTiling.fewestTiles.dividedRoundingUp(by: max(pixelTiles * geometry.groups, 1))
    columnsPerTile = min(
      max(groupOutputs.dividedRoundingUp(by: wanted).roundedUp(to: 16), Im2colTiling.fewestColumns),
      groupOutputs)
    columnTiles = groupOutputs.dividedRoundingUp(by: columnsPerTile)
  }

  func pixels(ofTile tile: Int) -> Range<Int> {
    tile * pixelsPerTile..<min((tile + 1) * pixelsPerTile, outputPixels)
  }

  func columns(ofTile tile: Int) -> Range<Int> {
    tile * columnsPerTile..<min((tile + 1) * columnsPerTile, groupOutputs)
  }
}

extension ConvolutionGeometry {
  /// Whether the pixels under a row of the kernel are contiguous in memory.
  var kernelRowsAreRuns: Bool { window.width.dilation == 1 && input.pixelStride == groupInputs }

  /// im2col: a row for each output pixel, kernel row by kernel row, with zeros in the padding.
  ///
  /// - Parameters:
  ///   - pixels: the output pixels, counted over the whole batch.
  ///   - columns: which of the ``depth`` columns are copied, numbered by element of the kernel and then channel.
  ///   - source: first channel of the group in the input.
  ///   - rows: `[pixels][columns]`.
  func copyRows(
    of pixels: Range<Int>, columns: Range<Int>, from source: UnsafePointer<Float>,
    into rows: UnsafeMutablePointer<Float>
  ) {
    let (vertical, horizontal) = (window.height, window.width)
    let inputs = groupInputs
    let firstTap = columns.lowerBound / inputs
    let lastTap = (columns.upperBound - 1) / inputs
    let copiesKernelRows = kernelRowsAreRuns && columns.count == depth
    var place = OutputPlace(pixels.lowerBound, in: output)
    var target = rows
    for _ in pixels {
      let top = place.y * vertical.stride - vertical.leadingPadding
      let left = place.x * horizontal.stride - horizontal.leadingPadding
      let image = source + place.image * input.pixelsPerImage * input.pixelStride
      if copiesKernelRows && left >= 0 && left + horizontal.kernel <= input.width {
        let count = horizontal.kernel * inputs
        for ky in 0..<vertical.kernel {
          let y = top + ky * vertical.dilation
          if y >= 0 && y < input.height {
            target.update(from: image + (y * input.width + left) * inputs, count: count)
          } else {
            target.update(repeating: 0, count: count)
          }
          target += count
        }
      } else {
        for tap in firstTap...lastTap {
          let (ky, kx) = tap.quotientAndRemainder(dividingBy: horizontal.kernel)
          let y = top + ky * vertical.dilation
          let x = left + kx * horizontal.dilation
          let first = max(columns.lowerBound - tap * inputs, 0)
          let count = min(columns.upperBound - tap * inputs, inputs) - first
          if y >= 0 && y < input.height && x >= 0 && x < input.width {
            target.update(
              from: image + (y * input.width + x) * input.pixelStride + first, count: count)
          } else {
            target.update(repeating: 0, count: count)
          }
          target += count
        }
      }
      place.advance(in: output)
    }
  }
}
